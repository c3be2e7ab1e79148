// Revocation by the client, by the operator and by changing the server: refresh dies at once, access within the bound.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createSnapshots } from "../../src/worker/store/snapshot/index.ts";
import {
  asked,
  expectAlive,
  expectDead,
  expectError,
  expectOAuthHeaders,
  expectRefused,
  objectOf,
  operator,
  ownShop,
  passTime,
  rowsOf,
  type SignedIn,
  signIn,
} from "./grant-visit.ts";
import { api, Client, fetchUrl, Person, rig, type Shop } from "./journey.ts";

let shop: Shop;
let signedIn: SignedIn;
beforeAll(async () => {
  shop = await ownShop("revocation");
});
beforeEach(async () => {
  signedIn = await signIn(shop);
  await rig(shop, "clear");
});
afterEach(async () => {
  vi.useRealTimers();
  await rig(shop, "clear");
});

async function revoke(client: Client, token: string, overrides: Record<string, string | null> = {}): Promise<void> {
  const answer = await client.post("revoke", { token, ...overrides });
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
  expectOAuthHeaders(answer);
}

/** Ended inside, outside and in the index. The index follows in the background. */
async function expectOver(ended: SignedIn): Promise<void> {
  await expectDead(ended, ended.tokens);
  await vi.waitFor(async () => expect(await rowsOf(ended.grantId)).toBe(0), { timeout: 5000 });
}

describe("P-76 by the client", () => {
  test.each<[string, (held: SignedIn) => string | Promise<string>]>([
    ["its refresh token", ({ tokens }) => tokens.refresh_token],
    ["its access token", ({ tokens }) => tokens.access_token],
    [
      "a refresh token that it has already used",
      async ({ client, tokens }) => {
        await client.refresh(tokens.refresh_token);
        return tokens.refresh_token;
      },
    ],
  ])("with %s: the whole grant is over, and the provider is told", async (_, tokenOf) => {
    const { client } = signedIn;
    expect(await rowsOf(signedIn.grantId)).toBe(1);
    const token = await tokenOf(signedIn);
    const told = await asked(shop, "revocation", () => revoke(client, token));
    expect(told).toBe(1);
    await expectOver(signedIn);
    await revoke(client, token);
  });

  test("with the hint of the other kind", async () => {
    await revoke(signedIn.client, signedIn.tokens.refresh_token, { token_type_hint: "access_token" });
    await expectOver(signedIn);
  });

  test.each<[string, (held: SignedIn) => string]>([
    ["garbage", () => "garbage"],
    ["a refresh token that never was", () => `mcpstack_rt_${"A".repeat(43)}.${"B".repeat(43)}`],
    ["a guessed secret of a real grant", ({ tokens }) => `${tokens.refresh_token.split(".")[0]}.${"B".repeat(43)}`],
    ["a changed access token", ({ tokens }) => `${tokens.access_token.slice(0, -2)}AA`],
  ])("%s is 200 and changes nothing", async (_, tokenOf) => {
    await revoke(signedIn.client, tokenOf(signedIn));
    await expectAlive(signedIn, signedIn.tokens);
  });

  test("another client's tokens are left alone", async () => {
    const other = await new Client(shop, "https://other.example/callback").register();
    for (const token of [signedIn.tokens.refresh_token, signedIn.tokens.access_token]) await revoke(other, token);
    await expectAlive(signedIn, signedIn.tokens);
  });

  test("another server's endpoint leaves them alone, and its provider is never shown them", async () => {
    const elsewhere = await ownShop("elsewhere");
    const there = await new Client(elsewhere).register();
    const told = await asked(elsewhere, "revocation", async () => {
      for (const token of [signedIn.tokens.refresh_token, signedIn.tokens.access_token]) await revoke(there, token);
    });
    expect(told).toBe(0);
    await expectAlive(signedIn, signedIn.tokens);
  });

  test("a secret client cannot be spoken for without its secret", async () => {
    const client = await new Client(shop).register({ token_endpoint_auth_method: "client_secret_post" });
    const held = { shop, client, grantId: "", tokens: await client.signIn(new Person()) };
    for (const token of [held.tokens.refresh_token, held.tokens.access_token]) {
      await expectError(await client.post("revoke", { token, client_secret: null }), 401, "invalid_client");
      await expectError(await client.post("revoke", { token, client_secret: "wrong" }), 401, "invalid_client");
    }
    await expectAlive(held, held.tokens);
  });

  test("an unknown client, no token, no form", async () => {
    const { client, tokens } = signedIn;
    const unknown = await client.post("revoke", { token: tokens.refresh_token, client_id: "gone" });
    await expectError(unknown, 401, "invalid_client", "client_unknown");
    await expectError(await client.post("revoke", {}), 400, "invalid_request");
    await expectError(await fetchUrl(`${shop.endpoints}/revoke`), 405, "invalid_request");
    await expectAlive(signedIn, tokens);
  });

  test("while a refresh is under way: over for both, and no successor works", async () => {
    const { client, tokens } = signedIn;
    const [refreshed] = await Promise.all([client.refresh(tokens.refresh_token), revoke(client, tokens.refresh_token)]);
    const last = refreshed.status === 200 ? await refreshed.json<typeof tokens>() : tokens;
    await expectDead(signedIn, last);
    await expectRefused(client, tokens.access_token);
  });

  test("while the provider is renewing: the tokens that it gives are the ones it is told to revoke", async () => {
    const { client, tokens, grantId } = signedIn;
    const sealed = () =>
      runInDurableObject(objectOf(grantId), (_, { storage }) => {
        const record = storage.kv.get<{ authorization: { tokensSealed: string } }>("grant");
        return record?.authorization.tokensSealed;
      });
    const before = await sealed();
    await rig(shop, "fault", { endpoint: "token", delay: 200, times: 1 });
    const refreshing = client.refresh(tokens.refresh_token);
    await vi.waitFor(async () => expect((await rig(shop, "counts")).token).toBeGreaterThan(0));
    const told = await asked(shop, "revocation", () => revoke(client, tokens.refresh_token));
    expect(told).toBe(1);
    expect(await sealed()).not.toBe(before);
    await expectError(await refreshing, 400, "invalid_grant", "grant_revoked");
    await expectOver(signedIn);
  });
});

