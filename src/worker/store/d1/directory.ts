// The data plane's notes in D1: who authorized what, when it was last used, and that it ended.
import { and, eq, gt, isNotNull, isNull, lt, notExists, or, type SQL, sql } from "drizzle-orm";
import type { Directory } from "../promises/directory.ts";
import { stillWorks } from "./agents.ts";
import type { Database } from "./database.ts";
import {
  agentKeys,
  agentServers,
  agents,
  appUsers,
  clients,
  endedGrants,
  gateways,
  grants,
  servers,
} from "./schema.ts";

const hour = 3600;

export interface DirectoryParts {
  db: Database;
  /** Writes the snapshots of these servers anew; must not throw. */
  publish(slugs: string[]): Promise<void>;
}

type Entry = Parameters<Directory["record"]>[0];

export function directory({ db, publish }: DirectoryParts): Directory {
  return {
    async record(entry) {
      const unpinned = and(eq(gateways.id, entry.gatewayId), isNull(gateways.pinnedIssuer));
      const pinning = db.select({ id: gateways.id }).from(gateways).where(unpinned);
      const [touched, , , listed] = await db.batch([
        db
          .update(servers)
          .set({ revision: sql`${servers.revision} + 1` })
          .where(and(eq(servers.gatewayId, entry.gatewayId), sql`EXISTS ${pinning}`))
          .returning({ slug: servers.slug }),
        db.update(gateways).set({ pinnedIssuer: entry.identity.issuer }).where(unpinned),
        userSeen(db, entry),
        indexed(db, entry),
        clientUsed(db, entry.serverId, entry.clientId, entry.now, or(notToday(entry.now), eq(clients.granted, false))),
      ]);
      if (touched.length > 0) await publish(touched.map((server) => server.slug));
      return listed.length > 0;
    },
    async seen(person) {
      const { client, now } = person;
      if (!client) await userSeen(db, person);
      else await db.batch([userSeen(db, person), clientUsed(db, client.serverId, client.clientId, now, notToday(now))]);
    },
    async agentOfKey({ organizationId, serverId }, keyHash, now) {
      const [found] = await db
        .select({
          id: agents.id,
          handle: agents.handle,
          name: agents.name,
          allowedOrigins: agents.allowedOrigins,
          linkedTo: agentServers.serverId,
        })
        .from(agentKeys)
        .innerJoin(agents, eq(agents.id, agentKeys.agentId))
        .leftJoin(agentServers, and(eq(agentServers.agentId, agents.id), eq(agentServers.serverId, serverId)))
        .where(and(eq(agentKeys.keyHash, keyHash), eq(agents.organizationId, organizationId), stillWorks(now)));
      if (!found) return null;
      const { linkedTo, ...agent } = found;
      return { ...agent, linked: linkedTo !== null };
    },
    async touch(grant, now) {
      await db.batch([
        db.update(grants).set({ lastUsedAt: now }).where(eq(grants.id, grant.grantId)),
        db.update(appUsers).set({ lastSeenAt: now }).where(eq(appUsers.id, grant.userId)),
        clientUsed(db, grant.serverId, grant.clientId, now, notToday(now)),
      ]);
    },
    async ended(grant, now) {
      // A grant that an operator ended is refused already: by its id in the list, or by its server's epoch.
      const handled = and(eq(grants.id, grant.grantId), isNotNull(grants.revokeRequested));
      const news = and(
        notExists(db.select({ id: grants.id }).from(grants).where(handled)),
        notExists(db.select().from(endedGrants).where(eq(endedGrants.grantId, grant.grantId))),
        gt(sql`${grant.tokensExpireAt}`, now),
      );
      const row = { grantId: grant.grantId, serverId: grant.serverId, tokensExpireAt: grant.tokensExpireAt };
      const listed = sql`SELECT ${row.grantId}, ${row.serverId}, ${row.tokensExpireAt} WHERE ${news}`;
      const [touched] = await db.batch([
        db
          .update(servers)
          .set({ revision: sql`${servers.revision} + 1` })
          .where(and(eq(servers.id, grant.serverId), news))
          .returning({ slug: servers.slug }),
        db.insert(endedGrants).select(listed),
        db.delete(grants).where(eq(grants.id, grant.grantId)),
      ]);
      if (touched.length > 0) await publish(touched.map((server) => server.slug));
    },
  };
}

type Person = Parameters<Directory["seen"]>[0];

function userSeen(db: Database, { identity, organizationId, channel, now }: Person) {
  const known = sql`EXISTS (SELECT 1 FROM json_each(${appUsers.channels}) WHERE value = ${channel})`;
  // Whoever signs in at several servers in a row, or comes through many isolates, is written once an hour.
  const news = sql`${appUsers.lastSeenAt} < ${now - hour} OR NOT ${known}
    OR excluded.email <> coalesce(${appUsers.email}, '')`;
  return db
    .insert(appUsers)
    .values({
      id: identity.userId,
      organizationId,
      issuer: identity.issuer,
      subject: identity.subject,
      workspace: identity.workspace,
      email: identity.email,
      channels: [channel],
      firstSeenAt: now,
      lastSeenAt: now,
    })
    .onConflictDoUpdate({
      target: appUsers.id,
      set: {
        lastSeenAt: now,
        email: sql`coalesce(excluded.email, ${appUsers.email})`,
        channels: sql`CASE WHEN ${known} THEN ${appUsers.channels} ELSE json_insert(${appUsers.channels}, '$[#]', ${channel}) END`,
      },
      setWhere: news,
    });
}

/** Only while the server still has the profile: a grant after a detachment would outlive it. */
function indexed(db: Database, entry: Entry) {
  const { grantId, organizationId, gatewayId, serverId, clientId, clientName, channel, scope, expiresAt, now } = entry;
  const row = sql`SELECT ${grantId}, ${organizationId}, ${gatewayId}, ${serverId}, ${clientId}, ${clientName},
    ${entry.identity.userId}, ${channel}, ${JSON.stringify(scope)}, ${now}, ${now}, ${expiresAt}, NULL
    FROM ${servers} WHERE ${servers.id} = ${serverId} AND ${servers.gatewayId} = ${gatewayId}`;
  return db
    .insert(grants)
    .select(row)
    .onConflictDoUpdate({ target: grants.id, set: { scopes: scope, expiresAt, lastUsedAt: now } })
    .returning({ id: grants.id });
}

function notToday(now: number): SQL {
  return lt(clients.lastUsedAt, now - 86_400);
}

function clientUsed(db: Database, serverId: string, clientId: string, now: number, when: SQL | undefined) {
  return db
    .update(clients)
    .set({ lastUsedAt: now, granted: true })
    .where(and(eq(clients.serverId, serverId), eq(clients.id, clientId), when));
}
