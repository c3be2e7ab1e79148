// The session of a person at their account: half an hour in a sealed cookie, and the forms that belong to it.
import * as z from "zod";
import type { Person } from "../../admin/account.ts";
import { cookie, readCookie } from "../../oauth/cookie.ts";
import { PageError } from "../../oauth/errors.ts";
import { isForeignForm } from "../../oauth/foreign-form.ts";
import { readParameters } from "../../oauth/params.ts";
import { readForm } from "../../oauth/read-body.ts";
import { randomSecret } from "../../tokens/opaque.ts";
import type { Context } from "../context.ts";

/** Seconds, from the sign-in on; using it does not prolong it. */
const sessionLifetime = 1800;

const content = z.strictObject({
  /** Random; what the forms of this session are bound to. */
  id: z.string(),
  organizationId: z.string(),
  userId: z.string(),
  issuer: z.string(),
  /** Epoch seconds. */
  until: z.number(),
});

export type Session = z.infer<typeof content>;

type Parts = Pick<Context, "sealer" | "settings" | "now">;

/** A Set-Cookie value. Strict: another site's link finds nobody signed in, so it can show or prepare nothing. */
export async function openSession(person: Person & { issuer: string }, parts: Parts): Promise<string> {
  const { organizationId, userId, issuer } = person;
  const until = parts.now() + sessionLifetime;
  const session: Session = { id: randomSecret(), organizationId, userId, issuer, until };
  const sealed = await parts.sealer.seal("account-session", "session", JSON.stringify(session));
  return cookie("account", sealed, sessionLifetime, parts.settings, "Strict");
}

export function closeSession({ settings }: Pick<Parts, "settings">): string {
  return cookie("account", "", 0, settings, "Strict");
}

/** Null for nobody: no cookie, one that was not sealed here, or one whose time is over. */
export async function sessionOf(request: Request, { sealer, settings, now }: Parts): Promise<Session | null> {
  const sealed = readCookie(request, "account", settings);
  if (sealed === null) return null;
  try {
    const session = content.parse(JSON.parse(await sealer.open("account-session", "session", sealed)));
    return session.until > now() ? session : null;
  } catch {
    return null;
  }
}

/** The token of a form: of this session, for this path and, where there is one, for this grant. */
export function formToken(session: Session, path: string, grant: string, { sealer }: Parts): Promise<string> {
  return sealer.mac("account-form", `${session.id}\n${path}\n${grant}`);
}

/**
 * A form that our own page gave to this session. @returns the grant that it is about, empty where it names none
 * @throws PageError account_session_ended or account_form_forged
 */
export async function readOwnForm(request: Request, parts: Parts): Promise<{ session: Session; grant: string }> {
  const form = readParameters(await readForm(request));
  if (!form.ok) throw new PageError(400, "invalid_request", form.reason, { field: form.field, seen: form.seen });
  const session = await sessionOf(request, parts);
  if (!session) throw new PageError(403, "access_denied", "account_session_ended");
  const grant = form.parameters.get("grant") ?? "";
  const message = `${session.id}\n${new URL(request.url).pathname}\n${grant}`;
  const genuine = await parts.sealer.verifyMac("account-form", message, form.parameters.get("form_token") ?? "");
  if (!genuine || isForeignForm(request, parts.settings.origin)) {
    throw new PageError(403, "access_denied", "account_form_forged");
  }
  return { session, grant };
}
