// Registered clients in D1: found on authorize, written on register, and bounded while nobody has signed in with them.
import { and, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { BoundedMemory } from "../../oauth/bounded-memory.ts";
import { registeredKeys } from "../../oauth/client-keys.ts";
import type { ClientStore, RegisteredClient } from "../promises/directory.ts";
import type { Database } from "./database.ts";
import { clients } from "./schema.ts";

const hour = 3600;
const day = 86_400;

/** Registrations of one server that no grant came from. Anybody may register, so this is what bounds the table. */
export const mostUnfinished = 10_000;

/** Public keys that an isolate remembers. */
const mostKeys = 2_000;

export function clientStore(db: Database, most = mostUnfinished): ClientStore {
  const find = async (serverId: string, clientId: string) =>
    db.select().from(clients).where(is(serverId, clientId)).get();
  const keys = new BoundedMemory<readonly Record<string, unknown>[]>(mostKeys);
  return {
    async keys(serverId, clientId) {
      // What was read once is never old: another key would be another id.
      const known = keys.get(`${serverId} ${clientId}`, 0);
      if (known) return known;
      const row = await find(serverId, clientId);
      const kept = row ? registeredKeys(row.metadata) : null;
      if (kept) keys.set(`${serverId} ${clientId}`, kept, { weight: kept.length, until: Number.POSITIVE_INFINITY });
      return kept;
    },
    async find(serverId, clientId) {
      const row = await find(serverId, clientId);
      return row ? clientOf(row) : null;
    },
    async recall(serverId, clientId, now) {
      const row = await find(serverId, clientId);
      if (!row) return null;
      if (row.lastUsedAt < now - day) await db.update(clients).set({ lastUsedAt: now }).where(is(serverId, clientId));
      return clientOf(row);
    },
    async register(client) {
      const [[written], [counted]] = await db.batch([
        db
          .insert(clients)
          .values({ ...client, lastUsedAt: client.createdAt, granted: false })
          .onConflictDoUpdate({
            target: [clients.serverId, clients.id],
            // Registering again is a use. At most one write a day, and never a second row.
            set: { lastUsedAt: sql`max(${clients.lastUsedAt}, ${client.createdAt})` },
            setWhere: sql`${clients.lastUsedAt} < ${client.createdAt - day}`,
          })
          .returning(),
        db.select({ total: sql<number>`count(*)` }).from(unfinished(db, client.serverId, most + 1)),
      ]);
      const row = written ?? (await find(client.serverId, client.id));
      if ((counted?.total ?? 0) <= most || (await makeRoom(db, client))) return row ? clientOf(row) : client;
      await db.delete(clients).where(and(is(client.serverId, client.id), eq(clients.granted, false)));
      return null;
    },
  };
}

function is(serverId: string, clientId: string): SQL | undefined {
  return and(eq(clients.serverId, serverId), eq(clients.id, clientId));
}

/** At most so many, so that counting them stays cheap whatever is there. */
function unfinished(db: Database, serverId: string, limit: number) {
  return db
    .select({ one: sql`1`.as("one") })
    .from(clients)
    .where(and(eq(clients.serverId, serverId), eq(clients.granted, false)))
    .limit(limit)
    .as("unfinished");
}

/** Forgets the oldest registrations without a grant; those of the last hour may have a person at their sign-in. */
async function makeRoom(db: Database, { serverId, createdAt }: RegisteredClient): Promise<boolean> {
  const oldest = db
    .select({ row: sql`rowid` })
    .from(clients)
    .where(and(eq(clients.serverId, serverId), eq(clients.granted, false), lt(clients.createdAt, createdAt - hour)))
    .orderBy(clients.createdAt)
    .limit(100);
  const forgotten = await db.delete(clients).where(inArray(sql`rowid`, oldest)).returning({ id: clients.id });
  return forgotten.length > 0;
}

function clientOf(row: typeof clients.$inferSelect): RegisteredClient {
  const { lastUsedAt, granted, ...client } = row;
  return registeredKeys(client.metadata) ? { ...client, authMethods: ["private_key_jwt"] } : client;
}
