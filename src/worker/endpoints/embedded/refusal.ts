// From a reason to the app's answer: the OAuth code and status that RFC 8693 §2.2.2 and RFC 6749 §5.2 have for it.
import type { ReasonCode } from "../../../contract/events.ts";
import { addressKey } from "../../oauth/client-address.ts";
import { type OAuthErrorCode, Refusal, WireError } from "../../oauth/errors.ts";
import type { ServerVisit } from "../context.ts";
import type { Known } from "./note.ts";

/** Reasons whose code is not the usual one for a subject token that cannot be taken, 400 invalid_request. */
const codes: Partial<Record<ReasonCode, [status: number, error: OAuthErrorCode]>> = {
  exchange_scope_refused: [400, "invalid_scope"],
  app_token_scopes: [400, "invalid_scope"],
  user_identity_mismatch: [403, "access_denied"],
  profile_incomplete: [400, "invalid_target"],
  rate_limited: [429, "temporarily_unavailable"],
};

/** Seconds, when a provider names no time to come back. */
const usualRetry = 5;

/** Failures are counted by agent and address; past the limit the answer is 429. Anything unforeseen passes through. */
export async function refusal(error: unknown, known: Known, request: Request, visit: ServerVisit): Promise<unknown> {
  if (!(error instanceof Refusal)) return error;
  const wire = error instanceof WireError ? error : wireOf(error);
  // A provider that is away is nobody's guess at a token.
  if (wire.status === 503) return wire;
  const counted = known.agent?.id ?? visit.server.snapshot.id;
  const key = `${counted} ${addressKey(request.headers.get("cf-connecting-ip"))}`;
  if (await visit.context.allow("failures", key)) return wire;
  return new WireError(429, "temporarily_unavailable", "rate_limited", { retryAfter: 60 });
}

function wireOf({ reason, detail }: Refusal): WireError {
  const known = codes[reason];
  if (known) return new WireError(known[0], known[1], reason, detail);
  const ofToken = reason.startsWith("app_token_") || tokenReasons.has(reason);
  if (ofToken) return new WireError(400, "invalid_request", reason, detail);
  const retryAfter = detail.retryAfter ?? usualRetry;
  return new WireError(503, "temporarily_unavailable", reason, { ...detail, retryAfter });
}

const tokenReasons: ReadonlySet<ReasonCode> = new Set(["identity_missing", "downstream_token_too_large"] as const);
