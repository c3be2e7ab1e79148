// The keys that clients prove themselves by: published or registered, changing, away for now, and what a look at them costs.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { countStorage } from "./counting-bindings.ts";
import { expectError, ownShop, passTime, tokensOf } from "./grant-visit.ts";
import { Client, Person, type Shop } from "./journey.ts";
import { type KeyClient, keyClient, newKey, refreshForm } from "./key-client.ts";
import { knock } from "./knock.ts";

let shop: Shop;
const person = new Person();

beforeAll(async () => {
  shop = await ownShop("refresh");
});

afterEach(() => {
  vi.useRealTimers();
});

describe("P-69 the keys of a client", () => {
  test("change: a kid that is new to the copy makes it look again, and the old key is over", async () => {
    const rotating = await keyClient(shop);
    const first = await rotating.signIn(new Person());
    passTime(60);
    const [former, next] = [rotating.key, await newKey("key-2")];
    await rotating.rotate([next]);
    rotating.key = next;
    const second = await tokensOf(await rotating.refresh(first.refresh_token));
    const client_assertion = await rotating.assertion({ key: former.privateKey, header: { kid: "key-1" } });
    const refused = await rotating.refresh(second.refresh_token, { client_assertion });
    await expectError(refused, 401, "invalid_client", "client_assertion_signature");
    await tokensOf(await rotating.refresh(second.refresh_token));
  });

  test("are asked for rarely, however many unknown kids come", async () => {
    const known = await keyClient(shop);
    const { refresh_token } = await known.signIn(new Person());
    const before = await known.asked(known.keysPath);
    for (let n = 0; n < 10; n++) {
      const client_assertion = await known.assertion({ header: { kid: `unknown-${n}` } });
      await expectError(await known.refresh(refresh_token, { client_assertion }), 401, "invalid_client");
    }
    expect((await known.asked(known.keysPath)) - before).toBeLessThanOrEqual(1);
  });

  test("are inside the document as well as behind its jwks_uri", async () => {
    const inline = await keyClient(shop);
    await inline.publishKeys(["private_key_jwt"], { jwks_uri: undefined, jwks: { keys: [inline.key.publicJwk] } });
    const { refresh_token } = await inline.signIn(new Person());
    await tokensOf(await inline.refresh(refresh_token));
    expect(await inline.asked(inline.keysPath)).toBe(0);
  });

  test("that are away for now refuse nothing for good: 503, and the grant waits", async () => {
    const away = await keyClient(shop);
    const code = await away.code(new Person());
    await away.rotate([away.key], { status: 500 });
    const refused = await away.redeem(code);
    await expectError(refused, 503, "temporarily_unavailable", "client_keys_unavailable");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    passTime(61);
    await away.rotate([away.key]);
    await tokensOf(await away.redeem(code));
  });

  test("a warm client costs one use at its object and one at the grant's, and no fetch", async () => {
    const warm = await keyClient(shop);
    const { refresh_token } = await warm.signIn(new Person());
    const ledger = countStorage(env);
    const url = `${shop.endpoints}/token`;
    const first = await tokensOf(await knock(ledger.bindings, url, await refreshForm(warm, refresh_token)));
    const [document, keys] = [await warm.asked(), await warm.asked(warm.keysPath)];
    ledger.taken();
    await tokensOf(await knock(ledger.bindings, url, await refreshForm(warm, first.refresh_token)));
    expect(ledger.taken()).toEqual(["object firstUse", "object refresh"]);
    expect([await warm.asked(), await warm.asked(warm.keysPath)]).toEqual([document, keys]);
  });

  test("what is refused before its signature is looked at costs no storage of its own", async () => {
    const ledger = countStorage(env);
    const client = await keyClient(shop);
    const claims = { aud: "https://as.example" };
    const request = await refreshForm(client, "any", await client.assertion({ claims }));
    await expectError(await knock(ledger.bindings, `${shop.endpoints}/token`, request), 401, "invalid_client");
    expect(ledger.taken()).toEqual(["kv get", "limit"]);
  });
});

describe("RFC 7591 a client that registers its keys", () => {
  async function registered(): Promise<KeyClient> {
    const it = await keyClient(shop);
    const { publicJwk } = it.key;
    return it.register({ token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicJwk] } });
  }

  test("proves itself by them, and by nothing less", async () => {
    const it = await registered();
    expect(it.clientId).toMatch(/^mcpstack_client_/);
    expect(it.clientSecret).toBeNull();
    const code = await it.code(person);
    const without = { client_assertion: null };
    await expectError(await it.redeem(code, without), 401, "invalid_client", "client_assertion_required");
    const { refresh_token } = await tokensOf(await it.redeem(code));
    await expectError(await it.refresh(refresh_token, without), 401, "invalid_client", "client_assertion_required");
    const client_assertion = await it.assertion({ key: (await newKey()).privateKey });
    const stranger = await it.refresh(refresh_token, { client_assertion });
    await expectError(stranger, 401, "invalid_client", "client_assertion_signature");
    await tokensOf(await it.refresh(refresh_token));
  });

  test("is the same client when it registers again, and another with another key", async () => {
    const it = await registered();
    const { clientId } = it;
    const jwks = { keys: [it.key.publicJwk] };
    await it.register({ token_endpoint_auth_method: "private_key_jwt", jwks });
    expect(it.clientId).toBe(clientId);
    const other = { keys: [(await newKey("key-1")).publicJwk] };
    await it.register({ token_endpoint_auth_method: "private_key_jwt", jwks: other });
    expect(it.clientId).not.toBe(clientId);
  });

  test("costs one look at its registration, and none once its keys were seen", async () => {
    const it = await registered();
    const { refresh_token } = await it.signIn(person);
    const ledger = countStorage(env);
    const url = `${shop.endpoints}/token`;
    const first = await tokensOf(await knock(ledger.bindings, url, await refreshForm(it, refresh_token)));
    expect(ledger.taken()).toEqual(["kv get", "d1 query", "object firstUse", "object refresh"]);
    await tokensOf(await knock(ledger.bindings, url, await refreshForm(it, first.refresh_token)));
    expect(ledger.taken()).toEqual(["object firstUse", "object refresh"]);
  });

  test("P-47 what anybody may register is told back without a private part", async () => {
    const secret = { ...(await newKey("key-1")).publicJwk, d: "private-part" };
    const client = new Client(shop);
    const refused = client.register({ token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [secret] } });
    await expect(refused).rejects.toThrow(/400 .*invalid_client_metadata/);
    await expect(refused).rejects.not.toThrow(/private-part/);
  });
});
