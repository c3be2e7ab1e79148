// How long things live: access tokens, grants, attempts and codes; what the alarm ends, publishes and erases.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { grantIdOf } from "../../src/contract/ids.ts";
import {
  expectDead,
  expectError,
  expectRefused,
  objectOf,
  operator,
  ownShop,
  passTime,
  rowsOf,
  signIn,
  tokensOf,
} from "./grant-visit.ts";
import { Client, Person, type Shop } from "./journey.ts";

const day = 86_400;
let shop: Shop;
beforeAll(async () => {
  shop = await ownShop("code");
});
afterEach(() => vi.useRealTimers());

describe("lifetimes", () => {
  const shopWith = (gateway: Record<string, unknown>) => ownShop("code", { gateway });

  test("an access token lives as long as the profile says", async () => {
    const { tokens } = await signIn(await shopWith({ accessTokenTtl: 900 }));
    expect(tokens.expires_in).toBe(900);
  });

  test.each<[string, object, number[], number]>([
    ["idle for a day less a second", { grantIdleTtl: day }, [day - 1], 200],
    ["idle for a day", { grantIdleTtl: day }, [day], 400],
    ["used in between", { grantIdleTtl: day }, [day - 1, day - 1], 200],
    ["used until its maximum", { grantIdleTtl: day, grantMaxTtl: 2 * day }, [day - 1, day - 1, 2], 400],
  ])("a grant %s", async (_, gateway, pauses, status) => {
    const { client, tokens } = await signIn(await shopWith({ ...gateway }));
    let token = tokens.refresh_token;
    let answer: Response | undefined;
    for (const pause of pauses) {
      passTime(pause);
      answer = await client.refresh(token);
      if (answer.status === 200) token = (await answer.clone().json<{ refresh_token: string }>()).refresh_token;
    }
    expect(answer?.status).toBe(status);
  });

  test("an access token never outlives the end of its grant", async () => {
    const { client, tokens } = await signIn(await shopWith({ grantIdleTtl: day, grantMaxTtl: day }));
    passTime(day - 100);
    const last = await tokensOf(await client.refresh(tokens.refresh_token));
    expect(last.expires_in).toBe(100);
    passTime(100);
    await expectRefused(client, last.access_token);
  });

  test("a lifetime that the operator shortened ends the longer tokens, and the grant goes on", async () => {
    const { client, tokens, shop: own } = await signIn(await shopWith({}));
    await operator(own, "PATCH", `/gateways/${own.gatewayId}`, { accessTokenTtl: 600 });
    await expectRefused(client, tokens.access_token);
    const next = await tokensOf(await client.refresh(tokens.refresh_token));
    expect(next.expires_in).toBe(600);
    expect((await client.call(next.access_token)).status).toBe(200);
  });

  test("a token lives no longer than the grant would publish its end, even if the profile was changed meanwhile", async () => {
    const own = await shopWith({ accessTokenTtl: 900 });
    const client = await new Client(own).register();
    const code = await client.code(new Person());
    await operator(own, "PATCH", `/gateways/${own.gatewayId}`, { accessTokenTtl: 7200 });
    const tokens = await tokensOf(await client.redeem(code));
    expect(tokens.expires_in).toBe(900);
    expect((await tokensOf(await client.refresh(tokens.refresh_token))).expires_in).toBe(7200);
  });

  test("a maximum that the operator shortened holds at the next refresh", async () => {
    const signedIn = await signIn(await shopWith({ grantIdleTtl: day, grantMaxTtl: 3 * day }));
    const { client, tokens, shop: own } = signedIn;
    passTime(day - 1);
    const next = await tokensOf(await client.refresh(tokens.refresh_token));
    await operator(own, "PATCH", `/gateways/${own.gatewayId}`, { grantMaxTtl: day });
    passTime(10);
    await expectError(await client.refresh(next.refresh_token), 400, "invalid_grant", "grant_ended");
  });

  test("a grant whose provider gave no refresh token: its access token ends with the credential", async () => {
    const gateway = { scopes: ["profile", "email"], subjectClaim: "sub" };
    const { client, tokens } = await signIn(await shopWith(gateway));
    expect(tokens.expires_in).toBeLessThanOrEqual(60);
    const again = await tokensOf(await client.refresh(tokens.refresh_token));
    expect(again.expires_in).toBeLessThanOrEqual(60);
    passTime(61);
    await expectError(await client.refresh(again.refresh_token), 400, "invalid_grant", "provider_grant_ended");
  });
});

