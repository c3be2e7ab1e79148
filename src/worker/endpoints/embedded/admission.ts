// Who asks: a publishable key, the agent it belongs to, and the web origin that the agent's list names (P-90, P-91).
import { originMatches } from "../../oauth/allowed-origin.ts";
import { BoundedMemory } from "../../oauth/bounded-memory.ts";
import { sameHash, sha256 } from "../../oauth/digest.ts";
import { WireError } from "../../oauth/errors.ts";
import type { ExchangeAsk } from "../../oauth/exchange-request.ts";
import { printable } from "../../oauth/params.ts";
import type { LinkedAgent } from "../../store/promises/snapshot.ts";
import type { ServerVisit } from "../context.ts";

/** Hashes of keys that were known, by the key: an app sends the same one for all of its people. */
const hashes = new BoundedMemory<string>(1000);

/**
 * The agent of this server that the key belongs to. Neither key nor origin proves who the user is; they keep other
 * people's pages from using the agent.
 * @throws WireError
 */
export async function admit(ask: ExchangeAsk, origin: string | null, visit: ServerVisit): Promise<LinkedAgent> {
  const now = visit.context.now();
  const remembered = hashes.get(ask.key, now);
  const hash = remembered ?? (await sha256(ask.key));
  const works = (key: LinkedAgent["keys"][number]) =>
    sameHash(key.hash, hash) && (key.expiresAt === null || key.expiresAt > now);
  const agent = visit.server.snapshot.agents.find(({ keys }) => keys.some(works));
  if (!agent) throw await unknownKey(ask, hash, origin, visit);
  if (remembered === undefined) hashes.set(ask.key, hash, { weight: 1, until: Number.POSITIVE_INFINITY });
  requireAgent(ask, agent);
  requireOrigin(origin, agent.allowedOrigins);
  return agent;
}

function requireAgent(ask: ExchangeAsk, { id, handle, name }: Pick<LinkedAgent, "id" | "handle" | "name">): void {
  if ([id, handle, name].includes(ask.agent)) return;
  const detail = { field: "agentId", expected: `${id} or ${handle}`, seen: printable(ask.agent) };
  throw new WireError(401, "invalid_client", "agent_mismatch", detail);
}

/** RFC 6454 §7: browsers send exactly one origin, or `null` for pages that have none. */
function requireOrigin(origin: string | null, allowed: readonly string[]): void {
  if (origin === null) {
    throw new WireError(403, "access_denied", "agent_origin_missing", { field: "Origin", seen: "absent" });
  }
  if (originMatches(allowed, origin)) return;
  // A publishable key is known to everybody: the list itself is for the operator to see.
  const expected = "an origin on the agent's list";
  const detail = { field: "allowedOrigins", expected, seen: printable(origin) };
  throw new WireError(403, "access_denied", "agent_origin_refused", detail);
}

/**
 * The snapshot holds the server's own agents alone, so a key that is not there may still be another agent's: the
 * database is asked, for the name of the failure only and not more often than failures are allowed.
 */
async function unknownKey(
  ask: ExchangeAsk,
  hash: string,
  origin: string | null,
  visit: ServerVisit,
): Promise<WireError> {
  const { context, server } = visit;
  const { id: serverId, organizationId, slug } = server.snapshot;
  const unknown = new WireError(401, "invalid_client", "agent_key_unknown", { field: "apiKey" });
  if (!(await context.allow("failures", `${serverId} unknown keys`))) return unknown;
  const agent = await context.directory.agentOfKey({ organizationId, serverId }, hash, context.now()).catch(() => null);
  if (!agent) return unknown;
  requireAgent(ask, agent);
  requireOrigin(origin, agent.allowedOrigins);
  if (!agent.linked) {
    return new WireError(403, "access_denied", "agent_not_linked", {
      field: "servers",
      expected: slug,
      seen: agent.handle,
    });
  }
  // Linked a moment ago: this isolate's copy of the server is older than that.
  context.snapshots.forget(slug);
  return new WireError(503, "temporarily_unavailable", "agent_key_unknown", { retryAfter: 1 });
}
