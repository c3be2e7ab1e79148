// How the proxy says no: challenges, and errors that carry the attempt.
import type { ReasonCode } from "../../../contract/events.ts";
import { challengeScopes } from "../../oauth/challenge.ts";
import { BearerChallenge, ProxyError, type RefusalDetail, type RpcFault } from "../../oauth/errors.ts";
import { MadeOnce } from "../../oauth/made-once.ts";
import type { Server } from "../context.ts";
import type { AdmittedCall, Call } from "./call.ts";

type TokenError = "invalid_request" | "invalid_token" | null;

/** What everybody is told alike, made once for each state of a server: most refusals are these. */
const usual = new MadeOnce<Server, BearerChallenge>();

/** 401, or 400 where the authorization itself cannot be read. `error` is null when no credentials were sent (P-15). */
export function unauthorized(
  call: Call,
  error: TokenError,
  reason: ReasonCode,
  detail?: RefusalDetail,
): BearerChallenge {
  const resourceMetadata = metadataUrl(call);
  if (detail !== undefined) return challenged(call, error, resourceMetadata, reason, detail);
  const name = `${error} ${reason} ${resourceMetadata}`;
  return usual.get(call.visit.server, name, () => challenged(call, error, resourceMetadata, reason, {}));
}

function challenged(
  call: Call,
  error: TokenError,
  resourceMetadata: string | null,
  reason: ReasonCode,
  detail: RefusalDetail,
): BearerChallenge {
  const { scopes } = call.visit.server.snapshot;
  const status = error === "invalid_request" ? 400 : 401;
  const scope = isShared(call) ? [] : challengeScopes(scopes, scopes);
  return new BearerChallenge({ status, error, resourceMetadata, scope }, reason, detail);
}

/** Whether every call of the server uses one shared credential, so that nobody authorizes there. */
export function isShared(call: Call): boolean {
  return call.visit.server.snapshot.authentication === "static_headers";
}

/** 403 for a token that is alive and does not fit. The challenge names no error, which clients would try to cure. */
export function forbidden(call: Call, reason: ReasonCode): BearerChallenge {
  const challenge = { status: 403, error: null, resourceMetadata: metadataUrl(call), scope: [] } as const;
  return new BearerChallenge(challenge, reason);
}

/**
 * 403 with every scope that the call needs (P-16), and with those that are granted already: clients on SDK 1.x ask for
 * exactly what the challenge lists, and would lose what they had.
 */
export function insufficientScope(call: AdmittedCall, needed: readonly string[]): BearerChallenge {
  const granted = call.caller.scope.split(" ").filter((scope) => scope !== "");
  const scope = challengeScopes([...needed, ...granted], call.snapshot.scopes);
  const challenge = { status: 403, error: "insufficient_scope", resourceMetadata: metadataUrl(call), scope } as const;
  return new BearerChallenge(challenge, "insufficient_scope", { ...attempt(call), seen: call.caller.scope });
}

/** Anything that is not about authorization. */
export function refused(
  call: Call | AdmittedCall,
  status: number,
  reason: ReasonCode,
  detail: RefusalDetail = {},
  rpc: RpcFault | null = null,
): ProxyError {
  return new ProxyError(status, reason, { ...attempt(call), ...detail }, rpc);
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