describe("P-78 by the operator", () => {
  const grants = () => `/gateways/${shop.gatewayId}/grants`;

  test("one grant; the person's other one lives", async () => {
    const other = await new Client(shop, "https://other.example/callback").register();
    const kept = { shop, client: other, grantId: "", tokens: await other.signIn(new Person()) };
    const told = await asked(shop, "revocation", () => operator(shop, "DELETE", `${grants()}/${signedIn.grantId}`));
    expect(told).toBe(1);
    await expectOver(signedIn);
    await expectAlive(kept, kept.tokens);
  });

  test("by user: everything of that person, nothing of another", async () => {
    const another = await signIn(shop, "user2");
    const mine = await env.DB.prepare("SELECT user_id FROM grants WHERE id = ?")
      .bind(signedIn.grantId)
      .first("user_id");
    const result = await operator(shop, "DELETE", `${grants()}?user=${mine}`);
    expect(result).toMatchObject({ pending: 0, provider: { unavailable: 0, refused: 0 } });
    expect(result.revoked).toBe(result.provider.revoked);
    await expectOver(signedIn);
    await expectAlive(another, another.tokens);
  });

  test("by client: everything of that client, nothing of another", async () => {
    const other = await new Client(shop, "https://other.example/callback").register();
    const kept = { shop, client: other, grantId: "", tokens: await other.signIn(new Person()) };
    const result = await operator(shop, "DELETE", `${grants()}?client=${signedIn.client.clientId}`);
    expect(result.pending).toBe(0);
    await expectOver(signedIn);
    await expectAlive(kept, kept.tokens);
  });

  test("all of a profile; a person may sign in again at once", async () => {
    const another = await signIn(shop, "user2");
    await operator(shop, "DELETE", `${grants()}?all=true`);
    for (const ended of [signedIn, another]) await expectOver(ended);
    const again = await signIn(shop);
    await expectAlive(again, again.tokens);
  });

  test.each<[string, object, string]>([
    ["is away", { status: 503 }, "unavailable"],
    ["refuses", { status: 400 }, "refused"],
  ])("a provider that %s keeps nobody's grant alive, and the answer says so", async (_, fault, outcome) => {
    await operator(shop, "DELETE", `${grants()}?all=true`);
    const held = await signIn(shop);
    await rig(shop, "fault", { endpoint: "revocation", ...fault });
    const result = await operator(shop, "DELETE", `${grants()}?all=true`);
    expect(result).toMatchObject({ revoked: 1, provider: { revoked: 0, [outcome]: 1 } });
    await expectOver(held);
  });
});

