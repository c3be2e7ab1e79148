// The grant's object: the credential renewed behind a long access token, alarms, failed publication, keys, races.
import { abortAllDurableObjects, createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import worker, { GrantObject } from "../../src/worker/index.ts";
import type { Bindings } from "../../src/worker/settings.ts";
import { createGrantStore } from "../../src/worker/store/grants.ts";
import type { ServerSnapshot } from "../../src/worker/store/promises/snapshot.ts";
import { createAccessTokens } from "../../src/worker/tokens/access-token.ts";
import { randomSecret } from "../../src/worker/tokens/opaque.ts";
import {
  asked,
  expectAlive,
  expectDead,
  expectRefused,
  objectOf,
  ownShop,
  passTime,
  rowsOf,
  signIn,
  tokensOf,
} from "./grant-visit.ts";
import { fetchUrl, rig, runtimeSaw, type Shop } from "./journey.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await ownShop("object");
});
afterEach(async () => {
  vi.useRealTimers();
  await rig(shop, "clear");
});

const json = { "content-type": "application/json" };
const minute = 60;

describe("P-85 a credential of a minute behind an access token of an hour", () => {
  test("calls keep working for the hour, with a current credential each time", async () => {
    const { client, tokens } = await signIn(shop);
    const seen = new Set<string | undefined>();
    for (const _ of [1, 2, 3]) {
      expect((await client.call(tokens.access_token)).status).toBe(200);
      seen.add((await runtimeSaw(shop)).at(-1)?.headers.authorization);
      passTime(minute);
    }
    expect(seen.size).toBe(3);
    expect([...seen].join(" ")).not.toContain(tokens.access_token);
  });

  test("30 calls at once ask the provider once; so do calls and a refresh together", async () => {
    const { client, tokens } = await signIn(shop);
    passTime(minute);
    const calls = () => Array.from({ length: 30 }, () => client.call(tokens.access_token));
    const once = await asked(shop, "token", async () => {
      for (const { status } of await Promise.all(calls())) expect(status).toBe(200);
    });
    expect(once).toBe(1);
    passTime(minute);
    const together = await asked(shop, "token", async () => {
      const [refreshed, ...answers] = await Promise.all([client.refresh(tokens.refresh_token), ...calls()]);
      await tokensOf(refreshed);
      for (const { status } of answers) expect(status).toBe(200);
    });
    expect(together).toBe(1);
  });

  test.each<[string, object]>([
    ["500", { status: 500 }],
    ["429", { status: 429, headers: { "retry-after": "9" } }],
    ["HTML", { status: 200, body: "<html>" }],
    ["a dropped connection", { drop: true }],
    ["invalid_client", { status: 401, headers: json, body: '{"error":"invalid_client"}' }],
  ])("a provider that answers %s is 503 for the call, and the grant lives", async (_, fault) => {
    const signedIn = await signIn(shop);
    const { client, tokens } = signedIn;
    passTime(minute);
    await rig(shop, "fault", { endpoint: "token", ...fault });
    const refused = await client.call(tokens.access_token);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([503, null]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await rig(shop, "clear");
    await expectAlive(signedIn, tokens);
  });

  test("the provider's end is 401 for the call, and the end of the grant", async () => {
    const signedIn = await signIn(shop);
    passTime(minute);
    const fault = { status: 400, headers: json, body: '{"error":"invalid_grant"}', times: 1 };
    await rig(shop, "fault", { endpoint: "token", ...fault });
    await expectRefused(signedIn.client, signedIn.tokens.access_token);
    await expectDead(signedIn, signedIn.tokens);
    await vi.waitFor(async () => expect(await rowsOf(signedIn.grantId)).toBe(0));
  });

  test("a caller that leaves while the credential is renewed takes nothing with it", async () => {
    const signedIn = await signIn(shop);
    const { shop: own, tokens } = signedIn;
    passTime(minute);
    await rig(shop, "fault", { endpoint: "token", delay: 200, times: 1 });
    const abort = new AbortController();
    const headers = { ...json, authorization: `Bearer ${tokens.access_token}`, accept: "application/json" };
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
    const call = fetchUrl(own.resource, { method: "POST", headers, body, signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(call).rejects.toThrow();
    await expectAlive(signedIn, tokens);
  });

  test("the object torn down in the middle of a renewal: that call fails for the moment, the grant lives", async () => {
    const signedIn = await signIn(shop);
    passTime(minute);
    await rig(shop, "fault", { endpoint: "token", hang: true, times: 1 });
    const call = signedIn.client.call(signedIn.tokens.access_token);
    await vi.waitFor(async () => expect((await rig(shop, "counts")).token).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await abortAllDurableObjects();
    expect((await call).status).toBe(503);
    await expectAlive(signedIn, signedIn.tokens);
  });

  test("a credential too large to travel stays in the object, and the call still has it", async () => {
    const { client, tokens } = await signIn(shop);
    const keys = createAccessTokens([Uint8Array.from(atob(env.MASTER_KEY ?? ""), (char) => char.charCodeAt(0))]);
    const claims = await keys.open(tokens.access_token);
    if (!claims) throw new Error("not opened");
    const large = await keys.seal({ ...claims, ds: { t: "x".repeat(12_000), x: null } });
    expect(large.length).toBeLessThan(12 * 1024);
    expect((await keys.open(large))?.ds).toBeUndefined();
    expect((await client.call(large)).status).toBe(200);
    expect((await runtimeSaw(shop)).at(-1)?.headers.authorization).toMatch(/^Bearer eyJ/);
  });
});

describe("a grant's tokens go to the provider that gave them and to no other", () => {
  test("when word of another profile comes before word of the end", async () => {
    const signedIn = await signIn(shop);
    const { client, tokens, grantId } = signedIn;
    const elsewhere = await ownShop("elsewhere");
    const copy = await env.COPIES.get<ServerSnapshot>(`server:${elsewhere.slug}`, "json");
    if (!copy?.gateway) throw new Error("no copy");
    const grants = createGrantStore(env.GRANTS, randomSecret);
    const proof = { clientId: client.clientId, secretHash: null, resource: null, slug: shop.slug, scope: null };
    const before = await rig(elsewhere, "counts");
    passTime(minute);
    const refused = { ok: false, reason: "gateway_detached" };
    expect(await grants.refresh(tokens.refresh_token, proof, copy.gateway)).toEqual(refused);
    expect(await grants.credential(grantId, copy.gateway)).toEqual(refused);
    const otherPlace = { ...proof, slug: elsewhere.slug };
    expect(await grants.revokeByToken(tokens.refresh_token, otherPlace, copy.gateway)).toEqual({
      ok: true,
      grantId: null,
    });
    await expectAlive(signedIn, tokens);
    expect(await grants.revoke(grantId, "grant_revoked", copy.gateway)).toEqual({ provider: "nothing_to_revoke" });
    expect(await rig(elsewhere, "counts")).toEqual(before);
  });
});

describe("MASTER_KEY is changed, with the old one as MASTER_KEY_PREVIOUS", () => {
  const rotated: Bindings = {
    ...env,
    MASTER_KEY: btoa(String.fromCharCode(...new Uint8Array(32).fill(9))),
    MASTER_KEY_PREVIOUS: env.MASTER_KEY ?? "",
  };

  function atRotated(path: string, init: RequestInit): Promise<Response> {
    const request = new Request(`${shop.issuer}${path}`, init) as Parameters<typeof worker.fetch>[0];
    return worker.fetch(request, rotated, createExecutionContext());
  }

  test("access tokens from before are admitted, new ones are sealed under the new key", async () => {
    const { client, tokens } = await signIn(shop);
    const call = (token: string) => {
      const headers = { ...json, authorization: `Bearer ${token}`, accept: "application/json, text/event-stream" };
      return atRotated("/mcp", { method: "POST", headers, body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' });
    };
    expect((await call(tokens.access_token)).status).toBe(200);
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token,
      client_id: client.clientId,
    });
    const next = await tokensOf(await atRotated("/token", { method: "POST", body }));
    expect((await call(next.access_token)).status).toBe(200);
    // Without the new key nothing of it opens: it was really another one.
    await expectRefused(client, next.access_token);
  });

  test("a grant that was sealed before is refreshed, and repeated, by an object with the new key", async () => {
    const { client, tokens, grantId } = await signIn(shop);
    const first = await tokensOf(await client.refresh(tokens.refresh_token));
    const profile = (await env.COPIES.get<ServerSnapshot>(`server:${shop.slug}`, "json"))?.gateway ?? null;
    const proof = { clientId: client.clientId, secretHash: null, resource: null, slug: shop.slug, scope: null };
    const found = await runInDurableObject(objectOf(grantId), async (_, state) => {
      const later = new GrantObject(state, rotated);
      const repeated = await later.refresh(tokens.refresh_token, proof, profile, "unused");
      const rotatedOnce = await later.refresh(first.refresh_token, proof, profile, "the-new-one");
      return [repeated, rotatedOnce].map((outcome) => (outcome.ok ? outcome.grant.refreshToken : outcome.reason));
    });
    expect(found).toEqual([first.refresh_token, "the-new-one"]);
  });
});
