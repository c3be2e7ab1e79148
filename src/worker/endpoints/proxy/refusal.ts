// How the proxy says no: challenges and errors that browsers may read and that carry the attempt.
import type { ReasonCode } from "../../../contract/events.ts";
import { challengeScopes } from "../../oauth/challenge.ts";
import { corsHeaders } from "../../oauth/cors.ts";
import { BearerChallenge, ProxyError, type RefusalDetail, type RpcFault } from "../../oauth/errors.ts";
import type { AdmittedCall, Call } from "./call.ts";

/** 401, or 400 where the authorization itself cannot be read. `error` is null when no credentials were sent (P-15). */
export function unauthorized(
  call: Call,
  error: "invalid_request" | "invalid_token" | null,
  reason: ReasonCode,
  detail: RefusalDetail = {},
): BearerChallenge {
  const { scopes } = call.visit.server.snapshot;
  const status = error === "invalid_request" ? 400 : 401;
  const scope = isShared(call) ? [] : challengeScopes(scopes, scopes);
  return new BearerChallenge({ status, error, resourceMetadata: metadataUrl(call), scope }, reason, readable(detail));
}

/** Whether every call of the server uses one shared credential, so that nobody authorizes there. */
export function isShared(call: Call): boolean {
  return call.visit.server.snapshot.authentication === "static_headers";
}

/** 403 for a token that is alive and does not fit. The challenge names no error, which clients would try to cure. */
export function forbidden(call: Call, reason: ReasonCode): BearerChallenge {
  const challenge = { status: 403, error: null, resourceMetadata: metadataUrl(call), scope: [] } as const;
  return new BearerChallenge(challenge, reason, readable({}));
}

/**
 * 403 with every scope that the call needs (P-16), and with those that are granted already: clients on SDK 1.x ask for
 * exactly what the challenge lists, and would lose what they had.
 */
export function insufficientScope(call: AdmittedCall, needed: readonly string[]): BearerChallenge {
  const granted = call.caller.scope.split(" ").filter((scope) => scope !== "");
  const scope = challengeScopes([...needed, ...granted], call.snapshot.scopes);
  const challenge = { status: 403, error: "insufficient_scope", resourceMetadata: metadataUrl(call), scope } as const;
  return new BearerChallenge(challenge, "insufficient_scope", readable({ ...attempt(call), seen: call.caller.scope }));
}

/** Anything that is not about authorization. */
export function refused(
  call: Call | AdmittedCall,
  status: number,
  reason: ReasonCode,
  detail: RefusalDetail = {},
  rpc: RpcFault | null = null,
): ProxyError {
  return new ProxyError(status, reason, readable({ ...attempt(call), ...detail }), rpc);
}

/** The URL with a slash at its end has a document of its own, whose `resource` carries the slash (P-4). */
function metadataUrl(call: Call): string | null {
  if (isShared(call)) return null;
  const { resourceMetadata } = call.visit.server;
  return call.url.pathname.endsWith("/") ? `${resourceMetadata}/` : resourceMetadata;
}

function attempt(call: Call | AdmittedCall): RefusalDetail {
  return "caller" in call && call.caller.grantId !== null ? { attempt: call.caller.grantId } : {};
}

function readable(detail: RefusalDetail): RefusalDetail {
  return { ...detail, headers: { ...corsHeaders(), ...detail.headers } };
}