describe("by changing the server", () => {
  let own: Shop;
  let held: SignedIn;
  beforeEach(async () => {
    own = await ownShop("revocation");
    held = await signIn(own);
  });
  const server = () => `/mcp-servers/${own.serverId}`;

  test("detaching its profile: 401, and the provider is told; attaching it again brings nothing back", async () => {
    const told = await asked(own, "revocation", () => operator(own, "DELETE", `${server()}/gateway`));
    expect(told).toBe(1);
    await expectOver(held);
    await operator(own, "PUT", `${server()}/gateway`, { gatewayId: own.gatewayId });
    await expectDead(held, held.tokens);
  });

  test("attaching another profile: the new provider is never asked about the old grants", async () => {
    const elsewhere = await ownShop("elsewhere");
    const { id: gatewayId } = await api("POST", `/organizations/${own.organizationId}/gateways`, own.token, {
      name: "the other one",
      providerType: "manual",
      authorizationServerUrl: elsewhere.provider,
      clientId: "post-client",
      clientSecret: "post-secret-1234567890",
      tokenEndpointAuthMethod: "client_secret_post",
      resource: "https://api.example.com",
    });
    const asksOf = async (endpoint: string) => (await rig(elsewhere, "counts"))[endpoint] ?? 0;
    const before = [await asksOf("token"), await asksOf("revocation")];
    const told = await asked(own, "revocation", () => operator(own, "PUT", `${server()}/gateway`, { gatewayId }));
    expect(told).toBe(1);
    await expectOver(held);
    await revoke(held.client, held.tokens.access_token);
    expect([await asksOf("token"), await asksOf("revocation")]).toEqual(before);
  });

  test("deleting it: nothing answers any more, the provider is told, and no row lingers", async () => {
    const told = await asked(own, "revocation", () => operator(own, "DELETE", server()));
    expect(told).toBe(1);
    expect((await held.client.call(held.tokens.access_token)).status).toBe(404);
    expect((await held.client.refresh(held.tokens.refresh_token)).status).toBe(404);
    expect(await rowsOf(held.grantId)).toBe(0);
  });
});

describe("the bound elsewhere: what another isolate goes on admitting", () => {
  /** Another edge: its own memory over the same copies. */
  function edge() {
    const work: Promise<unknown>[] = [];
    const { reader } = createSnapshots({
      db: env.DB,
      kv: env.COPIES,
      newSigningKey: () => Promise.reject(new Error("has one")),
      background: (promise) => work.push(promise),
      now: () => Math.floor(Date.now() / 1000),
    });
    return async function knows(grantId: string): Promise<boolean> {
      const snapshot = await reader.bySlug(shop.slug);
      await Promise.all(work.splice(0));
      return snapshot?.endedGrants.includes(grantId) ?? false;
    };
  }

  test("a busy isolate refuses a revoked grant after 10 seconds, a quiet one from its second request on", async () => {
    passTime(0);
    const [busy, quiet] = [edge(), edge()];
    expect([await busy(signedIn.grantId), await quiet(signedIn.grantId)]).toEqual([false, false]);
    await operator(shop, "DELETE", `/gateways/${shop.gatewayId}/grants/${signedIn.grantId}`);
    const answers: boolean[] = [];
    for (let second = 0; second < 13; second++) {
      answers.push(await busy(signedIn.grantId));
      passTime(1);
    }
    // At second 11 it asks in the background and still goes on with what it had.
    expect(answers.indexOf(true)).toBe(12);
    expect([await quiet(signedIn.grantId), await quiet(signedIn.grantId)]).toEqual([false, true]);
    passTime(31);
    const asleep = edge();
    expect(await asleep(signedIn.grantId)).toBe(true);
  });

  test("the end is published for longer than any access token of the grant lives", async () => {
    const claims = signedIn.tokens.expires_in + Math.floor(Date.now() / 1000);
    await revoke(signedIn.client, signedIn.tokens.refresh_token);
    await vi.waitFor(async () => expect(await rowsOf(signedIn.grantId)).toBe(0));
    const until = await env.DB.prepare("SELECT tokens_expire_at FROM ended_grants WHERE grant_id = ?")
      .bind(signedIn.grantId)
      .first<number>("tokens_expire_at");
    expect(until).toBeGreaterThanOrEqual(claims + 50);
  });
});
