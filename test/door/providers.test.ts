// Every preset through both doors, at a provider that behaves like the product: sign-in, call, refresh, and one user.
import { describe, expect, test } from "vitest";
import { appUserId } from "../../src/worker/oauth/identity-claims.ts";
import { addAgent, appToken, exchange, told } from "./exchange-visit.ts";
import { Client, errorOf, openShop, Person, runtimeSaw } from "./journey.ts";
import {
  type Asked,
  appTokenOf,
  askedOf,
  grantsOf,
  openProductShop,
  originOf,
  type Product,
  products,
  signInAt,
} from "./provider-visit.ts";

const all = Object.entries(products);
const grants = (asked: Asked[], product: Product, type: string) =>
  asked.filter(({ path, parameters }) => path === product.tokenPath && parameters.grant_type === type);

describe.each(all)("%s", (_, product) => {
  test("a person signs in, calls a tool with a token of their own, and goes on after it has ended", async () => {
    const shop = await openProductShop(product);
    await askedOf(product);
    const { client, tokens } = await signInAt(product, shop);
    expect(tokens.scope).toBe(product.scope);
    const [redeemed] = grants(await askedOf(product), product, "authorization_code");
    expect(redeemed?.parameters.code_verifier).toMatch(/^[\w-]{43,}$/);

    expect((await client.call(tokens.access_token)).status).toBe(200);
    const [first] = (await runtimeSaw(shop)).slice(-1);
    expect(first?.headers.authorization).toMatch(/^Bearer \S{20,}$/);

    const refreshed = await client.refresh(tokens.refresh_token);
    expect([refreshed.status, await refreshed.clone().text()]).toEqual([200, expect.any(String)]);
    const next: { access_token: string; scope: string } = await refreshed.json();
    expect(next.scope).toBe(product.scope);
    expect((await client.call(next.access_token)).status).toBe(200);
    const renewals = grants(await askedOf(product), product, "refresh_token");
    // A token that does not end is not renewed.
    expect(renewals.length > 0).toBe(product.fake !== "githubOAuthApp");
  });

  test("both doors know the same user", async () => {
    const shop = await openProductShop(product);
    const { client, tokens } = await signInAt(product, shop);
    expect((await client.call(tokens.access_token)).status).toBe(200);
    const [grant] = await grantsOf(shop);
    const agent = await addAgent(shop);
    const answer = await told(await exchange(shop, agent, await appTokenOf(product)));
    expect(answer).toMatchObject({ status: 200, scope: product.scope, user: { id: grant?.userId } });
    if (product.sameWorkspace) expect(answer.user.workspace).toBe(product.workspace);

    const other = await told(await exchange(shop, agent, await appTokenOf(product, "user2")));
    expect(other.status).toBe(200);
    expect(other.user.id).not.toBe(grant?.userId);
  });

  test("the user is made of the profile's issuer and what the provider calls them for good", async () => {
    const shop = await openProductShop(product);
    await signInAt(product, shop);
    const [grant] = await grantsOf(shop);
    const issuers = [`${originOf(product)}${product.path}`];
    if (product.fake === "entraCommon") issuers.push(`${originOf(product)}/{tenantid}/v2.0`);
    const ids = await Promise.all(issuers.map((issuer) => appUserId(shop.organizationId, issuer, product.subject)));
    expect(ids).toContain(grant?.userId);
  });
});

test.each(["oidc-provider", "logto"])(
  "%s at the library itself: both doors know the same user",
  async (providerType) => {
    const shop = await openShop({ gateway: { providerType, tokenEndpointAuthMethod: null } });
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person("user1"));
    expect((await client.call(tokens.access_token)).status).toBe(200);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
    const [grant] = await grantsOf(shop);
    const { accessToken } = await appToken("user1");
    const answer = await told(await exchange(shop, await addAgent(shop), accessToken));
    expect(answer).toMatchObject({ status: 200, user: { id: grant?.userId } });
  },
);

test("github: its host alone is enough", async () => {
  const product = products["github, an app whose tokens end"] ?? fail();
  expect((await signInAt(product, await openProductShop({ ...product, path: "" }))).tokens.scope).toBe(product.scope);
});

describe("where tokens are for no api", () => {
  test.each([products.google, products["github, an app whose tokens end"]].filter((one) => one !== undefined))(
    "$preset: an app that nobody listed is refused, and without a list nobody is asked",
    async (product) => {
      const shop = await openProductShop(product);
      const agent = await addAgent(shop);
      const foreign = await appTokenOf(product, "user1", { clientId: "999-evil" });
      expect(await told(await exchange(shop, agent, foreign))).toMatchObject({
        ...{ status: 400, reason: "app_token_audience", field: "acceptedClientIds", diagnosis: "AUDIENCE_MISMATCH" },
      });
      const open = await openProductShop(product, { acceptedClientIds: [] });
      await askedOf(product);
      const refused = await exchange(open, await addAgent(open), await appTokenOf(product));
      expect(await errorOf(refused)).toMatchObject({ reason: "profile_incomplete", field: "acceptedClientIds" });
      expect((await askedOf(product)).filter(({ path }) => /tokeninfo|applications/.test(path))).toEqual([]);
    },
  );

  test.each(["google", "github, an app whose tokens end"])("%s: an ID token is never taken", async (name) => {
    const product = products[name] ?? fail();
    const shop = await openProductShop(product);
    const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
    // As one-tap sign-ins hand it out: neither nonce nor at_hash.
    const token = `${part({ alg: "RS256", kid: "key-1" })}.${part({ sub: "583231", aud: "app-client" })}.c2ln`;
    expect(await told(await exchange(shop, await addAgent(shop), token))).toMatchObject({
      ...{ status: 400, reason: "app_token_id_token" },
    });
  });

  test.each(["google", "github, an app whose tokens end"])("%s: a token that is over is inactive", async (name) => {
    const product = products[name] ?? fail();
    const shop = await openProductShop(product);
    expect(await told(await exchange(shop, await addAgent(shop), "ya29.nobodys-token"))).toMatchObject({
      ...{ status: 400, reason: "app_token_inactive" },
    });
  });
});

function fail(): never {
  throw new Error("no such product");
}
