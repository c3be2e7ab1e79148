// Builds a server's snapshot from D1, in one round trip.
import { and, eq, gt, inArray } from "drizzle-orm";
import { callingTokenRows } from "../d1/api-tokens.ts";
import type { Database } from "../d1/database.ts";
import { endedPartyRows } from "../d1/ended-parties.ts";
import { profileOf } from "../d1/gateways.ts";
import { agentKeyRows, agentRows, linkedAgents } from "../d1/linked-agents.ts";
import { endedGrants, gateways, servers } from "../d1/schema.ts";
import { activeKey } from "../d1/signing-keys.ts";
import { type ServerSnapshot, snapshotVersion } from "../promises/snapshot.ts";
import type { FreshKey, SigningKeyStore } from "../promises/upkeep.ts";

export interface SnapshotSource {
  /** What D1 says now; null when there is no server with this slug. Throws when D1 cannot answer. */
  load(slug: string): Promise<ServerSnapshot | null>;
}

export interface SnapshotSourceParts {
  db: Database;
  keys: SigningKeyStore;
  newSigningKey(): Promise<FreshKey>;
  /** Epoch seconds. */
  now(): number;
}

export function snapshotSource({ db, keys, newSigningKey, now }: SnapshotSourceParts): SnapshotSource {
  const rowsOf = (slug: string) =>
    db.batch([
      db.select().from(servers).where(eq(servers.slug, slug)),
      // No join: in a batch D1 answers with one object per row, where columns of the same name would be one.
      db
        .select()
        .from(gateways)
        .where(inArray(gateways.id, db.select({ id: servers.gatewayId }).from(servers).where(eq(servers.slug, slug)))),
      db
        .select({ id: endedGrants.grantId })
        .from(endedGrants)
        .innerJoin(servers, eq(servers.id, endedGrants.serverId))
        .where(and(eq(servers.slug, slug), gt(endedGrants.tokensExpireAt, now())))
        .orderBy(endedGrants.tokensExpireAt),
      endedPartyRows(db, slug, now()),
      activeKey(db, now()),
      agentRows(db, slug),
      agentKeyRows(db, slug, now()),
      callingTokenRows(db, slug),
    ]);

  return {
    async load(slug) {
      const [[row], [gateway], ended, parties, [active], agents, agentKeys, callers] = await rowsOf(slug);
      if (!row) return null;
      const { epoch, revision, ...server } = row;
      return {
        v: snapshotVersion,
        revision,
        id: server.id,
        organizationId: server.organizationId,
        slug: server.slug,
        name: server.name,
        runtimeUrl: server.runtimeUrl,
        scopes: server.scopes,
        tools: server.tools,
        broaderScopes: server.broaderScopes,
        allowedOrigins: server.allowedOrigins,
        authentication: server.authentication,
        gateway: gateway ? profileOf(gateway) : null,
        staticHeaders: server.authentication === "gateway" ? null : { sealed: server.staticHeadersSealed, callers },
        agents: linkedAgents(agents, agentKeys),
        epoch,
        endedGrants: ended.map((grant) => grant.id),
        endedParties: parties,
        signingKey: active ?? (await firstKey()),
      };
    },
  };

  /** A deployment's very first key cannot be published ahead of its use. */
  async function firstKey() {
    await keys.add(await newSigningKey(), now(), now(), true);
    const key = await keys.active(now());
    if (!key) throw new Error("no signing key is active");
    return key;
  }
}
