// What anonymous registration may cost: failures and new clients are counted, those that nobody signed in with are bounded.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { Client, errorOf, openShop, Person, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";
import { bodies, register, registered, registration, rows } from "./registering.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});

describe("P-47 what is counted: failures and new clients, by server and address", () => {
  const newcomer = (number: number) => ({ ...bodies.Codex, client_name: `Newcomer ${number}` });

  /** Sends until one is refused; more than twice the limit, so that a minute that ends in between does not hide it. */
  async function flood(bodyOf: (number: number) => unknown, at: Shop, address: string): Promise<Response | null> {
    for (let number = 0; number < 250; number++) {
      const response = await register(bodyOf(number), at, { "cf-connecting-ip": address });
      if (response.status === 429) return response;
      await response.body?.cancel();
    }
    return null;
  }

  it("new clients: 429 as JSON with Retry-After; other addresses, other servers and known clients go on", async () => {
    const own = await openShop();
    const address = "203.0.113.9";
    await registered(bodies.Cursor, own);
    const refused = await flood(newcomer, own, address);
    expect(refused?.headers.get("retry-after")).toBe("60");
    expect(refused?.headers.get("access-control-allow-origin")).toBe("*");
    expect(refused && (await errorOf(refused))).toMatchObject({ reason: "rate_limited" });
    const from = { "cf-connecting-ip": address };
    expect((await register(newcomer(1000), own, { "cf-connecting-ip": "203.0.113.10" })).status).toBe(201);
    expect((await register(newcomer(1000), shop, from)).status).toBe(201);
    expect((await register(bodies.Cursor, own, from)).status).toBe(201);
    expect((await register(newcomer(0), own, from)).status).toBe(201);
  });

  it("failures: counted as those at the token endpoint are, and a good registration from there is still taken", async () => {
    const own = await openShop();
    const refused = await flood(() => ({ redirect_uris: ["javascript:alert(1)"] }), own, "203.0.113.11");
    expect(refused && (await errorOf(refused))).toMatchObject({ reason: "rate_limited" });
    expect((await register(bodies.Codex, own, { "cf-connecting-ip": "203.0.113.11" })).status).toBe(201);
  });

  it("the same registration again is never counted: hosted clients share their addresses", async () => {
    const own = await openShop();
    expect(await flood(() => bodies["claude.ai"], own, "160.79.104.10")).toBeNull();
    expect(await rows(own)).toBe(1);
  });

  it.each([
    ["LIMIT_REGISTER", (number: number) => newcomer(2000 + number)],
    ["LIMIT_FAILURES", () => ({ redirect_uris: [] })],
  ])("%s: an IPv6 subscriber is counted as one, whatever address of the /64 it takes", async (name, bodyOf) => {
    const counted: string[] = [];
    const limit = { limit: async ({ key }: { key: string }) => ({ success: counted.push(key) < 0 }) };
    for (const [number, address] of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"].entries()) {
      const request = registration(bodyOf(number), { "cf-connecting-ip": address });
      const response = await knock(deployment({ [name]: limit }), `${shop.endpoints}/register`, request);
      expect(response.status).toBe(429);
    }
    expect(counted).toEqual([counted[0], counted[0]]);
    expect(counted[0]).toContain("2001:db8:1:2::/64");
  });
});

describe("P-47 registrations that nobody signed in with", () => {
  const most = 10_000;

  /** As many registrations without a grant as one server may have, made at this time. */
  async function fill(at: Shop, createdAt: number): Promise<void> {
    const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?4)";
    const row = "?1, 'filler-' || ?2 || '-' || i, 'Filler', '[]', NULL, '{}', ?2, ?2, ?3";
    const columns = "server_id, id, name, redirect_uris, secret_hash, metadata, created_at, last_used_at, granted";
    const statement = `INSERT INTO clients (${columns}) ${numbers} SELECT ${row} FROM n`;
    await env.DB.prepare(statement).bind(at.serverId, createdAt, 0, most).run();
  }

  const now = () => Math.floor(Date.now() / 1000);

  it("10,000 of the last hour: a new one is refused with a reason and not kept, a known one and other servers go on", async () => {
    const own = await openShop();
    const known = await new Client(own).register();
    await fill(own, now() - 60);
    const refused = await register(bodies.Codex, own);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "600"]);
    expect(await errorOf(refused)).toMatchObject({
      error: "temporarily_unavailable",
      reason: "registrations_unfinished",
    });
    expect(await rows(own)).toBe(most + 1);
    expect((await new Client(own).register()).clientId).toBe(known.clientId);
    await known.signIn(new Person());
    await registered(bodies.Codex, shop);
  });

  it("older ones make room, oldest first; a client that somebody signed in with never does", async () => {
    const own = await openShop();
    const client = await new Client(own).register();
    await client.signIn(new Person());
    await env.DB.prepare("UPDATE clients SET created_at = 1, last_used_at = 1 WHERE id = ?")
      .bind(client.clientId)
      .run();
    await fill(own, now() - 2 * 3600);
    await registered(bodies.Codex, own);
    expect(await rows(own)).toBe(most + 2 - 100);
    await client.signIn(new Person());
  });
});
