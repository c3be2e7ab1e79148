// The signed-in account: what apps may do for this person, and taking it back.
import { PageError } from "../../oauth/errors.ts";
import { readParameters } from "../../oauth/params.ts";
import { appsPage, confirmAllPage, confirmPage, endedPage, signedOutPage, signInPage } from "../../ui/account-page.tsx";
import { page } from "../../ui/page.tsx";
import type { Server } from "../context.ts";
import type { AccountVisit } from "./context.ts";
import { slugNamed } from "./server-name.ts";
import { closeSession, formToken, readOwnForm, type Session, sessionOf } from "./session.ts";
import { leave } from "./sign-in.ts";

const paths = { one: "/account/revoke", all: "/account/revoke-all", out: "/account/sign-out" };

/** GET /account: the apps of whoever is signed in; with a server that they are not signed in for, the way there. */
export async function show(request: Request, visit: AccountVisit): Promise<Response> {
  const { settings } = visit.context;
  const named = parameterOf(request, "server");
  const session = await sessionOf(request, visit.context);
  if (named === null) {
    return session ? apps(session, visit) : page(200, signInPage({ server: settings.defaultServer ?? "" }));
  }
  const slug = slugNamed(named, settings);
  const server = slug === null ? null : await visit.serverOf(slug);
  if (!server) return page(404, signInPage({ server: named, problem: "unknown" }));
  if (session && covers(session, server)) return apps(session, visit);
  const { authentication, gateway } = server.snapshot;
  if (authentication === "static_headers") return page(400, signInPage({ server: named, problem: "no_people" }));
  if (!gateway) return page(503, signInPage({ server: named, problem: "detached" }));
  return leave(server, visit);
}

/** Whether the person who is signed in is the same at this server: its organization and its provider. */
function covers(session: Session, { snapshot }: Server): boolean {
  return snapshot.organizationId === session.organizationId && snapshot.gateway?.pinnedIssuer === session.issuer;
}

async function apps(session: Session, visit: AccountVisit): Promise<Response> {
  const { operations, context } = visit;
  const user = await operations.user(session);
  if (!user) return page(200, signInPage({ server: "" }), [closeSession(context)]);
  const { items, total } = await operations.grants(session);
  const body = appsPage({
    who: user.email ?? user.subject,
    provider: hostOf(session.issuer),
    embedded: user.channels.includes("embedded"),
    apps: items,
    total,
    signOutToken: await formToken(session, paths.out, "", context),
  });
  return page(200, body);
}

/** GET /account/revoke and /account/revoke-all: what would end, and the button that ends it. */
export async function confirm(request: Request, visit: AccountVisit): Promise<Response> {
  const session = await sessionOf(request, visit.context);
  if (!session) return toAccount();
  const grant = parameterOf(request, "grant") ?? "";
  const app = await visit.operations.grant(session, grant);
  if (!app) throw new PageError(404, "invalid_request", "account_grant_unknown");
  return page(200, confirmPage({ app, formToken: await formToken(session, paths.one, grant, visit.context) }));
}

export async function confirmAll(request: Request, visit: AccountVisit): Promise<Response> {
  const session = await sessionOf(request, visit.context);
  if (!session) return toAccount();
  const { items, total } = await visit.operations.grants(session);
  const living = total - items.filter((app) => app.ending).length;
  if (living === 0) return toAccount();
  return page(
    200,
    confirmAllPage({ total: living, formToken: await formToken(session, paths.all, "", visit.context) }),
  );
}

export async function revoke(request: Request, visit: AccountVisit): Promise<Response> {
  const { session, grant } = await readOwnForm(request, visit.context);
  const app = await visit.operations.grant(session, grant);
  const result = app && (await visit.operations.revoke(session, grant, visit.requestId));
  if (!app || !result) throw new PageError(404, "invalid_request", "account_grant_unknown");
  return page(200, endedPage({ app, pending: result.pending > 0 }));
}

export async function revokeAll(request: Request, visit: AccountVisit): Promise<Response> {
  const { session } = await readOwnForm(request, visit.context);
  const pending = await visit.operations.revokeAll(session, visit.requestId);
  return page(200, endedPage({ app: null, pending: pending > 0 }));
}

export async function signOut(request: Request, visit: AccountVisit): Promise<Response> {
  await readOwnForm(request, visit.context);
  return page(200, signedOutPage(), [closeSession(visit.context)]);
}

/** An issuer that an operator wrote by hand may be any text. */
function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer;
}

function toAccount(): Response {
  const headers = { location: "/account", "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers });
}

/** @throws PageError for one that is sent twice or cannot be read */
function parameterOf(request: Request, name: "server" | "grant"): string | null {
  const read = readParameters(new URL(request.url).searchParams);
  if (!read.ok) throw new PageError(400, "invalid_request", read.reason, { field: read.field, seen: read.seen });
  return read.parameters.get(name) ?? null;
}
