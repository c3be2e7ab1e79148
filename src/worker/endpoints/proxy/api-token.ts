// Who may call a static headers server: a living API token of its organization, of role caller.
import type { ReasonCode } from "../../../contract/events.ts";
import { secretPrefix } from "../../../contract/ids.ts";
import { sha256 } from "../../oauth/digest.ts";
import type { BearerChallenge } from "../../oauth/errors.ts";
import { allScopes } from "../../oauth/scope.ts";
import type { ApiTokenRecord } from "../../store/promises/operators.ts";
import type { ServerSnapshot, StaticHeaders } from "../../store/promises/snapshot.ts";
import type { Call, Caller, SharedCall } from "./call.ts";
import { forbidden, refused, unauthorized } from "./refusal.ts";

const apiToken = new RegExp(`^${secretPrefix.apiToken}[A-Za-z0-9_-]{43}$`);
/** Seconds for which a refused token is remembered: none ever becomes good. */
const refusalMemory = 30;
const day = 86_400;

/**
 * The snapshot lists the hashes of all tokens that may pass, so a known one costs no look-up, and a revoked one is
 * refused as soon as the isolate's copy is new, like every other change. Throws a BearerChallenge, or a ProxyError when
 * storage is needed and does not answer.
 */
export async function admitApiToken(call: Call, token: string): Promise<SharedCall> {
  if (!apiToken.test(token)) throw unauthorized(call, "invalid_token", "caller_token_unknown");
  const hash = await sha256(token);
  const { snapshot } = call.visit.server;
  const admitted = listed(call, snapshot, hash) ?? listed(call, await newerSnapshot(call, hash), hash);
  if (admitted === null) throw unauthorized(call, "invalid_token", "caller_token_unknown");
  noteUse(call, admitted.caller.clientId);
  return admitted;
}

function listed(call: Call, snapshot: ServerSnapshot | null, hash: string): SharedCall | null {
  const shared = snapshot?.staticHeaders;
  if (!snapshot || !shared) return null;
  const caller = callersOf(snapshot, shared).get(hash);
  return caller ? { ...call, kind: "static_headers", caller, shared, snapshot } : null;
}

const indexes = new WeakMap<StaticHeaders, ReadonlyMap<string, Caller>>();

/** By the token's hash. The role knows no parts: whoever may call the server holds all of its scopes. */
function callersOf(snapshot: ServerSnapshot, shared: StaticHeaders): ReadonlyMap<string, Caller> {
  const known = indexes.get(shared);
  if (known !== undefined) return known;
  const scope = allScopes(snapshot).join(" ");
  const index = new Map(
    shared.callers.map(({ id, name, hash }): [string, Caller] => [
      hash,
      { subject: id, clientId: id, clientName: name, workspace: null, scope, channel: "static", grantId: null },
    ]),
  );
  indexes.set(shared, index);
  return index;
}

/**
 * Called for a token that the copy does not list. The database is asked, not more often than failures are allowed, to
 * name the refusal; a token that it knows as a caller's was made a moment ago and proves that the copy is old.
 */
async function newerSnapshot(call: Call, hash: string): Promise<ServerSnapshot | null> {
  const { memory, visit } = call;
  const { context, server } = visit;
  const { id, organizationId, slug } = server.snapshot;
  const key = `${organizationId} ${hash}`;
  const refusedBefore = memory.rejected.get(key, context.now());
  if (refusedBefore !== undefined) throw refusalFor(call, refusedBefore);
  if (!(await context.allow("failures", `${id} unknown tokens`))) return null;
  const reason = faultOf(await asked(call, () => context.apiTokens.findByHash(hash)), organizationId);
  if (reason === null) {
    context.snapshots.forget(slug);
    return asked(call, () => context.snapshots.bySlug(slug));
  }
  memory.rejected.set(key, reason, { weight: 2 * key.length + 64, until: context.now() + refusalMemory });
  throw refusalFor(call, reason);
}

async function asked<T>(call: Call, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch {
    throw refused(call, 503, "storage_unavailable", { retryAfter: 2 });
  }
}

function faultOf(token: Pick<ApiTokenRecord, "organizationId" | "role"> | null, owner: string): ReasonCode | null {
  if (token === null) return "caller_token_unknown";
  if (token.organizationId !== owner) return "caller_token_organization";
  return token.role === "caller" ? null : "caller_token_role";
}

/** A living token of the wrong kind is somebody's whom another token would help; an unknown one is nobody's. */
function refusalFor(call: Call, reason: ReasonCode): BearerChallenge {
  return reason === "caller_token_unknown" ? unauthorized(call, "invalid_token", reason) : forbidden(call, reason);
}

/** Kept to the day, and asked for once a day and isolate at most. */
function noteUse({ memory, visit }: Call, tokenId: string): void {
  const now = visit.context.now();
  if (memory.used.get(tokenId, now)) return;
  memory.used.set(tokenId, true, { weight: 1, until: now + day });
  visit.background(visit.context.apiTokens.used(tokenId, now).catch(() => undefined));
}