describe("time brings everything to an end", () => {
  const emptyOf = (grantId: string) =>
    runInDurableObject(objectOf(grantId), (_, state) => [...state.storage.kv.list()].length === 0);
  const alarm = (grantId: string) => runDurableObjectAlarm(objectOf(grantId));

  async function departed(): Promise<string> {
    const client = await new Client(shop).register();
    const { final } = await new Person().walk(await client.authorizeUrl(), { until: shop.provider });
    return grantIdOf(final.searchParams.get("state") ?? "");
  }

  test("P-58 an attempt that nobody finished is erased after ten minutes", async () => {
    const grantId = await departed();
    passTime(599);
    await alarm(grantId);
    expect(await emptyOf(grantId)).toBe(false);
    passTime(1);
    await alarm(grantId);
    expect(await emptyOf(grantId)).toBe(true);
  });

  test("a code that nobody redeemed: after five minutes no row, a day later nothing", async () => {
    const client = await new Client(shop).register();
    const grantId = grantIdOf(await client.code(new Person()));
    expect(await rowsOf(grantId)).toBe(1);
    passTime(300);
    await alarm(grantId);
    expect(await rowsOf(grantId)).toBe(0);
    passTime(day);
    await alarm(grantId);
    expect(await emptyOf(grantId)).toBe(true);
  });

  test("an idle grant ends by itself; its reason can be told for a day, then it is erased", async () => {
    const own = await ownShop("code", { gateway: { grantIdleTtl: day } });
    const { client, tokens, grantId } = await signIn(own);
    passTime(day - 1);
    await alarm(grantId);
    expect(await rowsOf(grantId)).toBe(1);
    passTime(1);
    await alarm(grantId);
    expect(await rowsOf(grantId)).toBe(0);
    await expectError(await client.refresh(tokens.refresh_token), 400, "invalid_grant", "grant_ended");
    passTime(day);
    await alarm(grantId);
    expect(await emptyOf(grantId)).toBe(true);
    await expectError(await client.refresh(tokens.refresh_token), 400, "invalid_grant", "refresh_unknown");
  });

  test("an end that could not be published is published by the alarm, and refused here all the while", async () => {
    const signedIn = await signIn(shop);
    await env.DB.exec("ALTER TABLE ended_grants RENAME TO ended_grants_away");
    const { refresh_token: token } = signedIn.tokens;
    try {
      expect((await signedIn.client.post("revoke", { token })).status).toBe(200);
      await expectDead(signedIn, signedIn.tokens);
      await alarm(signedIn.grantId);
      expect(await rowsOf(signedIn.grantId)).toBe(1);
    } finally {
      await env.DB.exec("ALTER TABLE ended_grants_away RENAME TO ended_grants");
    }
    await alarm(signedIn.grantId);
    expect(await rowsOf(signedIn.grantId)).toBe(0);
    await expectDead(signedIn, signedIn.tokens);
  });

  test("an object that was erased answers like one that never was, and stays empty", async () => {
    const grantId = await departed();
    passTime(600);
    await alarm(grantId);
    const client = await new Client(shop).register();
    const handle = `${grantId.slice(4)}.${"A".repeat(43)}`;
    await expectError(await client.refresh(`mcpstack_rt_${handle}`), 400, "invalid_grant", "refresh_unknown");
    await expectError(await client.redeem(`mcpstack_ac_${handle}`), 400, "invalid_grant", "code_unknown");
    expect(await emptyOf(grantId)).toBe(true);
  });
});
