// Signing in with a token, and out; what happens to a request of somebody who is not signed in.
import type { Hono } from "hono";
import { AdminError } from "../../admin/errors.ts";
import { cookie, readCookie } from "../../oauth/cookie.ts";
import { readForm } from "../../oauth/read-body.ts";
import { randomSecret, sha256 } from "../../tokens/opaque.ts";
import { emptyForm, type FormState } from "../../ui/dashboard/fields.ts";
import { bare } from "../../ui/dashboard/frame.tsx";
import { passagePage, signInPage } from "../../ui/dashboard/sign-in-page.tsx";
import { assets } from "./assets.ts";
import type { DashboardContext, DashboardVisit } from "./context.ts";
import { closeSession, formToken, type Holder, isOwnForm, openSession, presenceOf } from "./session.ts";

const signInPath = "/dashboard/sign-in";
const doorLifetime = 3600;

export function mountSignIn(app: Hono<{ Bindings: DashboardVisit }>, context: DashboardContext): void {
  app.get(signInPath, async (c) => {
    const next = safeNext(c.req.query("next"));
    if (await presenceOf(c.req.raw, context)) return redirect(next);
    return showSignIn(200, c.req.raw, context, next, emptyForm);
  });
  app.post(signInPath, (c) => signIn(c.req.raw, context, (work) => c.env.background(work)));
  app.post("/dashboard/sign-out", async (c) => {
    const presence = await presenceOf(c.req.raw, context);
    const form = await readForm(c.req.raw);
    if (presence && !(await isOwnForm(c.req.raw, form, presence.sessionId, context))) {
      throw new AdminError("forbidden", "this form did not come from a page of your session; load the page again");
    }
    return redirect(signInPath, [closeSession(context)]);
  });
}

/**
 * To the sign-in page. A navigation that another site began carries no Strict cookie even for somebody who is signed
 * in, so that one passes through a page of ours first, from which the browser sends it.
 */
export async function signInFirst(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (request.method !== "GET") return redirect(signInPath);
  if (/^(?:cross-site|same-site)$/.test(request.headers.get("sec-fetch-site") ?? "")) {
    return passage(pathname + search);
  }
  return redirect(`${signInPath}?${new URLSearchParams({ next: pathname })}`);
}

export async function passage(to: string, cookies: readonly string[] = []): Promise<Response> {
  return bare(200, await assets(), passagePage(to), { refreshTo: to, cookies });
}

export function redirect(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const value of cookies) headers.append("set-cookie", value);
  return new Response(null, { status: 303, headers });
}

/** A path of the dashboard, or its start: never another place. */
export function safeNext(next: string | null | undefined): string {
  return next && /^\/dashboard(?:\/[\w/.~-]*)?$/.test(next) && !next.includes("//") ? next : "/dashboard";
}

async function signIn(
  request: Request,
  context: DashboardContext,
  background: (work: Promise<unknown>) => void,
): Promise<Response> {
  const form = await readForm(request);
  const door = doorOf(request, context);
  const next = safeNext(form.get("next"));
  // Without this another site could sign somebody in to an organization of its own.
  if (door === null || !(await isOwnForm(request, form, door, context))) {
    return refuse(403, "This form is too old or came from another page; try again.");
  }
  const token = (form.get("token") ?? "").trim();
  const actor = token === "" ? null : await context.identify(token, background);
  if (!actor) {
    if (!(await context.allowFailure(request))) return refuse(429, "Too many tries. Wait a minute.");
    return refuse(401, null, "is unknown or was revoked; a token starts with mcpstack_sk_");
  }
  if (actor.role === "caller")
    return refuse(403, null, "is of role caller, which may only call static headers servers");
  const kind = actor.organizationId === null ? "deployment" : "token";
  const holder: Holder = { kind, hash: await sha256(token) };
  return redirect(next, [await openSession(context, holder)]);

  function refuse(status: number, problem: string | null, error?: string): Promise<Response> {
    const errors = new Map(error ? [["token", `The token ${error}.`]] : []);
    const state = { values: new Map<string, string>(), errors, problem: problem ?? "Not signed in." };
    return showSignIn(status, request, context, next, state);
  }
}

/** Before there is a session, forms are bound to this browser. */
function doorOf(request: Request, context: DashboardContext): string | null {
  const door = readCookie(request, "dashboard_door", context.settings);
  return door && /^[\w-]{43}$/.test(door) ? door : null;
}

async function showSignIn(
  status: number,
  request: Request,
  context: DashboardContext,
  next: string,
  state: FormState,
): Promise<Response> {
  const door = doorOf(request, context) ?? randomSecret();
  const content = signInPage({
    forms: { formToken: (path) => formToken(context, door, path) },
    state,
    next,
    provider: context.signIn?.name ?? null,
  });
  const cookies = [cookie("dashboard_door", door, doorLifetime, context.settings, "Strict")];
  return bare(status, await assets(), content, { cookies });
}
