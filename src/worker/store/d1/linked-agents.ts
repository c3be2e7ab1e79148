// The agents of one server as its snapshot holds them: statements for the snapshot's batch, and what their rows mean.
import { and, eq, inArray } from "drizzle-orm";
import type { LinkedAgent } from "../promises/snapshot.ts";
import { stillWorks } from "./agents.ts";
import type { Database } from "./database.ts";
import { agentKeys, agentServers, agents, servers } from "./schema.ts";

/** Subqueries, no joins: in a batch D1 answers with one object per row, where columns of the same name would be one. */
function linkedTo(db: Database, slug: string) {
  const server = db.select({ id: servers.id }).from(servers).where(eq(servers.slug, slug));
  return db.select({ id: agentServers.agentId }).from(agentServers).where(inArray(agentServers.serverId, server));
}

export function agentRows(db: Database, slug: string) {
  return db
    .select({ id: agents.id, handle: agents.handle, name: agents.name, allowedOrigins: agents.allowedOrigins })
    .from(agents)
    .where(inArray(agents.id, linkedTo(db, slug)))
    .orderBy(agents.createdAt, agents.id);
}

export function agentKeyRows(db: Database, slug: string, now: number) {
  return db
    .select({ agentId: agentKeys.agentId, hash: agentKeys.keyHash, expiresAt: agentKeys.expiresAt })
    .from(agentKeys)
    .where(and(inArray(agentKeys.agentId, linkedTo(db, slug)), stillWorks(now)))
    .orderBy(agentKeys.createdAt, agentKeys.id);
}

export function linkedAgents(
  rows: Omit<LinkedAgent, "keys">[],
  keys: (LinkedAgent["keys"][number] & { agentId: string })[],
): LinkedAgent[] {
  return rows.map((agent) => ({
    ...agent,
    keys: keys.filter((key) => key.agentId === agent.id).map(({ hash, expiresAt }) => ({ hash, expiresAt })),
  }));
}
