// Users and clients whose tokens without a grant ended: what a revocation writes, and what a snapshot shows of it.
import { and, eq, gt, inArray, or, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Ending, GrantSelection } from "../promises/grant-index.ts";
import type { Database } from "./database.ts";
import { agentServers, endedParties, gateways, servers } from "./schema.ts";

/** Servers that show it from now on, as a condition, and the statement that lists it for them. */
interface EndedParty {
  served: SQL | undefined;
  listing: BatchItem<"sqlite">;
}

/** Null for a selection that is not everything of one user, or of one client, at a profile. */
export function endedParty(db: Database, selection: GrantSelection, ending: Ending): EndedParty | null {
  const { gatewayId, serverId, grantId, userId, clientId } = selection;
  const party = userId ?? clientId;
  const whole = serverId === undefined && grantId === undefined && (userId === undefined || clientId === undefined);
  if (gatewayId === undefined || party === undefined || !whole) return null;
  const kind = userId === undefined ? "client" : "user";
  // Elsewhere every token has a grant: these came through an agent, or from an enterprise's issuer.
  const linked = db.select({ id: agentServers.serverId }).from(agentServers);
  const trusting = db
    .select({ id: gateways.id })
    .from(gateways)
    .where(and(eq(gateways.id, gatewayId), sql`${gateways.enterpriseIssuers} <> '[]'`));
  const served = and(
    eq(servers.gatewayId, gatewayId),
    or(inArray(servers.id, linked), inArray(servers.gatewayId, trusting)),
  );
  const rows = db
    .select({
      serverId: servers.id,
      kind: sql`${kind}`.as("kind"),
      party: sql`${party}`.as("party"),
      endedAt: sql`${ending.at}`.as("ended_at"),
      tokensExpireAt: sql`${ending.tokensExpireAt}`.as("tokens_expire_at"),
    })
    .from(servers)
    .where(served);
  const again = { endedAt: sql`excluded.ended_at`, tokensExpireAt: sql`excluded.tokens_expire_at` };
  const key = [endedParties.serverId, endedParties.kind, endedParties.party];
  return {
    served,
    listing: db.insert(endedParties).select(rows).onConflictDoUpdate({ target: key, set: again }),
  };
}

export function endedPartyRows(db: Database, slug: string, now: number) {
  const server = db.select({ id: servers.id }).from(servers).where(eq(servers.slug, slug));
  return db
    .select({ kind: endedParties.kind, id: endedParties.party, at: endedParties.endedAt })
    .from(endedParties)
    .where(and(inArray(endedParties.serverId, server), gt(endedParties.tokensExpireAt, now)))
    .orderBy(endedParties.tokensExpireAt);
}
