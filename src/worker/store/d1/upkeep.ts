// What the scheduled work finds and clears in D1. Deletes go in bounded steps, so that no run holds the database long.
import { and, eq, inArray, lt, lte, ne, notExists, sql } from "drizzle-orm";
import { unionAll } from "drizzle-orm/sqlite-core";
import type { UpkeepStore } from "../promises/upkeep.ts";
import type { Database } from "./database.ts";
import { resealing } from "./resealing.ts";
import {
  agentKeys,
  agentServers,
  clients,
  endedGrants,
  endedParties,
  grants,
  retiredSlugs,
  servers,
} from "./schema.ts";

const day = 86_400;
const step = 1000;

export function upkeepStore(db: Database): UpkeepStore {
  return {
    ...resealing(db),
    async unpublished(limit) {
      const behind = db
        .select({ slug: servers.slug })
        .from(servers)
        .where(ne(servers.revision, servers.publishedRevision));
      const left = db.select({ slug: retiredSlugs.slug }).from(retiredSlugs).where(eq(retiredSlugs.cleared, false));
      return (await unionAll(behind, left).limit(limit)).map((row) => row.slug);
    },
    async pruneGrants(now) {
      const expired = db
        .select({ id: endedGrants.grantId })
        .from(endedGrants)
        .where(lt(endedGrants.tokensExpireAt, now))
        .limit(step);
      // Its object deletes itself at the same time; a day later the row is only a leftover.
      const over = db
        .select({ id: grants.id })
        .from(grants)
        .where(lt(grants.expiresAt, now - day))
        .limit(step);
      const parties = db
        .select({ row: sql`rowid` })
        .from(endedParties)
        .where(lt(endedParties.tokensExpireAt, now))
        .limit(step);
      const [ended, left, gone] = await db.batch([
        db.delete(endedGrants).where(inArray(endedGrants.grantId, expired)).returning({ id: endedGrants.grantId }),
        db.delete(grants).where(inArray(grants.id, over)).returning({ id: grants.id }),
        db.delete(endedParties).where(inArray(sql`rowid`, parties)).returning({ id: endedParties.party }),
      ]);
      return ended.length + left.length + gone.length;
    },
    async clearAgentKeys(now) {
      const over = lte(agentKeys.expiresAt, now);
      const oldest = (column: typeof agentKeys.id | typeof agentKeys.agentId) =>
        db.select({ of: column }).from(agentKeys).where(over).orderBy(agentKeys.expiresAt, agentKeys.id).limit(step);
      const showing = db
        .select({ id: agentServers.serverId })
        .from(agentServers)
        .where(inArray(agentServers.agentId, oldest(agentKeys.agentId)));
      const [, cleared] = await db.batch([
        db
          .update(servers)
          .set({ revision: sql`${servers.revision} + 1` })
          .where(inArray(servers.id, showing)),
        db
          .delete(agentKeys)
          .where(inArray(agentKeys.id, oldest(agentKeys.id)))
          .returning({ id: agentKeys.id }),
      ]);
      return cleared.length;
    },
    async reapClients(unusedSince, limit) {
      const granted = db
        .select({ one: sql`1` })
        .from(grants)
        .where(and(eq(grants.serverId, clients.serverId), eq(grants.clientId, clients.id)));
      const unused = db
        .select({ row: sql`rowid` })
        .from(clients)
        .where(and(lt(clients.lastUsedAt, unusedSince), notExists(granted)))
        .limit(limit);
      const reaped = await db.delete(clients).where(inArray(sql`rowid`, unused)).returning({ id: clients.id });
      return reaped.length;
    },
  };
}
