// Gateway profiles in D1.
import { and, eq, inArray, isNotNull, or, sql } from "drizzle-orm";
import { handleOf, idPrefix } from "../../../contract/ids.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { GatewayRecord, GatewayStore } from "../promises/gateways.ts";
import { counting, type Database, offsetOf, violates } from "./database.ts";
import { markEnded } from "./grant-index.ts";
import { auditing } from "./organizations.ts";
import { gateways, servers } from "./schema.ts";

export function gatewayStore(db: Database): GatewayStore {
  return {
    async create(gateway, entry) {
      const handle = handleOf(idPrefix.gateway, gateway.name);
      await db.batch([db.insert(gateways).values({ ...gateway, handle }), auditing(db, entry)]);
    },
    async find(organizationId, reference) {
      const named = or(eq(gateways.id, reference), eq(gateways.name, reference), eq(gateways.handle, reference));
      const found = await db
        .select()
        .from(gateways)
        .where(and(eq(gateways.organizationId, organizationId), named))
        // An id wins over a profile that somebody gave the same text as a name.
        .orderBy(sql`${gateways.id} <> ${reference}`)
        .limit(2);
      return found[0]?.id === reference ? found.slice(0, 1) : found;
    },
    async list(organizationId, page) {
      const where = eq(gateways.organizationId, organizationId);
      const [items, [counted]] = await db.batch([
        db
          .select()
          .from(gateways)
          .where(where)
          .orderBy(gateways.createdAt, gateways.id)
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, gateways, where),
      ]);
      return { items, total: counted?.total ?? 0 };
    },
    async update(id, change, entry) {
      const raised = change.raiseEpoch || change.revoke !== null;
      const [touched] = await db.batch([
        db
          .update(servers)
          .set({
            revision: sql`${servers.revision} + 1`,
            ...(raised ? { epoch: sql`${servers.epoch} + 1` } : {}),
          })
          .where(eq(servers.gatewayId, id))
          .returning({ slug: servers.slug }),
        db
          .update(gateways)
          .set({ ...change.fields, ...renamed(change.fields.name) })
          .where(eq(gateways.id, id)),
        auditing(db, entry),
        ...(change.revoke === null ? [] : [markEnded(db, { gatewayId: id }, change.revoke)]),
      ]);
      return touched.map((server) => server.slug);
    },
    async remove(id, entry) {
      try {
        await db.batch([db.delete(gateways).where(eq(gateways.id, id)), auditing(db, entry)]);
        return true;
      } catch (error) {
        if (violates(error, "FOREIGN KEY constraint failed")) return false;
        throw error;
      }
    },
    async profile(id) {
      const found = await db.select().from(gateways).where(eq(gateways.id, id)).get();
      return found ? profileOf(found) : null;
    },
    async linkedServers(gatewayIds) {
      // One bound parameter for the whole list: D1 takes 100 at most.
      const listed = sql`(SELECT value FROM json_each(${JSON.stringify(gatewayIds)}))`;
      return db
        .select({ id: servers.id, slug: servers.slug, name: servers.name, gatewayId: servers.gatewayId })
        .from(servers)
        .where(and(isNotNull(servers.gatewayId), inArray(servers.gatewayId, listed)))
        .orderBy(servers.slug);
    },
  };
}

function renamed(name: string | undefined) {
  return name === undefined ? {} : { handle: handleOf(idPrefix.gateway, name) };
}

/** The members that the data plane sees, and no others: a snapshot holds this. */
export function profileOf(gateway: GatewayRecord & { handle?: string }): GatewayProfile {
  const { organizationId, handle, registrationEndpoint, createdAt, updatedAt, ...profile } = gateway;
  return profile;
}
