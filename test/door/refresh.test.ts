// Refresh tokens: rotated without losing anybody, ended by reuse, by the provider's word and by age, by nothing else.
import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { grantIdOf } from "../../src/contract/ids.ts";
import {
  asked,
  expectAlive,
  expectDead,
  expectError,
  expectRefused,
  ownShop,
  passTime,
  signIn,
  tokensOf,
} from "./grant-visit.ts";
import { Client, fetchUrl, Person, rig, type Shop } from "./journey.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await ownShop("refresh");
});
afterEach(async () => {
  vi.useRealTimers();
  await rig(shop, "clear");
});

describe("rotation", () => {
  test("P-71 every refresh brings a new token, and the previous one brings the same for a minute", async () => {
    const { client, tokens } = await signIn(shop);
    const first = await tokensOf(await client.refresh(tokens.refresh_token));
    expect(first.refresh_token).not.toBe(tokens.refresh_token);
    const again = await tokensOf(await client.refresh(tokens.refresh_token));
    expect(again.refresh_token).toBe(first.refresh_token);
    passTime(60);
    const late = await tokensOf(await client.refresh(tokens.refresh_token));
    expect(late.refresh_token).toBe(first.refresh_token);
    await tokensOf(await client.refresh(first.refresh_token));
  });

  test("P-71 a repetition that came in time is in time, however slow the provider is", async () => {
    const { client, tokens } = await signIn(shop);
    const first = await tokensOf(await client.refresh(tokens.refresh_token));
    passTime(60);
    await rig(shop, "fault", { endpoint: "token", delay: 100 });
    const before = (await rig(shop, "counts")).token ?? 0;
    const repeated = client.refresh(tokens.refresh_token);
    await vi.waitFor(async () => expect((await rig(shop, "counts")).token).toBe(before + 1));
    passTime(5);
    expect((await tokensOf(await repeated)).refresh_token).toBe(first.refresh_token);
  });

  test("P-71 reuse after the minute ends the family", async () => {
    const signedIn = await signIn(shop);
    const { client, tokens } = signedIn;
    const next = await tokensOf(await client.refresh(tokens.refresh_token));
    passTime(61);
    await expectError(await client.refresh(tokens.refresh_token), 400, "invalid_grant", "refresh_reused");
    await expectDead(signedIn, next);
  });

  test("P-71 a token older than the previous one ends the family at once", async () => {
    const signedIn = await signIn(shop);
    const { client, tokens } = signedIn;
    const second = await tokensOf(await client.refresh(tokens.refresh_token));
    const third = await tokensOf(await client.refresh(second.refresh_token));
    await expectError(await client.refresh(tokens.refresh_token), 400, "invalid_grant", "refresh_reused");
    await expectDead(signedIn, third);
  });

  test("P-71 100 refreshes at once, some replies thrown away: one successor, and the provider sees one", async () => {
    const signedIn = await signIn(shop);
    const { client, tokens } = signedIn;
    const body = () =>
      new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: tokens.refresh_token,
        client_id: client.clientId,
      });
    let successors: string[] = [];
    const provider = await asked(shop, "token", async () => {
      const impatient = Array.from({ length: 20 }, (_, index) => {
        const abort = new AbortController();
        setTimeout(() => abort.abort(), index);
        const init = { method: "POST", body: body(), signal: abort.signal };
        return fetchUrl(`${shop.endpoints}/token`, init).then(
          (answer) => answer.body?.cancel(),
          () => undefined,
        );
      });
      const patient = Array.from({ length: 80 }, async () => tokensOf(await client.refresh(tokens.refresh_token)));
      successors = (await Promise.all(patient)).map(({ refresh_token }) => refresh_token);
      await Promise.all(impatient);
    });
    expect(new Set(successors).size).toBe(1);
    expect(provider).toBe(1);
    const late = await tokensOf(await client.refresh(tokens.refresh_token));
    expect(late.refresh_token).toBe(successors[0]);
    await expectAlive(signedIn, late);
  });

  test("P-71 refreshes that arrive before, while and after the provider answers all get the one successor", async () => {
    const signedIn = await signIn(shop);
    const { client, tokens } = signedIn;
    await rig(shop, "fault", { endpoint: "token", delay: 100 });
    let successors: string[] = [];
    const provider = await asked(shop, "token", async () => {
      const staggered = Array.from({ length: 60 }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 3));
        return tokensOf(await client.refresh(tokens.refresh_token));
      });
      successors = (await Promise.all(staggered)).map(({ refresh_token }) => refresh_token);
    });
    expect([new Set(successors).size, provider]).toEqual([1, 1]);
  });

  test("a client that leaves while the provider is working loses nothing: the same token works", async () => {
    const signedIn = await signIn(shop);
    const { client, tokens } = signedIn;
    await rig(shop, "fault", { endpoint: "token", delay: 200, times: 1 });
    const abort = new AbortController();
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token,
      client_id: client.clientId,
    });
    const lost = fetchUrl(`${shop.endpoints}/token`, { method: "POST", body, signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(lost).rejects.toThrow();
    await expectAlive(signedIn, tokens);
  });
});

