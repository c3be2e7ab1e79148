// Organizations, app users and the audit trail in D1.
import { and, desc, eq, sql } from "drizzle-orm";
import type { AppUserStore, AuditEntry, AuditStore, OrganizationStore } from "../promises/operators.ts";
import { counting, type Database, offsetOf } from "./database.ts";
import { appUsers, audit, gateways, organizations } from "./schema.ts";

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
    async withMember(email) {
      const address = email.toLowerCase();
      const domain = address.slice(address.lastIndexOf("@") + 1);
      const listed = sql`exists (select 1 from json_each(${organizations.dashboardMembers}) member
        where json_extract(member.value, '$.email') = ${address} or json_extract(member.value, '$.domain') = ${domain})`;
      return db.select().from(organizations).where(listed).orderBy(organizations.name, organizations.id).limit(100);
    },
    async update(id, change, entry) {
      await db.batch([
        db.update(organizations).set(change).where(eq(organizations.id, id)),
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

export function appUserStore(db: Database): AppUserStore {
  return {
    async find(organizationId, id) {
      const where = and(eq(appUsers.organizationId, organizationId), eq(appUsers.id, id));
      return (await db.select().from(appUsers).where(where).get()) ?? null;
    },
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
