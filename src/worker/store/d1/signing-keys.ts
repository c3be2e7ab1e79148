// Keys that sign the assertion for runtimes: published before they are used, kept published after they are not.
import { and, isNotNull, isNull, lt, lte, ne, sql } from "drizzle-orm";
import type { SigningKeyStore } from "../promises/upkeep.ts";
import type { Database } from "./database.ts";
import { servers, signingKeys } from "./schema.ts";

export function signingKeyStore(db: Database): SigningKeyStore {
  return {
    async published() {
      return db
        .select({
          kid: signingKeys.kid,
          publicJwk: signingKeys.publicJwk,
          createdAt: signingKeys.createdAt,
          activeFrom: signingKeys.activeFrom,
          retiredAt: signingKeys.retiredAt,
        })
        .from(signingKeys)
        .where(isNull(signingKeys.removedAt))
        .orderBy(signingKeys.activeFrom);
    },
    async active(now) {
      const [key] = await activeKey(db, now);
      return key ?? null;
    },
    async add(key, activeFrom, now, onlyIfNone) {
      const times = sql`${now}, ${activeFrom}, NULL, NULL`;
      const none = sql`NOT EXISTS (SELECT 1 FROM ${signingKeys} WHERE ${isNull(signingKeys.retiredAt)})`;
      const guard = onlyIfNone ? none : sql`true`;
      await db
        .insert(signingKeys)
        .select(sql`SELECT ${key.kid}, ${key.publicJwk}, ${key.privateJwkSealed}, ${times} WHERE ${guard}`);
    },
    async takeOver(kid, now) {
      const others = and(ne(signingKeys.kid, kid), isNull(signingKeys.retiredAt), lte(signingKeys.activeFrom, now));
      await db.batch([
        db.update(signingKeys).set({ retiredAt: now }).where(others),
        db.update(servers).set({ revision: sql`${servers.revision} + 1` }),
      ]);
    },
    async remove(retiredBefore, now) {
      const over = and(
        isNull(signingKeys.removedAt),
        isNotNull(signingKeys.retiredAt),
        lt(signingKeys.retiredAt, retiredBefore),
      );
      const removed = await db
        .update(signingKeys)
        .set({ removedAt: now, privateJwkSealed: "" })
        .where(over)
        .returning({ kid: signingKeys.kid });
      return removed.length;
    },
  };
}

/**
 * The one key that signs at this time, as a statement that can travel in a batch: the newest whose time has come, or,
 * should a clock or a restored database leave none, the next one rather than none.
 */
export function activeKey(db: Database, now: number) {
  return db
    .select({ kid: signingKeys.kid, privateJwkSealed: signingKeys.privateJwkSealed })
    .from(signingKeys)
    .where(isNull(signingKeys.retiredAt))
    .orderBy(sql`${signingKeys.activeFrom} > ${now}`, sql`abs(${signingKeys.activeFrom} - ${now})`, signingKeys.kid)
    .limit(1);
}