describe("who may refresh, and for what", () => {
  test.each<[string, string | null, string]>([
    ["absent", null, "tickets.read tickets.write"],
    ["empty", "", "tickets.read tickets.write"],
    ["narrower", "tickets.read", "tickets.read"],
    ["wider", "tickets.read tickets.write admin", "tickets.read tickets.write"],
    ["of an old SDK", "openid email profile", "tickets.read tickets.write"],
    ["unreadable", 'a"b', "tickets.read tickets.write"],
  ])("P-71 scope %s: never more than granted, and always told", async (_, scope, told) => {
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person(), { scope: "tickets.read tickets.write" });
    const next = await tokensOf(await client.refresh(tokens.refresh_token, { scope }));
    expect(next.scope).toBe(told);
    const after = await tokensOf(await client.refresh(next.refresh_token));
    expect(after.scope).toBe("tickets.read tickets.write");
  });

  test("P-71, P-67 another client, another server, another resource, a forged secret: refused, and nothing is lost", async () => {
    const signedIn = await signIn(shop);
    const { client, tokens } = signedIn;
    const thief = await new Client(shop, "https://other.example/callback").register();
    await expectError(await thief.refresh(tokens.refresh_token), 400, "invalid_grant", "refresh_unknown");
    const resource = "http://localhost:8787";
    await expectError(await client.refresh(tokens.refresh_token, { resource }), 400, "invalid_target");
    const forged = `${tokens.refresh_token.split(".")[0]}.${"A".repeat(43)}`;
    await expectError(await client.refresh(forged), 400, "invalid_grant", "refresh_unknown");
    const elsewhere = await new Client(await ownShop("refresh")).register();
    await expectError(await elsewhere.refresh(tokens.refresh_token), 400, "invalid_grant", "refresh_unknown");
    await expectAlive(signedIn, tokens);
  });

  test("an access token or a code is no refresh token", async () => {
    const { client, tokens } = await signIn(shop);
    for (const wrong of [tokens.access_token, tokens.refresh_token.replace("_rt_", "_ac_"), "mcpstack_rt_"]) {
      await expectError(await client.refresh(wrong), 400, "invalid_grant", "refresh_unknown");
    }
  });
});

