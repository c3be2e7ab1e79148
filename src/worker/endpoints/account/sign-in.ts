// Signing in: the account page asks the gateway who somebody is, as any client would, and takes its own answer.
import * as z from "zod";
import { accountClient, accountReturn } from "../../oauth/account-client.ts";
import { cookie, readCookie } from "../../oauth/cookie.ts";
import { sha256 } from "../../oauth/digest.ts";
import { PageError } from "../../oauth/errors.ts";
import { attemptLifetime } from "../../oauth/lifetimes.ts";
import { type Parameters, printable, readParameters } from "../../oauth/params.ts";
import type { Recognized } from "../../store/promises/grants.ts";
import { randomSecret } from "../../tokens/opaque.ts";
import { arrivedPage } from "../../ui/account-page.tsx";
import { page } from "../../ui/page.tsx";
import type { Server } from "../context.ts";
import type { AccountVisit } from "./context.ts";
import { openSession } from "./session.ts";

const departure = z.strictObject({ verifier: z.string(), slug: z.string() });

/** One cookie per sign-in, so that two tabs do not disturb each other. */
const departureCookie = (state: string) => `account_${state.slice(-12)}`;

/** Leaves for the server's own authorization endpoint; the browser keeps what only it can come back with. */
export async function leave(server: Server, { context }: AccountVisit): Promise<Response> {
  const { settings, sealer } = context;
  const [state, verifier] = [randomSecret(), randomSecret()];
  const url = new URL(`${server.endpoints}/authorize`);
  url.search = `${new URLSearchParams({
    response_type: "code",
    client_id: accountClient.id,
    redirect_uri: accountReturn(settings.origin),
    state,
    code_challenge: await sha256(verifier),
    code_challenge_method: "S256",
    resource: server.resource,
  })}`;
  const kept: z.infer<typeof departure> = { verifier, slug: server.snapshot.slug };
  const sealed = await sealer.seal("account-departure", state, JSON.stringify(kept));
  // Two stages of ten minutes each lie between here and the return.
  const value = cookie(departureCookie(state), sealed, 2 * attemptLifetime, settings);
  const headers = { location: url.href, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers: { ...headers, "set-cookie": value } });
}

/** GET /account/return. Only the browser that left may come back, so nobody is signed in as somebody else (login CSRF). */
export async function arrive(request: Request, visit: AccountVisit): Promise<Response> {
  const { context } = visit;
  const query = new URL(request.url).searchParams;
  const read = readParameters(query);
  if (!read.ok) throw new PageError(400, "invalid_request", read.reason, { field: read.field, seen: read.seen });
  const state = read.parameters.get("state") ?? "";
  const left = await departed(request, state, visit);
  const server = left && (await visit.serverOf(left.slug));
  if (!left || !server) throw new PageError(403, "access_denied", "account_sign_in_unknown");
  const done = cookie(departureCookie(state), "", 0, context.settings);
  const { organizationId, identity } = await recognize(read.parameters, query, { server, done, ...left }, visit);
  const { userId, issuer } = identity;
  const session = await openSession({ organizationId, userId, issuer }, context);
  // A page and not a redirect: a Strict cookie is not sent along a chain that began at the provider.
  return page(200, arrivedPage(), [done, session]);
}

async function departed(request: Request, state: string, { context }: AccountVisit) {
  const sealed = readCookie(request, departureCookie(state), context.settings);
  if (!sealed) return null;
  try {
    return departure.parse(JSON.parse(await context.sealer.open("account-departure", state, sealed)));
  } catch {
    return null;
  }
}

async function recognize(
  parameters: Parameters,
  query: URLSearchParams,
  { server, verifier, done }: { server: Server; verifier: string; done: string },
  { context }: AccountVisit,
): Promise<Recognized> {
  const { organizationId: organization, gateway, slug } = server.snapshot;
  const line = { organization, server: slug, client: accountClient.id, ...(gateway && { gateway: gateway.id }) };
  const of = { headers: { "set-cookie": done }, line };
  const issuer = parameters.get("iss") ?? "absent";
  if (issuer !== server.issuer) {
    const detail = { field: "iss", expected: server.issuer, seen: printable(issuer), ...of };
    throw new PageError(400, "invalid_request", "account_sign_in_failed", detail);
  }
  const error = parameters.get("error");
  if (error) {
    const seen = printable(query.get("error_description") ?? error, 600);
    throw new PageError(400, "access_denied", "account_sign_in_failed", { seen, ...of });
  }
  const recognized = await context.grants.recognize(parameters.get("code") ?? "", {
    clientId: accountClient.id,
    secretHash: null,
    redirectUri: accountReturn(context.settings.origin),
    codeVerifier: verifier,
    resource: server.resource,
    slug: server.snapshot.slug,
  });
  if (recognized.ok) return recognized.recognized;
  throw new PageError(400, "access_denied", "account_sign_in_failed", { seen: recognized.reason, ...of });
}
