// Authorization codes at the token endpoint: once, with every proof, by the client that was given the code.
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { expectAlive, expectDead, expectError, ownShop, passTime, tokensOf } from "./grant-visit.ts";
import { Client, Person, type Shop } from "./journey.ts";

let shop: Shop;
const person = new Person();
beforeAll(async () => {
  shop = await ownShop("code");
});
afterEach(() => vi.useRealTimers());

/** A client of this shop that holds a fresh code. */
async function withCode(at = shop, overrides: Record<string, string | null> = {}) {
  const client = await new Client(at).register();
  return { client, code: await client.code(person, overrides) };
}

describe("a code is redeemed exactly once", () => {
  test("P-65 of 50 redemptions at once one succeeds, and the replays end the grant", async () => {
    const busy = await ownShop("code");
    const { client, code } = await withCode(busy);
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.redeem(code)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const lost of answers.filter(({ status }) => status !== 200)) await expectError(lost, 400, "invalid_grant");
    const [winner] = winners;
    if (winner)
      await expectDead({ shop, client, tokens: await winner.clone().json(), grantId: "" }, await winner.json());
  });

  test("P-65 a valid replay ends the grant: refresh is refused at once, the access token is 401", async () => {
    const { client, code } = await withCode();
    const tokens = await tokensOf(await client.redeem(code));
    await expectError(await client.redeem(code), 400, "invalid_grant", "code_replayed");
    await expectDead({ shop, client, tokens, grantId: "" }, tokens);
  });

  test.each([
    ["another verifier", { code_verifier: "x".repeat(43) }],
    ["no verifier", { code_verifier: null }],
    ["another redirect URI", { redirect_uri: "http://127.0.0.1:33418/client/other" }],
    ["another resource", { resource: "https://other.example/mcp" }],
    ["another client", { client_id: "other" }],
  ])("P-65 an invalid replay, with %s, does not end the grant", async (_, overrides) => {
    const { client, code } = await withCode();
    const tokens = await tokensOf(await client.redeem(code));
    const other = await new Client(shop, "https://other.example/callback").register();
    const replay = "client_id" in overrides ? { client_id: other.clientId } : overrides;
    expect((await client.redeem(code, replay)).status).toBe(400);
    await expectAlive({ shop, client, tokens, grantId: "" }, tokens);
  });

  test.each([
    ["just before five minutes", 299, 200],
    ["after five minutes", 300, 400],
  ])("P-65 a code %s", async (_, seconds, status) => {
    const { client, code } = await withCode();
    passTime(seconds);
    expect((await client.redeem(code)).status).toBe(status);
  });
});

describe("every proof is checked, and a wrong one leaves the code good", () => {
  test.each<[string, Record<string, string | null>, string, string]>([
    ["P-66 CVE-2025-4144 no verifier", { code_verifier: null }, "invalid_grant", "pkce_mismatch"],
    ["P-66 an empty verifier", { code_verifier: "" }, "invalid_grant", "pkce_mismatch"],
    ["P-66 a verifier of 42 characters", { code_verifier: "a".repeat(42) }, "invalid_grant", "pkce_mismatch"],
    ["P-66 another verifier", { code_verifier: "a".repeat(64) }, "invalid_grant", "pkce_mismatch"],
    ["P-66 another redirect URI", { redirect_uri: "https://evil.example/" }, "invalid_grant", "redirect_uri_mismatch"],
    [
      "P-66 the redirect URI with another port",
      { redirect_uri: "http://127.0.0.1:1/client/callback" },
      "invalid_grant",
      "redirect_uri_mismatch",
    ],
    [
      "P-67 the gateway's base URL as resource",
      { resource: "http://localhost:8787" },
      "invalid_target",
      "resource_unknown",
    ],
    [
      "P-67 another server as resource",
      { resource: "http://localhost:8787/s/other/mcp" },
      "invalid_target",
      "resource_unknown",
    ],
    [
      "P-67 a resource with a fragment",
      { resource: "http://localhost:8787/s/x/mcp#y" },
      "invalid_target",
      "resource_unknown",
    ],
    [
      "a code of the right form that never was",
      { code: `mcpstack_ac_${"A".repeat(43)}.${"B".repeat(43)}` },
      "invalid_grant",
      "code_unknown",
    ],
    ["no code at all in its place", { code: "x" }, "invalid_grant", "code_unknown"],
  ])("%s", async (_, overrides, error, reason) => {
    const { client, code } = await withCode();
    await expectError(await client.redeem(code, overrides), 400, error, reason);
    await tokensOf(await client.redeem(code));
  });

  test("P-66 the challenge itself is no verifier (a downgrade to plain)", async () => {
    const { client } = await withCode();
    const url = await client.authorizeUrl();
    const { final } = await person.walk(url);
    const code = final.searchParams.get("code") ?? "";
    const challenge = url.searchParams.get("code_challenge");
    await expectError(await client.redeem(code, { code_verifier: challenge }), 400, "invalid_grant", "pkce_mismatch");
  });

  test("a guessed secret beside a real object changes nothing", async () => {
    const { client, code } = await withCode();
    const forged = `${code.split(".")[0]}.${"A".repeat(43)}`;
    await expectError(await client.redeem(forged), 400, "invalid_grant", "code_unknown");
    await tokensOf(await client.redeem(code));
  });

  test.each<[string, (resource: string) => string | null]>([
    ["absent", () => null],
    ["exact", (resource) => resource],
    ["with a trailing slash", (resource) => `${resource}/`],
    ["with an upper-case host", (resource) => resource.replace("localhost", "LOCALHOST")],
  ])("P-67 resource %s is this server", async (_, of) => {
    const { client, code } = await withCode();
    await tokensOf(await client.redeem(code, { resource: of(shop.resource) }));
  });

  test("P-66 an absent redirect_uri is not asked for (O21 §4.1.3)", async () => {
    const { client, code } = await withCode();
    await tokensOf(await client.redeem(code, { redirect_uri: null }));
  });

  test("16 a code of client A in the hands of client B, whose own id is known here", async () => {
    const { client, code } = await withCode();
    const other = await new Client(shop, "https://other.example/callback").register();
    const stolen = { client_id: other.clientId };
    await expectError(await client.redeem(code, stolen), 400, "invalid_grant", "code_unknown");
    await tokensOf(await client.redeem(code));
  });

  test("16 a code at another server's token endpoint", async () => {
    const { client, code } = await withCode();
    const elsewhere = await ownShop("code");
    const there = await new Client(elsewhere).register();
    there.verifier = client.verifier;
    const answers = [await there.redeem(code), await there.redeem(code, { resource: null })];
    for (const answer of answers) await expectError(answer, 400, "invalid_grant", "code_unknown");
    // The same registration at another server is another client, so this one is not even known there.
    await expectError(await there.redeem(code, { client_id: client.clientId }), 401, "invalid_client");
    await tokensOf(await client.redeem(code));
  });
});
