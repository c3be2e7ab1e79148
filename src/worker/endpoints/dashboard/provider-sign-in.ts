// Signing in through the deployment's own provider: departure, return, and which organizations list the person.
import type { Hono } from "hono";
import * as z from "zod";
import { reasons } from "../../../contract/events.ts";
import { membershipsOf } from "../../admin/members.ts";
import type { SignIn } from "../../downstream/sign-in.ts";
import { cookie, readCookie } from "../../oauth/cookie.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import { randomSecret } from "../../tokens/opaque.ts";
import { bare } from "../../ui/dashboard/frame.tsx";
import { signInRefusedPage } from "../../ui/dashboard/sign-in-page.tsx";
import { assets } from "./assets.ts";
import type { DashboardContext, DashboardVisit } from "./context.ts";
import { openSession } from "./session.ts";
import { passage, redirect, safeNext } from "./sign-in.ts";

/** Seconds at the provider's pages. */
const departureLifetime = 600;

const departure = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  next: z.string(),
  until: z.number(),
});

/** Mounted only where the deployment has a provider. */
export function mountProviderSignIn(
  app: Hono<{ Bindings: DashboardVisit }>,
  context: DashboardContext,
  signIn: SignIn,
): void {
  app.get("/dashboard/sign-in/provider", async (c) => {
    try {
      return await depart(safeNext(c.req.query("next")), context, signIn);
    } catch (error) {
      return refused(context, error);
    }
  });
  app.get("/dashboard/sign-in/callback", async (c) => {
    try {
      return await arrive(c.req.raw, context, signIn);
    } catch (error) {
      return refused(context, error);
    }
  });
}

async function depart(next: string, context: DashboardContext, signIn: SignIn): Promise<Response> {
  const { sealer, settings, now } = context;
  const secrets = { state: randomSecret(), nonce: randomSecret(), codeVerifier: randomSecret() };
  const kept = JSON.stringify({ ...secrets, next, until: now() + departureLifetime });
  const sealed = await sealer.seal("dashboard-departure", "departure", kept);
  // Lax, because the provider's site begins the way back.
  return redirect(await signIn.authorizationUrl(secrets), [
    cookie("dashboard_departure", sealed, departureLifetime, settings),
  ]);
}

async function arrive(request: Request, context: DashboardContext, signIn: SignIn): Promise<Response> {
  const left = await departureOf(request, context);
  if (!left)
    return refusedPage(context, 403, "This sign-in was not begun in this browser, or too long ago. Begin again.");
  const person = await signIn.arrive({ ...left, parameters: new URL(request.url).searchParams });
  if (person.email === null || !person.emailVerified) {
    return refusedPage(
      context,
      403,
      "The provider does not say that your e-mail address is verified, so it proves nothing.",
    );
  }
  const memberships = await membershipsOf(context.organizations, person.email);
  if (memberships.length === 0) {
    const message = `No organization lists ${person.email} or its domain. An admin can add it on the Organization page.`;
    return refusedPage(context, 403, message);
  }
  const session = await openSession(context, { kind: "person", email: person.email.toLowerCase() });
  return passage(left.next, [session, forgetDeparture(context)]);
}

async function departureOf(request: Request, { sealer, settings, now }: DashboardContext) {
  const sealed = readCookie(request, "dashboard_departure", settings);
  if (sealed === null) return null;
  try {
    const left = departure.parse(JSON.parse(await sealer.open("dashboard-departure", "departure", sealed)));
    return left.until > now() ? left : null;
  } catch {
    return null;
  }
}

/** The provider's failure as a page; anything else is a fault of ours. */
function refused(context: DashboardContext, error: unknown): Promise<Response> {
  if (!(error instanceof DownstreamError)) throw error;
  const { cause, fix } = reasons[error.reason];
  const { expected, seen } = error.detail;
  const facts = [expected && `Expected ${expected}.`, seen && `Seen: ${seen}.`].filter(Boolean).join(" ");
  return refusedPage(context, error.transient ? 503 : 403, `${cause} ${fix} ${facts}`);
}

async function refusedPage(context: DashboardContext, status: number, message: string): Promise<Response> {
  return bare(status, await assets(), signInRefusedPage(message), { cookies: [forgetDeparture(context)] });
}

function forgetDeparture({ settings }: DashboardContext): string {
  return cookie("dashboard_departure", "", 0, settings);
}
