// Every index of the table of grants costs a row for each sign-in: each is used by a query, and no query reads the table whole.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/worker/store/d1/database.ts";
import { grantIndex } from "../../src/worker/store/d1/grant-index.ts";
import { upkeepStore } from "../../src/worker/store/d1/upkeep.ts";
import type { GrantSelection } from "../../src/worker/store/promises/grant-index.ts";

interface Asked {
  sql: string;
  values: unknown[];
}

/** The database, with every statement that is bound to it written down. */
function watched(): { db: ReturnType<typeof openDatabase>; asked: Asked[] } {
  const asked: Asked[] = [];
  const prepare = (sql: string) => {
    const statement = env.DB.prepare(sql);
    return new Proxy(statement, {
      get(target, name) {
        if (name !== "bind") return Reflect.get(target, name, target);
        return (...values: unknown[]) => {
          asked.push({ sql, values });
          return target.bind(...values);
        };
      },
    });
  };
  const binding = new Proxy(env.DB, {
    get: (target, name) => {
      const member: unknown = name === "prepare" ? prepare : Reflect.get(target, name, target);
      return typeof member === "function" && name !== "prepare" ? member.bind(target) : member;
    },
  });
  return { db: openDatabase(binding), asked };
}

/** How the database finds the grants that the work asks for: one line for each access to their table. */
async function plansOf(work: (db: ReturnType<typeof openDatabase>) => Promise<unknown>): Promise<string[]> {
  const { db, asked } = watched();
  await work(db);
  const found: string[] = [];
  for (const { sql, values } of asked) {
    const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...values)
      .all<{ detail: string }>();
    found.push(...plan.results.map(({ detail }) => detail).filter((detail) => /^(SCAN|SEARCH) grants\b/.test(detail)));
  }
  return found;
}

const page = { page: 1, pageSize: 20 };
const times = { at: 1, tokensExpireAt: 2 };
const entry = { id: "a", organizationId: "o", at: 1, actor: "x", action: "y", target: "z", fields: [] };
const organizationId = "org_1";
const gatewayId = "gw_1";
const serverId = "srv_1";
const userId = "usr_1";
const clientId = "cl_1";

const listing = (selection: GrantSelection) => (db: ReturnType<typeof openDatabase>) =>
  grantIndex(db).list(selection, page);
const ending = (selection: GrantSelection) => (db: ReturnType<typeof openDatabase>) =>
  grantIndex(db).end(selection, "grant_revoked", times, { ...entry, id: crypto.randomUUID() });

const queries: [string, string, (db: ReturnType<typeof openDatabase>) => Promise<unknown>][] = [
  ["a profile's list", "grants_by_gateway", listing({ gatewayId })],
  ["a profile's list of a user", "grants_by_user", listing({ gatewayId, userId })],
  ["a profile's list of a client", "grants_by_gateway_and_client", listing({ gatewayId, clientId })],
  ["a profile's list of a server", "grants_by_server_and_client", listing({ gatewayId, serverId })],
  ["a person's own list", "grants_by_user", listing({ organizationId, userId })],
  ["a person's profiles", "grants_by_user", (db) => grantIndex(db).gateways({ organizationId, userId })],
  ["the end of one grant", "PRIMARY KEY", ending({ gatewayId, grantId: "grt_1" })],
  ["the end of a user", "grants_by_user", ending({ gatewayId, userId })],
  ["the end of a client", "grants_by_gateway_and_client", ending({ gatewayId, clientId })],
  [
    "the end of a profile",
    "grants_by_gateway",
    (db) => grantIndex(db).endAll(gatewayId, "grant_revoked", { ...entry, id: crypto.randomUUID() }),
  ],
  ["what is left to tell", "grants_revoking", (db) => grantIndex(db).pending({}, 100)],
  ["what an organization has left to tell", "grants_revoking", (db) => grantIndex(db).countPending({ organizationId })],
  ["leftovers", "grants_by_expiry", (db) => upkeepStore(db).pruneGrants(1)],
  ["clients without a grant", "grants_by_server_and_client", (db) => upkeepStore(db).reapClients(1, 10)],
];

describe("the table of grants", () => {
  it.each(queries)("%s is found by %s", async (_, index, work) => {
    const plans = await plansOf(work);
    // The whole of a partial index is what is asked for.
    const whole = plans.filter((plan) => plan.startsWith("SCAN") && !plan.endsWith("grants_revoking"));
    expect(whole).toEqual([]);
    expect(plans.join("\n")).toContain(index);
  });

  it("has no index that none of them needs", async () => {
    const listed = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'grants'")
      .all<{ name: string }>()
      .then(({ results }) => results.map(({ name }) => name));
    const needed = new Set(queries.map(([, index]) => index));
    expect(listed.filter((name) => !name.startsWith("sqlite_") && !needed.has(name))).toEqual([]);
    expect(listed).toHaveLength(6);
  });
});
