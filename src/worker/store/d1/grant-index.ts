// The index of grants in D1: listing, ending for the data plane, and what is left to tell their objects.
import { and, desc, eq, inArray, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import type { ReasonCode } from "../../../contract/events.ts";
import type { GrantIndex, GrantSelection } from "../promises/grant-index.ts";
import { counting, type Database, offsetOf } from "./database.ts";
import { endedParty } from "./ended-parties.ts";
import { auditing } from "./organizations.ts";
import { appUsers, endedGrants, grants, servers } from "./schema.ts";

function selected(selection: GrantSelection): SQL | undefined {
  const { organizationId, gatewayId, serverId, grantId, userId, clientId } = selection;
  return and(
    organizationId === undefined ? undefined : eq(grants.organizationId, organizationId),
    gatewayId === undefined ? undefined : eq(grants.gatewayId, gatewayId),
    serverId === undefined ? undefined : eq(grants.serverId, serverId),
    grantId === undefined ? undefined : eq(grants.id, grantId),
    userId === undefined ? undefined : eq(grants.userId, userId),
    clientId === undefined ? undefined : eq(grants.clientId, clientId),
  );
}

const living = (selection: GrantSelection) => and(selected(selection), isNull(grants.revokeRequested));
const ending = (selection: GrantSelection) => and(selected(selection), isNotNull(grants.revokeRequested));

/** Marks living grants as ended for this reason, as a statement for the batch of the change that ends them. */
export function markEnded(db: Database, selection: GrantSelection, reason: ReasonCode) {
  return db.update(grants).set({ revokeRequested: reason }).where(living(selection));
}

export function grantIndex(db: Database): GrantIndex {
  const serversOf = (where: SQL | undefined) => db.select({ id: grants.serverId }).from(grants).where(where);
  return {
    async list(selection, page) {
      const where = selected(selection);
      const [rows, [counted]] = await db.batch([
        db
          .select({ grant: grants, email: appUsers.email })
          .from(grants)
          .leftJoin(appUsers, eq(appUsers.id, grants.userId))
          .where(where)
          .orderBy(desc(grants.createdAt), grants.id)
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, grants, where),
      ]);
      return { items: rows.map((row) => ({ ...row.grant, email: row.email })), total: counted?.total ?? 0 };
    },
    async gateways(selection) {
      const rows = await db.selectDistinct({ id: grants.gatewayId }).from(grants).where(selected(selection));
      return rows.map((row) => row.id);
    },
    async find(selection) {
      return (await db.select().from(grants).where(selected(selection)).limit(1).get()) ?? null;
    },
    async end(selection, reason, times, entry) {
      const which = living(selection);
      const until = sql`${times.tokensExpireAt}`.as("at");
      const party = endedParty(db, selection, times);
      const ended = db
        .select({ grantId: grants.id, serverId: grants.serverId, tokensExpireAt: until })
        .from(grants)
        .where(which);
      const [touched] = await db.batch([
        db
          .update(servers)
          .set({ revision: sql`${servers.revision} + 1` })
          .where(or(inArray(servers.id, serversOf(which)), party?.served))
          .returning({ slug: servers.slug }),
        db.insert(endedGrants).select(ended).onConflictDoNothing(),
        ...(party ? [party.listing] : []),
        markEnded(db, selection, reason),
        auditing(db, entry),
      ]);
      return touched.map((server) => server.slug);
    },
    async endAll(gatewayId, reason, entry) {
      const served = or(eq(servers.gatewayId, gatewayId), inArray(servers.id, serversOf(living({ gatewayId }))));
      const [touched] = await db.batch([
        db
          .update(servers)
          .set({ revision: sql`${servers.revision} + 1`, epoch: sql`${servers.epoch} + 1` })
          .where(served)
          .returning({ slug: servers.slug }),
        markEnded(db, { gatewayId }, reason),
        auditing(db, entry),
      ]);
      return touched.map((server) => server.slug);
    },
    async pending(selection, limit) {
      // In any order, so that rows whose objects never answer do not stand in the way of the others.
      return db.select().from(grants).where(ending(selection)).orderBy(sql`random()`).limit(limit);
    },
    async countPending(selection) {
      const [counted] = await counting(db, grants, ending(selection));
      return counted?.total ?? 0;
    },
    async finished(ids) {
      const listed = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
      await db.delete(grants).where(inArray(grants.id, listed));
    },
  };
}
