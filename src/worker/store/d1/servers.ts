// MCP servers in D1. Every change raises the revision, so that the snapshot in KV is known to be behind.
import { and, eq, ne, or, sql } from "drizzle-orm";
import type { ServerStore } from "../promises/servers.ts";
import { counting, type Database, offsetOf, violates } from "./database.ts";
import { markEnded } from "./grant-index.ts";
import { auditing } from "./organizations.ts";
import { retiredSlugs, servers } from "./schema.ts";

const columns = {
  id: servers.id,
  organizationId: servers.organizationId,
  slug: servers.slug,
  name: servers.name,
  runtimeUrl: servers.runtimeUrl,
  scopes: servers.scopes,
  tools: servers.tools,
  broaderScopes: servers.broaderScopes,
  allowedOrigins: servers.allowedOrigins,
  authentication: servers.authentication,
  staticHeadersSealed: servers.staticHeadersSealed,
  gatewayId: servers.gatewayId,
  createdAt: servers.createdAt,
  updatedAt: servers.updatedAt,
};

const changed = { revision: sql`${servers.revision} + 1` };

export function serverStore(db: Database): ServerStore {
  return {
    create: (server, entry) => create(db, server, entry),
    async find(organizationId, reference) {
      const named = or(eq(servers.id, reference), eq(servers.slug, reference));
      const where = and(eq(servers.organizationId, organizationId), named);
      return (await db.select(columns).from(servers).where(where).limit(1).get()) ?? null;
    },
    async list(organizationId, page) {
      const where = eq(servers.organizationId, organizationId);
      const [items, [counted]] = await db.batch([
        db
          .select(columns)
          .from(servers)
          .where(where)
          .orderBy(servers.createdAt, servers.id)
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, servers, where),
      ]);
      return { items, total: counted?.total ?? 0 };
    },
    async update(id, fields, entry) {
      await db.batch([
        db
          .update(servers)
          .set({ ...fields, ...changed })
          .where(eq(servers.id, id)),
        auditing(db, entry),
      ]);
    },
    attach: (id, gatewayId, reason, entry) => attach(db, id, gatewayId, reason, entry),
    async remove(id, reason, entry) {
      const where = eq(servers.id, id);
      const retiring = db
        .select({
          slug: servers.slug,
          organizationId: servers.organizationId,
          epoch: servers.epoch,
          revision: servers.revision,
          cleared: sql`0`.as("cleared"),
        })
        .from(servers)
        .where(where);
      await db.batch([
        markEnded(db, { serverId: id }, reason),
        db.insert(retiredSlugs).select(retiring),
        db.delete(servers).where(where),
        auditing(db, entry),
      ]);
    },
    async all(organizationId, limit) {
      return db.select(columns).from(servers).where(eq(servers.organizationId, organizationId)).limit(limit);
    },
  };
}

async function create(db: Database, ...[server, entry]: Parameters<ServerStore["create"]>): Promise<boolean> {
  const retired = eq(retiredSlugs.slug, server.slug);
  const foreign = and(retired, ne(retiredSlugs.organizationId, server.organizationId));
  if (await db.select({ slug: retiredSlugs.slug }).from(retiredSlugs).where(foreign).get()) return false;
  // Goes on where a deleted server of this slug stopped: its tokens and copies must not fit the new one.
  const after = (column: typeof retiredSlugs.epoch | typeof retiredSlugs.revision) =>
    sql`coalesce((SELECT ${column} FROM ${retiredSlugs} WHERE ${retired}), 0) + 1`;
  const numbers = { epoch: after(retiredSlugs.epoch), revision: after(retiredSlugs.revision), publishedRevision: 0 };
  try {
    await db.batch([
      db.insert(servers).values({ ...server, ...numbers }),
      db.delete(retiredSlugs).where(retired),
      auditing(db, entry),
    ]);
    return true;
  } catch (error) {
    if (violates(error, "UNIQUE constraint failed: servers.slug")) return false;
    throw error;
  }
}

async function attach(
  db: Database,
  ...[id, gatewayId, reason, entry]: Parameters<ServerStore["attach"]>
): Promise<boolean> {
  try {
    await db.batch([
      db
        .update(servers)
        .set({ gatewayId, updatedAt: entry.at, epoch: sql`${servers.epoch} + 1`, ...changed })
        .where(eq(servers.id, id)),
      markEnded(db, { serverId: id }, reason),
      auditing(db, entry),
    ]);
    return true;
  } catch (error) {
    if (violates(error, "FOREIGN KEY constraint failed")) return false;
    throw error;
  }
}
