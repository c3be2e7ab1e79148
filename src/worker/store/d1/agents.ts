// Agents in D1: who they are, their keys, and the servers that they are linked to.
import { and, desc, eq, gt, inArray, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import { handleOf, idPrefix } from "../../../contract/ids.ts";
import type { AgentStore } from "../promises/agents.ts";
import type { AuditEntry } from "../promises/operators.ts";
import { counting, type Database, offsetOf, violates } from "./database.ts";
import { auditing } from "./organizations.ts";
import { agentKeys, agentServers, agents, servers } from "./schema.ts";
import { change, raising } from "./server-changes.ts";

const columns = {
  id: agents.id,
  organizationId: agents.organizationId,
  name: agents.name,
  allowedOrigins: agents.allowedOrigins,
  createdAt: agents.createdAt,
  updatedAt: agents.updatedAt,
};

const keyColumns = {
  id: agentKeys.id,
  agentId: agentKeys.agentId,
  publishableKey: agentKeys.publishableKey,
  createdAt: agentKeys.createdAt,
  expiresAt: agentKeys.expiresAt,
};

export function agentStore(db: Database): AgentStore {
  return {
    create: (...of) => create(db, ...of),
    async find(organizationId, reference) {
      const named = or(eq(agents.id, reference), eq(agents.name, reference), eq(agents.handle, reference));
      const found = await db
        .select(columns)
        .from(agents)
        .where(and(eq(agents.organizationId, organizationId), named))
        // An id wins over an agent that somebody gave the same text as a name.
        .orderBy(sql`${agents.id} <> ${reference}`)
        .limit(2);
      return found[0]?.id === reference ? found.slice(0, 1) : found;
    },
    async list(organizationId, page) {
      const where = eq(agents.organizationId, organizationId);
      const [items, [counted]] = await db.batch([
        db
          .select(columns)
          .from(agents)
          .where(where)
          .orderBy(agents.createdAt, agents.id)
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, agents, where),
      ]);
      return { items, total: counted?.total ?? 0 };
    },
    details: (...of) => details(db, ...of),
    async update(id, fields, entry) {
      const handle = fields.name === undefined ? {} : { handle: handleOf(idPrefix.agent, fields.name) };
      const updating = db
        .update(agents)
        .set({ ...fields, ...handle })
        .where(eq(agents.id, id));
      return change(db, linkedTo(db, id), [updating], entry);
    },
    async remove(id, entry) {
      return change(db, linkedTo(db, id), [db.delete(agents).where(eq(agents.id, id))], entry);
    },
    async link(id, serverId, entry) {
      const linking = db
        .insert(agentServers)
        .values({ agentId: id, serverId, createdAt: entry.at })
        .onConflictDoNothing();
      return unlessGone(() => change(db, eq(servers.id, serverId), [linking, touched(db, id, entry)], entry));
    },
    async unlink(id, serverId, entry) {
      const unlinking = db
        .delete(agentServers)
        .where(and(eq(agentServers.agentId, id), eq(agentServers.serverId, serverId)));
      return change(db, eq(servers.id, serverId), [unlinking, touched(db, id, entry)], entry);
    },
    async rotate(key, formerEndAt, entry) {
      const { agentId } = key;
      const earlier = sql`min(coalesce(${agentKeys.expiresAt}, ${formerEndAt}), ${formerEndAt})`;
      const ending = db.update(agentKeys).set({ expiresAt: earlier }).where(eq(agentKeys.agentId, agentId));
      const rotation = [ending, db.insert(agentKeys).values(key), touched(db, agentId, entry)];
      return unlessGone(() => change(db, linkedTo(db, agentId), rotation, entry));
    },
    async removeKey(id, keyId, entry) {
      const former = and(eq(agentKeys.agentId, id), eq(agentKeys.id, keyId), isNotNull(agentKeys.expiresAt));
      return change(db, linkedTo(db, id), [db.delete(agentKeys).where(former), touched(db, id, entry)], entry);
    },
  };
}

function linkedTo(db: Database, agentId: string): SQL {
  const links = db.select({ id: agentServers.serverId }).from(agentServers).where(eq(agentServers.agentId, agentId));
  return inArray(servers.id, links);
}

function touched(db: Database, id: string, entry: AuditEntry) {
  return db.update(agents).set({ updatedAt: entry.at }).where(eq(agents.id, id));
}

/** Null when what a new row belongs to was deleted meanwhile. */
async function unlessGone<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (violates(error, "FOREIGN KEY constraint failed")) return null;
    throw error;
  }
}

/** One bound parameter for the whole list: D1 takes 100 at most. */
function among(ids: string[]) {
  return sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

async function create(
  db: Database,
  ...[agent, key, serverIds, entry]: Parameters<AgentStore["create"]>
): Promise<string[]> {
  const living = db
    .select({
      agentId: sql`${agent.id}`.as("agent_id"),
      serverId: servers.id,
      createdAt: sql`${agent.createdAt}`.as("created_at"),
    })
    .from(servers)
    .where(and(eq(servers.organizationId, agent.organizationId), inArray(servers.id, among(serverIds))));
  const [, , , raised] = await db.batch([
    db.insert(agents).values({ ...agent, handle: handleOf(idPrefix.agent, agent.name) }),
    db.insert(agentKeys).values(key),
    db.insert(agentServers).select(living),
    raising(db, linkedTo(db, agent.id)),
    auditing(db, entry),
  ]);
  return raised.map((server) => server.slug);
}

async function details(db: Database, ...[agentIds, now]: Parameters<AgentStore["details"]>) {
  const [keys, links] = await db.batch([
    db
      .select(keyColumns)
      .from(agentKeys)
      .where(and(inArray(agentKeys.agentId, among(agentIds)), stillWorks(now)))
      .orderBy(isNotNull(agentKeys.expiresAt), desc(sql`rowid`)),
    db
      .select({ agentId: agentServers.agentId, id: servers.id, slug: servers.slug, name: servers.name })
      .from(agentServers)
      .innerJoin(servers, eq(servers.id, agentServers.serverId))
      .where(inArray(agentServers.agentId, among(agentIds)))
      .orderBy(servers.slug),
  ]);
  return { keys, links };
}

/** A former key works until its end, and the current one has none. */
export function stillWorks(now: number): SQL | undefined {
  return or(isNull(agentKeys.expiresAt), gt(agentKeys.expiresAt, now));
}
