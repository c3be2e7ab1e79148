// Registered clients in D1: found on authorize, written on register.
import { and, eq, sql } from "drizzle-orm";
import type { ClientStore, RegisteredClient } from "../promises/directory.ts";
import type { Database } from "./database.ts";
import { clients } from "./schema.ts";

const day = 86_400;

export function clientStore(db: Database): ClientStore {
  return {
    async find(serverId, clientId) {
      const row = await db
        .select()
        .from(clients)
        .where(and(eq(clients.serverId, serverId), eq(clients.id, clientId)))
        .get();
      return row ? clientOf(row) : null;
    },
    async register(client) {
      const row = await db
        .insert(clients)
        .values({ ...client, lastUsedAt: client.createdAt })
        .onConflictDoUpdate({
          target: [clients.serverId, clients.id],
          // Registering again is a use. At most one write a day, and never a second row.
          set: { lastUsedAt: sql`max(${clients.lastUsedAt}, ${client.createdAt})` },
          setWhere: sql`${clients.lastUsedAt} < ${client.createdAt - day}`,
        })
        .returning()
        .get();
      return row ? clientOf(row) : ((await this.find(client.serverId, client.id)) ?? client);
    },
  };
}

function clientOf(row: typeof clients.$inferSelect): RegisteredClient {
  const { lastUsedAt, ...client } = row;
  return client;
}
