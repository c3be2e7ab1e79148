// Who may call a server with a gateway: an access token sealed by this deployment, for this server, still alive.
import type { ReasonCode } from "../../../contract/events.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { EndedParty, ServerSnapshot } from "../../store/promises/snapshot.ts";
import type { AccessTokenClaims } from "../../tokens/port.ts";
import type { Call, Caller, GrantedCall, OpenedToken } from "./call.ts";
import { refused, unauthorized } from "./refusal.ts";

/** Throws a BearerChallenge (P-13 to P-24). */
export async function admitAccessToken(call: Call, { claims, caller }: OpenedToken): Promise<GrantedCall> {
  const { context, server } = call.visit;
  const refuse = (reason: ReasonCode) =>
    unauthorized(call, "invalid_token", reason, claims.gid === undefined ? {} : { attempt: claims.gid });

  if (claims.iss !== server.issuer || claims.aud !== server.resource) throw refuse("token_audience");
  if (claims.exp <= context.now()) throw refuse("token_expired");
  // A token of a newer epoch than the copy proves that the copy is old: only then is anybody asked.
  const snapshot = claims.ep > server.snapshot.epoch ? await newerSnapshot(call, claims.ep) : server.snapshot;
  if (snapshot === null || claims.org !== snapshot.organizationId) throw refuse("token_invalid");
  if (snapshot.gateway === null) throw refuse("gateway_detached");
  if (claims.ep < snapshot.epoch) throw refuse("token_revoked");
  // Without a grant, the agent's link to the server is what the token stands on.
  const unlinked = claims.ch === "embedded" && !snapshot.agents.some(({ id }) => id === claims.cid);
  if (unlinked || (claims.ch === "enterprise" && !isVouched(claims, snapshot.gateway))) throw refuse("token_revoked");
  if (claims.gid === undefined && hasPartyEnded(snapshot, claims)) throw refuse("token_revoked");
  // A token without a grant may have been revoked itself.
  if (hasEnded(call, snapshot, claims.gid ?? claims.jti)) throw refuse("token_revoked");
  return { ...call, kind: "gateway", claims, caller, snapshot };
}

/** The issuer that vouched for the user, and its tenant, are on the profile's list still. */
function isVouched({ by }: AccessTokenClaims, { enterpriseIssuers }: GatewayProfile): boolean {
  const entry = enterpriseIssuers.find(({ issuer }) => issuer === by?.i);
  if (!by || !entry) return false;
  const { tenants = [] } = entry;
  return by.t === undefined ? tenants.length === 0 : tenants.includes(by.t);
}

function callerOf({ sub, cid, cn, ws, scope, ch, gid }: AccessTokenClaims): Caller {
  return {
    subject: sub,
    clientId: cid,
    clientName: cn ?? null,
    workspace: ws ?? null,
    scope,
    channel: ch,
    grantId: gid ?? null,
  };
}

const scheme = "Bearer ";

/** The token of this Authorization header, when just this one was opened here before. */
export function openedBefore(call: Call, header: string): OpenedToken | undefined {
  if (!header.startsWith(scheme)) return undefined;
  return call.memory.opened.get(header.slice(scheme.length), call.visit.context.now());
}

export async function openToken(call: Call, token: string): Promise<OpenedToken> {
  const { memory, visit } = call;
  const claims = await visit.context.accessTokens.open(token);
  if (claims === null) throw unauthorized(call, "invalid_token", "token_invalid");
  const opened: OpenedToken = { claims, caller: callerOf(claims) };
  memory.opened.set(token, opened, { weight: 2 * token.length + 512, until: claims.exp });
  return opened;
}

async function newerSnapshot(call: Call, epoch: number): Promise<ServerSnapshot | null> {
  const { context, server } = call.visit;
  try {
    return await context.snapshots.bySlug(server.snapshot.slug, { epoch });
  } catch {
    throw refused(call, 503, "storage_unavailable", { retryAfter: 2 });
  }
}

const endedSets = new WeakMap<string[], { count: number; ids: Set<string> }>();

function hasEnded(call: Call, snapshot: ServerSnapshot, grantId: string): boolean {
  if (call.memory.ended.get(grantId, call.visit.context.now())) return true;
  const { endedGrants } = snapshot;
  let known = endedSets.get(endedGrants);
  // Counted too, because the isolate's own copy may have been added to in place.
  if (known?.count !== endedGrants.length) {
    known = { count: endedGrants.length, ids: new Set(endedGrants) };
    endedSets.set(endedGrants, known);
  }
  return known.ids.has(grantId);
}

const endedTimes = new WeakMap<EndedParty[], Map<string, number>>();

/** Whether all of this user or this client was revoked when the token was there already. */
function hasPartyEnded({ endedParties = [] }: ServerSnapshot, { cid, iat, sub }: AccessTokenClaims): boolean {
  if (endedParties.length === 0) return false;
  let times = endedTimes.get(endedParties);
  if (times === undefined) {
    times = new Map(endedParties.map(({ kind, id, at }) => [`${kind} ${id}`, at]));
    endedTimes.set(endedParties, times);
  }
  const isOver = (party: string) => iat <= (times.get(party) ?? 0);
  return isOver(`user ${sub}`) || isOver(`client ${cid}`);
}
