// The only fork after validation: ask the person, or go on where this browser already said yes to exactly this.
import type { AuthorizationRequest } from "../../store/promises/grants.ts";
import type { ServerVisit } from "../context.ts";
import { isAccountPage, leaveAtOnce } from "./account.ts";
import { browserOf, rememberedConsents } from "./browser.ts";
import { leave } from "./departure.ts";

export async function next(
  request: Request,
  attempt: { ticket: string; grantId: string; authorization: AuthorizationRequest; askAgain: boolean },
  visit: ServerVisit,
): Promise<Response> {
  if (isAccountPage(attempt.authorization)) return leaveAtOnce(request, attempt.ticket, visit);
  const { settings, sealer, grants, now } = visit.context;
  const browser = browserOf(request, settings);
  if (browser && !attempt.askAgain) {
    const remembered = await rememberedConsents(request, sealer, settings, now());
    if (remembered.some(({ digest }) => digest === attempt.authorization.consentDigest)) {
      const approved = await grants.approve(attempt.ticket, browser);
      if (approved.ok) return leave(approved, [], visit);
    }
  }
  const location = `${settings.origin}/consent?ticket=${encodeURIComponent(attempt.ticket)}`;
  const headers = { location, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers });
}
