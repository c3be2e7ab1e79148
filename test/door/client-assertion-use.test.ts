// Assertions at work: used once (P-75), what they bind a grant to, and good for revocation too.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../src/worker/settings.ts";
import { expectAlive, expectError, expectRefused, ownShop, passTime, tokensOf } from "./grant-visit.ts";
import { Person, type Shop, type Tokens } from "./journey.ts";
import { assertionType, type KeyClient, keyClient, newKey, refreshForm } from "./key-client.ts";
import { deployment, knock } from "./knock.ts";

let shop: Shop;
let client: KeyClient;
let tokens: Tokens;
const person = new Person();
const seconds = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  shop = await ownShop("refresh");
  client = await keyClient(shop);
  tokens = await client.signIn(person);
});

afterEach(() => {
  vi.useRealTimers();
});

/** Refreshes with its newest token, and keeps what it gets. */
async function refreshed(parameters: Record<string, string | null> = {}): Promise<void> {
  tokens = await tokensOf(await client.refresh(tokens.refresh_token, parameters));
}

describe("P-69, P-75 an assertion is used once", () => {
  test("18 its jti again, at the same grant", async () => {
    const client_assertion = await client.assertion();
    await refreshed({ client_assertion });
    const again = await client.refresh(tokens.refresh_token, { client_assertion });
    await expectError(again, 401, "invalid_client", "client_assertion_replayed");
    await refreshed();
  });

  test("18 its jti again, in another assertion", async () => {
    const claims = { jti: crypto.randomUUID() };
    await refreshed({ client_assertion: await client.assertion({ claims }) });
    const client_assertion = await client.assertion({ claims: { ...claims, exp: seconds() + 200 } });
    const again = await client.refresh(tokens.refresh_token, { client_assertion });
    await expectError(again, 401, "invalid_client", "client_assertion_replayed");
  });

  test("still at the end of its life", async () => {
    const client_assertion = await client.assertion({ claims: { exp: seconds() + 60 } });
    await refreshed({ client_assertion });
    passTime(118);
    const again = await client.refresh(tokens.refresh_token, { client_assertion });
    await expectError(again, 401, "invalid_client", "client_assertion_replayed");
  });

  test("two clients may choose the same jti", async () => {
    const claims = { jti: crypto.randomUUID() };
    const other = await keyClient(shop);
    await refreshed({ client_assertion: await client.assertion({ claims }) });
    const client_assertion = await other.assertion({ claims });
    await tokensOf(await other.redeem(await other.code(person), { client_assertion }));
  });

  test("shown for two grants at the same moment it opens exactly one, and the other stays as it was", async () => {
    const grants = [tokens, await client.signIn(person)];
    const client_assertion = await client.assertion();
    const answers = await Promise.all(
      grants.map(({ refresh_token }) => client.refresh(refresh_token, { client_assertion })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    const lost = answers.findIndex(({ status }) => status === 401);
    const [refusal, opened, left] = [answers[lost], answers[1 - lost], grants[lost]];
    if (!refusal || !opened || !left) throw new Error("one of each is here");
    await expectError(refusal, 401, "invalid_client", "client_assertion_replayed");
    tokens = await tokensOf(opened);
    await tokensOf(await client.refresh(left.refresh_token));
  });

  test("a wrong signature uses nothing up: a stranger cannot spend a client's jti", async () => {
    const claims = { jti: crypto.randomUUID() };
    const stranger = await client.assertion({ claims, key: (await newKey()).privateKey });
    const refused = await client.refresh(tokens.refresh_token, { client_assertion: stranger });
    await expectError(refused, 401, "invalid_client", "client_assertion_signature");
    await refreshed({ client_assertion: await client.assertion({ claims }) });
  });

  test("P-75 while nobody can tell whether it was used, it is refused for now, and the grant waits", async () => {
    const fail = () => Promise.reject(new Error("the object did not answer"));
    const REPLAYS = new Proxy(env.REPLAYS, {
      get: (target, name) =>
        name === "get" ? () => new Proxy({}, { get: () => fail }) : Reflect.get(target, name).bind(target),
    });
    const request = await refreshForm(client, tokens.refresh_token);
    const response = await knock(deployment({ REPLAYS }), `${shop.endpoints}/token`, request);
    await expectError(response, 503, "temporarily_unavailable", "storage_unavailable");
    expect(response.headers.get("retry-after")).toBe("5");
    await refreshed();
  });
});

describe("P-40, P-68 a grant knows how its client proves itself", () => {
  const without = { client_assertion: null };

  test("a document that offers private_key_jwt alone: never without, at the code and after", async () => {
    const only = await keyClient(shop, ["private_key_jwt"]);
    const code = await only.code(person);
    const refused = await expectError(
      await only.redeem(code, without),
      401,
      "invalid_client",
      "client_assertion_required",
    );
    expect(refused.field).toBe("client_assertion");
    const { refresh_token } = await tokensOf(await only.redeem(code));
    const stolen = await only.refresh(refresh_token, without);
    await expectError(stolen, 401, "invalid_client", "client_assertion_required");
    await tokensOf(await only.refresh(refresh_token));
  });

  test("16 a code replayed without the assertion ends nothing; replayed with one it ends the grant", async () => {
    const only = await keyClient(shop, ["private_key_jwt"]);
    const code = await only.code(person);
    const first = await tokensOf(await only.redeem(code));
    await expectError(await only.redeem(code, without), 401, "invalid_client", "client_assertion_required");
    const next = await tokensOf(await only.refresh(first.refresh_token));
    await expectError(await only.redeem(code), 400, "invalid_grant", "code_replayed");
    await expectError(await only.refresh(next.refresh_token), 400, "invalid_grant", "code_replayed");
  });

  test("17 an old refresh token without the assertion ends nothing; with one it ends the family", async () => {
    const only = await keyClient(shop, ["private_key_jwt"]);
    const first = await only.signIn(person);
    const second = await tokensOf(await only.refresh(first.refresh_token));
    const third = await tokensOf(await only.refresh(second.refresh_token));
    const stolen = await only.refresh(first.refresh_token, without);
    await expectError(stolen, 401, "invalid_client", "client_assertion_required");
    const fourth = await tokensOf(await only.refresh(third.refresh_token));
    await expectError(await only.refresh(first.refresh_token), 400, "invalid_grant", "refresh_reused");
    await expectError(await only.refresh(fourth.refresh_token), 400, "invalid_grant", "refresh_reused");
  });

  test.each([[["private_key_jwt", "none"]], [["none", "private_key_jwt"]]])(
    "a document that offers %j: redeemed with an assertion, every refresh needs one",
    async (methods) => {
      const both = await keyClient(shop, methods);
      const { refresh_token } = await both.signIn(person);
      const stolen = await both.refresh(refresh_token, without);
      await expectError(stolen, 401, "invalid_client", "client_assertion_required");
      await tokensOf(await both.refresh(refresh_token));
    },
  );

  test("a document that offers both: redeemed without an assertion, both ways refresh", async () => {
    const both = await keyClient(shop, ["private_key_jwt", "none"]);
    const first = await tokensOf(await both.redeem(await both.code(person), without));
    const second = await tokensOf(await both.refresh(first.refresh_token, without));
    const third = await tokensOf(await both.refresh(second.refresh_token));
    await tokensOf(await both.refresh(third.refresh_token, without));
  });

  test("a document that offers none has no key to prove", async () => {
    const open = await keyClient(shop, ["none"]);
    const code = await open.code(person);
    await expectError(await open.redeem(code), 401, "invalid_client", "client_keys_unknown");
    await tokensOf(await open.redeem(code, without));
  });
});

describe("P-76 revocation", () => {
  const never = { limit: async () => ({ success: false }) };
  test.each(["token", "revoke"])("a wrong proof at /%s is counted as a failure", async (endpoint) => {
    const counted: string[] = [];
    const limit = { limit: async ({ key }: { key: string }) => ({ success: counted.push(key) > 0 }) };
    const ask = async (bindings: Partial<Bindings>, assertion: string) => {
      const form = { grant_type: "refresh_token", refresh_token: "unknown", token: "unknown" };
      const proof = { client_id: client.clientId, client_assertion_type: assertionType, client_assertion: assertion };
      const headers = { "cf-connecting-ip": "203.0.113.77" };
      const init = { method: "POST", headers, body: new URLSearchParams({ ...form, ...proof }) };
      return knock(deployment(bindings), `${shop.endpoints}/${endpoint}`, init);
    };
    const wrong = await client.assertion({ claims: { aud: "https://elsewhere.example" } });
    await expectError(await ask({ LIMIT_FAILURES: limit }, wrong), 401, "invalid_client", "client_assertion_audience");
    expect(counted).toEqual([`${shop.serverId} 203.0.113.77`]);
    const refused = await ask({ LIMIT_FAILURES: never }, wrong);
    await expectError(refused, 429, "temporarily_unavailable", "rate_limited");
    expect(refused.headers.get("retry-after")).toBe("60");
  });

  test("what is not the client's fault is not counted: a right proof, a token that is unknown", async () => {
    const body = new URLSearchParams({
      ...{ token: "unknown", client_id: client.clientId, client_assertion_type: assertionType },
      client_assertion: await client.assertion(),
    });
    const bindings = deployment({ LIMIT_FAILURES: never });
    expect((await knock(bindings, `${shop.endpoints}/revoke`, { method: "POST", body })).status).toBe(200);
  });

  const kinds = ["refresh_token", "access_token"] as const;
  test.each(kinds)("by %s with an assertion ends the grant", async (kind) => {
    const signedIn = await client.signIn(person);
    const response = await client.post("revoke", { token: signedIn[kind] });
    expect([response.status, await response.json()]).toEqual([200, {}]);
    await expectRefused(client, signedIn.access_token);
    await expectError(await client.refresh(signedIn.refresh_token), 400, "invalid_grant", "grant_revoked");
  });

  test.each(kinds)("18 by %s without one, with a used one or another client's, ends nothing", async (kind) => {
    const signedIn = await client.signIn(person);
    const token = signedIn[kind];
    const missing = await client.post("revoke", { token, client_assertion: null });
    await expectError(missing, 401, "invalid_client", "client_assertion_required");
    const client_assertion = await client.assertion();
    expect((await client.post("revoke", { token: "unknown", client_assertion })).status).toBe(200);
    const used = await client.post("revoke", { token, client_assertion });
    await expectError(used, 401, "invalid_client", "client_assertion_replayed");
    const other = await keyClient(shop);
    expect((await other.post("revoke", { token })).status).toBe(200);
    await expectAlive({ shop, client, tokens: signedIn, grantId: "" }, signedIn);
  });
});
