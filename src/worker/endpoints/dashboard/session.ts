// The session: a sealed cookie that names a token's hash or a person, checked against the store on every request.
import * as z from "zod";
import { type Actor, deploymentActor } from "../../admin/actor.ts";
import { type Membership, membershipsOf, personActor } from "../../admin/members.ts";
import { cookie, readCookie } from "../../oauth/cookie.ts";
import { isForeignForm } from "../../oauth/foreign-form.ts";
import { randomSecret, sameHash, sha256 } from "../../tokens/opaque.ts";
import type { DashboardContext } from "./context.ts";

/** Seconds. */
export const sessionLifetime = 12 * 3600;

const holder = z.union([
  z.strictObject({ kind: z.enum(["token", "deployment"]), hash: z.string() }),
  z.strictObject({ kind: z.literal("person"), email: z.string() }),
]);
export type Holder = z.infer<typeof holder>;

const sealedSession = z.strictObject({ id: z.string(), holder, until: z.number() });

/** Somebody who is signed in, as of this request. */
export interface Presence {
  /** Random; what the tokens of this session's forms are bound to. */
  sessionId: string;
  /** For people. */
  who: string;
  /** Who they are in this organization; null where it is none of theirs. */
  actorIn(organizationId: string): Actor | null;
  /** Their only organization; null when they choose among several. */
  home: string | null;
  /** A person's own organizations; null for tokens, whose reach the operations know. */
  memberships: Membership[] | null;
  /** Holds the deployment's own token. */
  deployment: boolean;
}

type Parts = Pick<DashboardContext, "sealer" | "settings" | "now">;

/** A Set-Cookie value for a new session. */
export async function openSession({ sealer, settings, now }: Parts, holder: Holder): Promise<string> {
  const session = { id: randomSecret(), holder, until: now() + sessionLifetime };
  const sealed = await sealer.seal("dashboard-session", "session", JSON.stringify(session));
  return cookie("dashboard", sealed, sessionLifetime, settings, "Strict");
}

export function closeSession({ settings }: Pick<Parts, "settings">): string {
  return cookie("dashboard", "", 0, settings, "Strict");
}

/** Who is signed in; null for nobody, an expired session, a revoked token, or a person whom no organization lists. */
export async function presenceOf(request: Request, context: DashboardContext): Promise<Presence | null> {
  const session = await readSession(request, context);
  if (session === null || session.until <= context.now()) return null;
  const { id: sessionId, holder } = session;
  if (holder.kind === "person") return personPresence(sessionId, holder.email, context);
  if (holder.kind === "deployment") {
    const living = sameHash(holder.hash, await sha256(context.settings.adminToken.reveal()));
    const everywhere = { who: "the deployment's token", actorIn: () => deploymentActor, home: null, memberships: null };
    return living ? { sessionId, ...everywhere, deployment: true } : null;
  }
  const token = await context.tokens.findByHash(holder.hash);
  if (!token || token.role === "caller") return null;
  const { id, organizationId, role } = token;
  return {
    sessionId,
    who: `token ${token.name}`,
    actorIn: () => ({ id, organizationId, role }),
    home: organizationId,
    memberships: null,
    deployment: false,
  };
}

async function personPresence(sessionId: string, email: string, context: DashboardContext): Promise<Presence | null> {
  const memberships = await membershipsOf(context.organizations, email);
  if (memberships.length === 0) return null;
  return {
    sessionId,
    who: email,
    actorIn(organizationId) {
      const membership = memberships.find(({ organization }) => organization.id === organizationId);
      return membership ? personActor(email, membership) : null;
    },
    home: memberships.length === 1 ? (memberships[0]?.organization.id ?? null) : null,
    memberships,
    deployment: false,
  };
}

async function readSession(request: Request, { sealer, settings }: Parts) {
  const sealed = readCookie(request, "dashboard", settings);
  if (sealed === null) return null;
  try {
    return sealedSession.parse(JSON.parse(await sealer.open("dashboard-session", "session", sealed)));
  } catch {
    // Forged, of another deployment, or of a key that was replaced: nobody is signed in.
    return null;
  }
}

/** The token of a form: made for one session (or one browser before it) and one path. */
export function formToken({ sealer }: Pick<Parts, "sealer">, bound: string, path: string): Promise<string> {
  return sealer.mac("dashboard-form", `${bound}\n${path}`);
}

/** Whether our own page, shown to this session, sent this form to this path. */
export async function isOwnForm(
  request: Request,
  form: URLSearchParams,
  bound: string,
  { sealer, settings }: Parts,
): Promise<boolean> {
  if (isForeignForm(request, settings.origin)) return false;
  const { pathname } = new URL(request.url);
  return sealer.verifyMac("dashboard-form", `${bound}\n${pathname}`, form.get("form_token") ?? "");
}
