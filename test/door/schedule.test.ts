// What the schedule keeps true over weeks, seen from outside: copies that follow the database, keys that always verify.
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import worker from "../../src/worker/index.ts";
import type { Bindings } from "../../src/worker/settings.ts";
import { createAccessTokens } from "../../src/worker/tokens/access-token.ts";
import { fetchUrl, openShop, origin, runtimeSaw, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const runSchedule = (bindings: Bindings = env) => worker.scheduled(createScheduledController(), bindings);

afterEach(() => {
  vi.useRealTimers();
});

async function nameInCopy(shop: Shop): Promise<string> {
  const copy = await env.COPIES.get<{ name: string }>(`server:${shop.slug}`, "json");
  return copy?.name ?? "no copy";
}

describe("copies", () => {
  /** The real copies, except that nothing can be written. */
  const deaf = new Proxy(env.COPIES, {
    get(target, name) {
      if (name === "put") return () => Promise.reject(new Error("KV PUT failed: 503 Service Unavailable"));
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });

  it("a copy that could not be written is written by the next run", async () => {
    const shop = await openShop();
    const renamed = await knock(
      deployment({ COPIES: deaf }),
      `${origin}/api/v1/organizations/${shop.organizationId}/mcp-servers/${shop.serverId}`,
      {
        method: "PATCH",
        headers: { authorization: `Bearer ${shop.token}`, "content-type": "application/json" },
        body: JSON.stringify({ name: "Renamed" }),
      },
    );
    expect([renamed.status, await nameInCopy(shop)]).toEqual([200, "Support API"]);
    await runSchedule();
    expect(await nameInCopy(shop)).toBe("Renamed");
  });

  it("a copy that was lost is missed by the next request, which answers and has it written", async () => {
    const shop = await openShop();
    await env.COPIES.delete(`server:${shop.slug}`);
    const cold = deployment({});
    expect((await knock(cold, shop.resource)).status).toBe(401);
    await vi.waitFor(async () => expect(await nameInCopy(shop)).toBe("Support API"));
  });

  it("a deployment that lacks a secret does nothing and does not fail", async () => {
    await expect(runSchedule(deployment({ MASTER_KEY: "" }))).resolves.toBeUndefined();
  });
});

describe("signing keys", () => {
  let shop: Shop;
  let began: number;

  beforeAll(async () => {
    shop = await openShop();
    began = Math.floor(Date.now() / 1000);
  });

  const at = (seconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: (began + seconds) * 1000 });

  async function published(): Promise<JSONWebKeySet> {
    return (await fetchUrl(`${origin}/.well-known/jwks.json`)).json();
  }

  /** One call, with a token that this deployment sealed for this moment; what its runtime was told, verified. */
  async function assertedNow(): Promise<{ kid: string | undefined; payload: JWTPayload }> {
    const now = Math.floor(Date.now() / 1000);
    const master = Uint8Array.from(atob(env.MASTER_KEY ?? ""), (character) => character.charCodeAt(0));
    const token = await createAccessTokens([master]).seal({
      iss: shop.issuer,
      aud: shop.resource,
      sub: "usr_test",
      org: shop.organizationId,
      cid: "client",
      scope: "tickets.read",
      ch: "oauth",
      iat: now,
      exp: now + hour,
      jti: crypto.randomUUID(),
      ep: (await env.DB.prepare("SELECT epoch FROM servers WHERE id = ?").bind(shop.serverId).first("epoch")) ?? 0,
      ds: { t: "downstream", x: null },
    });
    const response = await fetchUrl(shop.resource, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
    expect(response.status).toBe(200);
    const sent = (await runtimeSaw(shop)).at(-1)?.headers["x-mcpstack-assertion"] ?? "";
    const options = { currentDate: new Date(), issuer: origin, typ: "mcpstack-assertion+jwt", algorithms: ["ES256"] };
    const verified = await jwtVerify(sent, createLocalJWKSet(await published()), options);
    return { kid: verified.protectedHeader.kid, payload: verified.payload };
  }

  const kids = async () => (await published()).keys.map(({ kid }) => kid);

  it("the next key is published a day before it signs, the old one a week after, and every call verifies", async () => {
    const [first] = await kids();
    expect((await assertedNow()).kid).toBe(first);

    at(28 * day);
    await runSchedule();
    expect(await kids()).toEqual([first]);

    at(29 * day);
    await runSchedule();
    const [, next] = await kids();
    expect(next).toBeTypeOf("string");
    expect((await assertedNow()).kid).toBe(first);

    at(30 * day + hour);
    // Nobody has run the schedule yet: the key whose time has come waits, and the old one goes on.
    expect((await assertedNow()).kid).toBe(first);
    await runSchedule();
    at(30 * day + hour + minute);
    expect((await assertedNow()).kid).toBe(next);
    expect(await kids()).toEqual([first, next]);

    at(37 * day);
    await runSchedule();
    expect(await kids()).toEqual([first, next]);

    at(38 * day);
    await runSchedule();
    at(38 * day + 2 * minute);
    expect(await kids()).toEqual([next]);
    expect((await assertedNow()).kid).toBe(next);
  });

  it("a schedule that stood still for months still publishes a key before it signs", async () => {
    at(200 * day);
    const before = await kids();
    expect((await assertedNow()).kid).toBe(before.at(-1));
    await runSchedule();
    at(200 * day + 2 * minute);
    const [old, next] = await kids();
    expect(old).toBe(before.at(-1));
    expect(next).toBeTypeOf("string");
    expect((await assertedNow()).kid).toBe(old);
    at(202 * day);
    await runSchedule();
    at(202 * day + 2 * minute);
    expect((await assertedNow()).kid).toBe(next);
  });

  it("what is published is public: no private member, one use and algorithm each", async () => {
    for (const key of (await published()).keys) {
      expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
      expect(key).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
    }
  });
});
