// API tokens in D1. Those of role caller are part of the snapshots of their organization's static headers servers.
import { and, eq, inArray, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { ApiTokenRecord, ApiTokenStore } from "../promises/operators.ts";
import { mostCallers } from "../promises/snapshot.ts";
import { counting, type Database, offsetOf } from "./database.ts";
import { apiTokens, servers } from "./schema.ts";
import { change } from "./server-changes.ts";

const columns = {
  id: apiTokens.id,
  organizationId: apiTokens.organizationId,
  name: apiTokens.name,
  role: apiTokens.role,
  createdAt: apiTokens.createdAt,
  lastUsedAt: apiTokens.lastUsedAt,
  revokedAt: apiTokens.revokedAt,
};

const day = 86_400;

export function apiTokenStore(db: Database): ApiTokenStore {
  const mine = (organizationId: string, id: string) =>
    and(eq(apiTokens.organizationId, organizationId), eq(apiTokens.id, id));
  return {
    async create(token, tokenHash, entry) {
      return change(db, calledWith(token), [db.insert(apiTokens).values({ ...token, tokenHash })], entry);
    },
    async callers(organizationId) {
      const where = and(eq(apiTokens.organizationId, organizationId), livingCaller());
      const [counted] = await counting(db, apiTokens, where);
      return counted?.total ?? 0;
    },
    async findByHash(tokenHash) {
      const living = and(eq(apiTokens.tokenHash, tokenHash), isNull(apiTokens.revokedAt));
      return (await db.select(columns).from(apiTokens).where(living).get()) ?? null;
    },
    async list(organizationId, page) {
      const where = eq(apiTokens.organizationId, organizationId);
      const [items, [counted]] = await db.batch([
        db
          .select(columns)
          .from(apiTokens)
          .where(where)
          .orderBy(apiTokens.createdAt, apiTokens.id)
          .limit(page.pageSize)
          .offset(offsetOf(page)),
        counting(db, apiTokens, where),
      ]);
      return { items, total: counted?.total ?? 0 };
    },
    async revoke(organizationId, id, entry) {
      const found = await db.select(columns).from(apiTokens).where(mine(organizationId, id)).get();
      if (!found) return null;
      const revokedAt = sql`coalesce(${apiTokens.revokedAt}, ${entry.at})`;
      const revoking = db.update(apiTokens).set({ revokedAt }).where(mine(organizationId, id));
      return change(db, calledWith(found), [revoking], entry);
    },
    async used(id, now) {
      const dated = or(isNull(apiTokens.lastUsedAt), lt(apiTokens.lastUsedAt, now - day));
      await db
        .update(apiTokens)
        .set({ lastUsedAt: now })
        .where(and(eq(apiTokens.id, id), dated));
    },
  };
}

/** The servers that this token may call: none, unless it is a caller's. */
function calledWith({ organizationId, role }: Pick<ApiTokenRecord, "organizationId" | "role">): SQL {
  const called = and(eq(servers.organizationId, organizationId), eq(servers.authentication, "static_headers"));
  return role === "caller" && called ? called : sql`false`;
}

function livingCaller() {
  return and(eq(apiTokens.role, "caller"), isNull(apiTokens.revokedAt));
}

/** Tokens made at the same moment may all pass the count before it; those few are carried too. */
const carried = mostCallers + 50;

/** The tokens that may call one server, as a statement for its snapshot's batch; none for a server with a gateway. */
export function callingTokenRows(db: Database, slug: string) {
  const owner = db
    .select({ id: servers.organizationId })
    .from(servers)
    .where(and(eq(servers.slug, slug), eq(servers.authentication, "static_headers")));
  return db
    .select({ id: apiTokens.id, name: apiTokens.name, hash: apiTokens.tokenHash })
    .from(apiTokens)
    .where(and(inArray(apiTokens.organizationId, owner), livingCaller()))
    .orderBy(apiTokens.createdAt, apiTokens.id)
    .limit(carried);
}