describe("P-85 a provider in trouble", () => {
  const json = { "content-type": "application/json" };
  test.each<[string, object, string]>([
    ["500", { status: 500, body: "oops" }, "5"],
    ["500 that says invalid_grant", { status: 500, headers: json, body: '{"error":"invalid_grant"}' }, "5"],
    ["503 with Retry-After", { status: 503, headers: { "retry-after": "17" } }, "17"],
    ["429 with Retry-After", { status: 429, headers: { "retry-after": "7" } }, "7"],
    ["429 with an endless Retry-After", { status: 429, headers: { "retry-after": "86400" } }, "60"],
    ["HTML", { status: 200, body: "<html>maintenance</html>" }, "5"],
    ["a login page instead", { status: 302, headers: { location: "https://evil.example/" } }, "5"],
    ["broken JSON", { status: 200, headers: json, body: '{"access_token":' }, "5"],
    ["200 without access_token", { status: 200, headers: json, body: '{"token_type":"Bearer"}' }, "5"],
    ["a connection dropped before it did anything", { drop: true }, "5"],
    ["silence", { hang: true, times: 1 }, "5"],
    ["404", { status: 404, body: "gone" }, "5"],
    ["400 without an OAuth error", { status: 400, body: "bad" }, "5"],
    [
      "its own temporarily_unavailable",
      { status: 400, headers: json, body: '{"error":"temporarily_unavailable"}' },
      "5",
    ],
    ["refuses the profile's own secret", { status: 401, headers: json, body: '{"error":"invalid_client"}' }, "5"],
  ])(
    "%s is 503 temporarily_unavailable, and the same refresh token works afterwards",
    async (_, fault, retryAfter) => {
      const signedIn = await signIn(shop);
      const { client, tokens } = signedIn;
      await rig(shop, "fault", { endpoint: "token", ...fault });
      const refused = await client.refresh(tokens.refresh_token);
      expect(refused.headers.get("retry-after")).toBe(retryAfter);
      await expectError(refused, 503, "temporarily_unavailable");
      await rig(shop, "clear");
      await expectAlive(signedIn, tokens);
    },
    20_000,
  );

  test("an outage is nobody's fault: 150 refreshes of one address are all told 503, never 429", async () => {
    const { client, tokens } = await signIn(await ownShop("refresh"));
    await rig(shop, "fault", { endpoint: "token", status: 500 });
    const answers = await Promise.all(Array.from({ length: 150 }, () => client.refresh(tokens.refresh_token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  });

  test("its invalid_grant ends the grant: 400 invalid_grant, and the next MCP call is 401", async () => {
    const { client, tokens } = await signIn(shop);
    const fault = { status: 400, headers: json, body: '{"error":"invalid_grant"}', times: 1 };
    await rig(shop, "fault", { endpoint: "token", ...fault });
    await expectError(await client.refresh(tokens.refresh_token), 400, "invalid_grant", "provider_grant_ended");
    await expectRefused(client, tokens.access_token);
    await expectError(await client.refresh(tokens.refresh_token), 400, "invalid_grant", "provider_grant_ended");
  });

  test("a reply that the provider lost after rotating is the end, told as such and not as an outage without end", async () => {
    const { client, tokens } = await signIn(shop);
    await rig(shop, "fault", { endpoint: "token", dropReply: true, times: 1 });
    await expectError(await client.refresh(tokens.refresh_token), 503, "temporarily_unavailable");
    await expectError(await client.refresh(tokens.refresh_token), 400, "invalid_grant", "provider_grant_ended");
  });
});

test("the object may be torn down between any two steps", async () => {
  const client = await new Client(shop).register();
  const person = new Person();
  const away = await person.walk(await client.authorizeUrl(), { until: shop.provider });
  const grantId = grantIdOf(away.final.searchParams.get("state") ?? "");
  await abortAllDurableObjects();
  const { final } = await person.walk(away.final);
  await abortAllDurableObjects();
  const tokens = await tokensOf(await client.redeem(final.searchParams.get("code") ?? ""));
  expect(grantIdOf(tokens.refresh_token)).toBe(grantId);
  await abortAllDurableObjects();
  const first = await tokensOf(await client.refresh(tokens.refresh_token));
  await abortAllDurableObjects();
  expect((await tokensOf(await client.refresh(tokens.refresh_token))).refresh_token).toBe(first.refresh_token);
  await abortAllDurableObjects();
  const second = await tokensOf(await client.refresh(first.refresh_token));
  await abortAllDurableObjects();
  passTime(61);
  expect((await client.call(second.access_token)).status).toBe(200);
  await abortAllDurableObjects();
  await expectError(await client.refresh(tokens.refresh_token), 400, "invalid_grant", "refresh_reused");
  await abortAllDurableObjects();
  await expectDead({ shop, client, tokens, grantId }, second);
});
