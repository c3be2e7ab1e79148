// Organizations, API tokens, app users and the audit trail in D1.
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { ApiTokenStore, AppUserStore, AuditEntry, AuditStore, OrganizationStore } from "../promises/operators.ts";
import { counting, type Database, offsetOf } from "./database.ts";
import { apiTokens, appUsers, audit, gateways, organizations } from "./schema.ts";

export function organizationStore(db: Database): OrganizationStore {
  return {
    async create(organization, entry) {
      await db.batch([db.insert(organizations).values(organization), db.insert(audit).values(entry)]);
    },
    async find(id) {
      return (await db.select().from(organizations).where(eq(organizations.id, id)).get()) ?? null;
    },
    async list(page, only) {
      const where = only === null ? undefined : eq(organizations.id, only);
      const [items, [counted]] = await db.batch([
        db
          .select()
          .from(organizations)
          .where(where)
          .orderBy(organizations.createdAt, organizations.id)
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, organizations, where),
      ]);
      return { items, total: counted?.total ?? 0 };
    },
    async rename(id, name, entry) {
      await db.batch([
        db.update(organizations).set({ name }).where(eq(organizations.id, id)),
        db.insert(audit).values(entry),
      ]);
    },
    async remove(id, entry) {
      await db.batch([
        db.delete(gateways).where(eq(gateways.organizationId, id)),
        db.delete(organizations).where(eq(organizations.id, id)),
        db.insert(audit).values(entry),
      ]);
    },
  };
}

const tokenColumns = {
  id: apiTokens.id,
  organizationId: apiTokens.organizationId,
  name: apiTokens.name,
  role: apiTokens.role,
  createdAt: apiTokens.createdAt,
  lastUsedAt: apiTokens.lastUsedAt,
  revokedAt: apiTokens.revokedAt,
};

export function apiTokenStore(db: Database): ApiTokenStore {
  const mine = (organizationId: string, id: string) =>
    and(eq(apiTokens.organizationId, organizationId), eq(apiTokens.id, id));
  return {
    async create(token, tokenHash, entry) {
      await db.batch([db.insert(apiTokens).values({ ...token, tokenHash }), db.insert(audit).values(entry)]);
    },
    async findByHash(tokenHash) {
      const living = and(eq(apiTokens.tokenHash, tokenHash), isNull(apiTokens.revokedAt));
      return (await db.select(tokenColumns).from(apiTokens).where(living).get()) ?? null;
    },
    async list(organizationId, page) {
      const where = eq(apiTokens.organizationId, organizationId);
      const [items, [counted]] = await db.batch([
        db
          .select(tokenColumns)
          .from(apiTokens)
          .where(where)
          .orderBy(apiTokens.createdAt, apiTokens.id)
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, apiTokens, where),
      ]);
      return { items, total: counted?.total ?? 0 };
    },
    async revoke(organizationId, id, entry) {
      const found = await db.select({ id: apiTokens.id }).from(apiTokens).where(mine(organizationId, id)).get();
      if (!found) return false;
      const revokedAt = sql`coalesce(${apiTokens.revokedAt}, ${entry.at})`;
      await db.batch([
        db.update(apiTokens).set({ revokedAt }).where(mine(organizationId, id)),
        db.insert(audit).values(entry),
      ]);
      return true;
    },
    async used(id, now) {
      await db.update(apiTokens).set({ lastUsedAt: now }).where(eq(apiTokens.id, id));
    },
  };
}

export function appUserStore(db: Database): AppUserStore {
  return {
    async list(organizationId, page) {
      const where = eq(appUsers.organizationId, organizationId);
      const [items, [counted]] = await db.batch([
        db
          .select()
          .from(appUsers)
          .where(where)
          .orderBy(desc(appUsers.lastSeenAt), appUsers.id)
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, appUsers, where),
      ]);
      return { items, total: counted?.total ?? 0 };
    },
  };
}

export function auditStore(db: Database): AuditStore {
  return {
    async list(organizationId, page) {
      const where = eq(audit.organizationId, organizationId);
      const [items, [counted]] = await db.batch([
        db
          .select()
          .from(audit)
          .where(where)
          .orderBy(desc(audit.at), desc(sql`rowid`))
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, audit, where),
      ]);
      return { items, total: counted?.total ?? 0 };
    },
  };
}

/** The trail's row, as a statement for the batch of the change it tells of. */
export function auditing(db: Database, entry: AuditEntry) {
  return db.insert(audit).values(entry);
}
