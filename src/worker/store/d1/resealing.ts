// Rows that hold values sealed under a former master key, and their way to the newest one.
import { and, type Column, eq, type SQL, sql } from "drizzle-orm";
import type { SealedRow, UpkeepStore } from "../promises/upkeep.ts";
import type { Database } from "./database.ts";
import { gateways, servers, signingKeys } from "./schema.ts";

export function resealing(db: Database): Pick<UpkeepStore, "sealedUnder" | "reseal"> {
  return {
    async sealedUnder(mark, limit) {
      const [profiles, hosts, keys] = await db.batch([
        db
          .select({ id: gateways.id, sealed: gateways.clientSecretsSealed })
          .from(gateways)
          .where(startsWith(gateways.clientSecretsSealed, `%"${mark}`))
          .limit(limit),
        db
          .select({ id: servers.id, sealed: servers.staticHeadersSealed })
          .from(servers)
          .where(startsWith(servers.staticHeadersSealed, mark))
          .limit(limit),
        db
          .select({ id: signingKeys.kid, sealed: signingKeys.privateJwkSealed })
          .from(signingKeys)
          .where(startsWith(signingKeys.privateJwkSealed, mark))
          .limit(limit),
      ]);
      return [
        ...profiles.map(({ id, sealed }): SealedRow => ({ kind: "gateway", id, sealed })),
        ...hosts.map(({ id, sealed }): SealedRow => ({ kind: "server", id, sealed: sealed === null ? [] : [sealed] })),
        ...keys.map(({ id, sealed }): SealedRow => ({ kind: "signing-key", id, sealed: [sealed] })),
      ];
    },
    async reseal(row, sealed) {
      const [first = ""] = sealed;
      const [before = ""] = row.sealed;
      const showing = (where: SQL | undefined) =>
        db
          .update(servers)
          .set({ revision: sql`${servers.revision} + 1` })
          .where(where);
      if (row.kind === "gateway") {
        const unchanged = eq(gateways.clientSecretsSealed, row.sealed);
        await db.batch([
          db
            .update(gateways)
            .set({ clientSecretsSealed: sealed })
            .where(and(eq(gateways.id, row.id), unchanged)),
          showing(eq(servers.gatewayId, row.id)),
        ]);
      } else if (row.kind === "server") {
        const unchanged = and(eq(servers.id, row.id), eq(servers.staticHeadersSealed, before));
        const revision = sql`${servers.revision} + 1`;
        await db.update(servers).set({ staticHeadersSealed: first, revision }).where(unchanged);
      } else {
        const unchanged = and(eq(signingKeys.kid, row.id), eq(signingKeys.privateJwkSealed, before));
        await db.batch([
          db.update(signingKeys).set({ privateJwkSealed: first }).where(unchanged),
          // Every snapshot carries the key that signs.
          showing(undefined),
        ]);
      }
    },
  };
}

/** Compared as stored text, whatever the column's own type is. */
function startsWith(column: Column, pattern: string): SQL {
  return sql`${column} LIKE ${`${pattern}%`}`;
}
