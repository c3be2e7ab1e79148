// What the runtime is given to act with: the user's own downstream credential, a static headers server's one, or none.
import type { Credential } from "../../oauth/downstream.ts";
import type { HeaderFields } from "../../oauth/forward-headers.ts";
import type { AdmittedCall, GrantedCall } from "./call.ts";
import { refused, unauthorized } from "./refusal.ts";
import { staticHeaders } from "./static-headers.ts";

/** Seconds that a credential must still live to be worth sending. */
const margin = 30;
/** Seconds for which a credential without a named lifetime is remembered. */
const unnamedLifetime = 300;

/** Header fields to act with; a promise only when they are not at hand. Throws a BearerChallenge or a ProxyError. */
export function upstreamHeaders(call: AdmittedCall): HeaderFields | Promise<HeaderFields> {
  if (call.kind === "static_headers") return staticHeaders(call);
  // An identity assertion brings nothing of the provider's, and is for this gateway alone: the runtime has our word.
  if (call.claims.ch === "enterprise") return {};
  const credential = downstreamCredential(call);
  return typeof credential === "string" ? bearer(credential) : credential.then(bearer);
}

function bearer(credential: string): HeaderFields {
  return { authorization: `Bearer ${credential}` };
}

/** From the token or from the grant. Throws 401 when the grant is over and 503 when the provider cannot be asked. */
function downstreamCredential(call: GrantedCall): string | Promise<string> {
  const { claims, memory, visit } = call;
  const now = visit.context.now();
  // An embedded token has no grant behind it that could renew its credential: it is good to the last second promised.
  const early = claims.gid === undefined ? 0 : margin;
  if (claims.ds && (claims.ds.x === null || claims.ds.x - now > early)) return claims.ds.t;
  if (claims.gid === undefined) throw unauthorized(call, "invalid_token", "token_expired");
  const remembered = memory.credentials.get(claims.gid, now);
  return remembered === undefined ? renewedCredential(call, claims.gid, now) : remembered.token;
}

async function renewedCredential(call: GrantedCall, grantId: string, now: number): Promise<string> {
  const credential = await renewed(call, grantId);
  call.memory.credentials.set(grantId, credential, {
    weight: 2 * credential.token.length + 256,
    until: credential.expiresAt === null ? now + unnamedLifetime : credential.expiresAt - margin,
  });
  return credential.token;
}

async function renewed(call: GrantedCall, grantId: string): Promise<Credential> {
  const { claims, memory, snapshot, visit } = call;
  if (snapshot.gateway === null) throw unauthorized(call, "invalid_token", "gateway_detached");
  const answer = await visit.context.grants.credential(grantId, snapshot.gateway).catch(() => null);
  if (answer === null) throw refused(call, 503, "storage_unavailable", { retryAfter: 2 });
  if (answer.ok) return answer.credential;
  // A refusal that names a time to come back may pass, and the client keeps its tokens (P-85); any other is the end.
  if (answer.retryAfter !== undefined) {
    const { reason, retryAfter, seen, diagnosis } = answer;
    throw refused(call, 503, reason, { retryAfter, diagnosis, ...(seen !== undefined && { seen }) });
  }
  memory.ended.set(grantId, true, { weight: 1, until: claims.exp });
  memory.credentials.forget(grantId);
  visit.context.snapshots.noteEnded(snapshot.slug, grantId);
  throw unauthorized(call, "invalid_token", "token_revoked", { attempt: grantId });
}
