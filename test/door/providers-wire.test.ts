// What goes over the wire to each provider, and what each is never sent; what is refused before anybody is signed in.
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { addAgent, exchange, told } from "./exchange-visit.ts";
import { api, Client, Person, runtimeSaw, type Shop } from "./journey.ts";
import { eventually, gatewayPath, logs } from "./log-visit.ts";
import {
  type Asked,
  appTokenOf,
  askedOf,
  openProductShop,
  originOf,
  type Product,
  products,
  refuseAt,
  signInAt,
} from "./provider-visit.ts";

const find = (name: string): Product => {
  const product = products[name];
  if (!product) throw new Error(`no product ${name}`);
  return product;
};

interface Wire {
  authorize: Record<string, string>;
  token: Asked;
  refresh: Asked | undefined;
  all: Asked[];
}

/** One sign-in and one renewal, as the provider saw them. */
async function wireOf(product: Product, gateway: Record<string, unknown> = {}): Promise<Wire> {
  const shop = await openProductShop(product, gateway);
  await askedOf(product);
  const { client, tokens } = await signInAt(product, shop);
  await client.call(tokens.access_token);
  const all = await askedOf(product);
  const at = (type: string) =>
    all.find(({ path, parameters }) => path === product.tokenPath && parameters.grant_type === type);
  const token = at("authorization_code");
  const sent = all.find(({ parameters }) => parameters.response_type === "code")?.parameters;
  if (!sent || !token) throw new Error("nobody signed in");
  return { authorize: sent, token, refresh: at("refresh_token"), all };
}

describe("how the api is named", () => {
  const api = "https://api.example.com";
  test.each<[string, object, object, object]>([
    [
      "auth0",
      { audience: api, resource: undefined },
      { audience: undefined, resource: undefined },
      { resource: undefined },
    ],
    ["okta", { audience: undefined, resource: undefined }, { resource: undefined }, { resource: undefined }],
    ["google", { audience: undefined, resource: undefined }, { resource: undefined }, { resource: undefined }],
    ["keycloak", { audience: undefined, resource: undefined }, { resource: undefined }, { resource: undefined }],
    ["cognito", { resource: api }, { resource: api }, { resource: api }],
    ["sqlos, new", { resource: api }, { resource: api }, { resource: api }],
    ["sqlos, old", { resource: api }, { resource: api }, { resource: api }],
    ["logto", { resource: api }, { resource: api }, { resource: api }],
    ["oidc-provider", { resource: api }, { resource: api }, { resource: api }],
    ["descope", { resource: api }, { resource: api }, { resource: undefined }],
    ["stytch", { resource: undefined }, { resource: undefined }, { resource: undefined }],
    ["clerk", { resource: undefined }, { resource: undefined }, { resource: undefined }],
  ])("%s", async (name, authorize, token, refresh) => {
    const wire = await wireOf(find(name));
    expect(picked(wire.authorize, authorize)).toEqual(authorize);
    expect(picked(wire.token.parameters, token)).toEqual(token);
    expect(picked(wire.refresh?.parameters ?? {}, refresh)).toEqual(refresh);
  });

  test("zitadel: by a scope of its own", async () => {
    const scope = (await wireOf(find("zitadel"))).authorize.scope?.split(" ");
    expect(scope).toContain("urn:zitadel:iam:org:project:id:https://api.example.com:aud");
    expect(scope).toContain("urn:zitadel:iam:user:resourceowner");
  });

  test("entra: by the prefix of its scopes, at every step, whatever the profile says of resource", async () => {
    const { authorize, token, refresh } = await wireOf(find("entra, one tenant"), { resourceParameter: "resource" });
    const uri = "api://aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    const scope = `openid profile email ${uri}/tickets.read offline_access`;
    for (const parameters of [authorize, token.parameters, refresh?.parameters]) {
      expect(parameters?.scope).toBe(scope);
      expect(parameters).not.toHaveProperty("resource");
      expect(parameters).not.toHaveProperty("audience");
    }
    // Where only administrators consent, people would be refused for being asked.
    expect(authorize).not.toHaveProperty("prompt");
  });

  test("entra: a scope that is written in full stays as it is", async () => {
    const full = "api://aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/tickets.read";
    const { authorize } = await wireOf({ ...find("entra, one tenant"), scope: full });
    expect(authorize.scope?.split(" ").filter((one) => one.includes("tickets"))).toEqual([full]);
  });
});

describe("how a refresh token is asked for", () => {
  test.each<[string, boolean, string | undefined, string | undefined]>([
    ["auth0", true, undefined, undefined],
    ["entra, one tenant", true, undefined, undefined],
    ["okta", true, undefined, undefined],
    ["google", false, "consent", "offline"],
    ["github, an app whose tokens end", false, undefined, undefined],
    ["cognito", false, undefined, undefined],
    ["sqlos, new", false, undefined, undefined],
    ["logto", true, "consent", undefined],
    ["oidc-provider", true, "consent", undefined],
    ["manual", true, "consent", undefined],
  ])("%s", async (name, offline, prompt, access) => {
    const { authorize } = await wireOf(find(name));
    expect(authorize.scope?.split(" ").includes("offline_access")).toBe(offline);
    expect([authorize.prompt, authorize.access_type]).toEqual([prompt, access]);
  });
});

describe("how the client proves itself", () => {
  test.each([
    ["entra, one tenant", "body"],
    ["google", "body"],
    ["github, an app whose tokens end", "body"],
    ["workos", "body"],
    ["auth0", "header"],
    ["okta", "header"],
    ["clerk", "header"],
    // Its metadata lists what other clients do.
    ["sqlos, new", "header"],
    ["sqlos, old", "none"],
  ])("%s: %s", async (name, place) => {
    const { token } = await wireOf(find(name));
    const sent = token.headers.authorization ? "header" : token.parameters.client_secret ? "body" : "none";
    expect(sent).toBe(place);
    expect(token.headers).toMatchObject({ accept: "application/json", "user-agent": "mcp-stack-gateway" });
  });

  test.each(["auth0", "keycloak", "github, an app whose tokens end"])(
    "%s: the older secret is tried where the newer is refused, whatever the refusal is called",
    async (name) => {
      const product = find(name);
      const shop = await openProductShop(product);
      await api("PATCH", gatewayPath(shop), shop.token, { clientSecret: "not-yet-known-at-the-provider" });
      expect((await signInAt(product, shop)).tokens.token_type).toBe("Bearer");
    },
  );
});

describe("who may come", () => {
  test("entra, all tenants: without a list nobody is let in, and a foreign tenant's person never", async () => {
    const product = find("entra, all tenants");
    const open = await openProductShop(product, { allowedTenants: [] });
    expect(await pageOf(open, product)).toContain("allowedTenants");
    const foreign = await openProductShop(product, { allowedTenants: ["99999999-8888-4777-8666-555555555555"] });
    const said = await pageOf(foreign, product);
    expect(said).toContain("another issuer");
    const agent = await addAgent(foreign);
    expect(await told(await exchange(foreign, agent, await appTokenOf(product)))).toMatchObject({
      ...{ status: 400, reason: "app_token_issuer", diagnosis: "ISSUER_MISMATCH" },
    });
  });

  test("entra: a token for Microsoft Graph is named as such", async () => {
    const product = { ...find("entra, one tenant"), scope: "profile" };
    const shop = await openProductShop(product);
    await pageOf(shop, product);
    const { items } = await eventually(
      () => logs(shop, { reason: "audience_mismatch" }),
      (page) => page.total > 0,
    );
    expect(items[0]).toMatchObject({
      ...{ diagnosis: "AUDIENCE_MISMATCH", expected: "api://aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee" },
      seen: "00000003-0000-0000-c000-000000000000 (Microsoft Graph)",
    });
  });

  test("auth0: a token that nobody can read is refused where one for the api was asked for", async () => {
    const product = find("auth0");
    expect(await pageOf(await openProductShop(product, { resourceParameter: "none" }), product)).toContain("not a JWT");
  });

  test("entra: a tenant that does not exist is named as such when the profile is saved", async () => {
    const product = find("entra, one tenant");
    const description = "AADSTS90002: Tenant 'acme-typo' not found.";
    const body = { error: "invalid_tenant", error_description: description, error_codes: [90002] };
    const path = "/acme-typo/v2.0/.well-known/openid-configuration";
    await refuseAt(product, path, { answer: { status: 400, body } });
    const shop = await openProductShop(product, { authorizationServerUrl: `${originOf(product)}/acme-typo/v2.0` });
    const look = () => logs(shop, { event: "discovery" });
    const { items } = await eventually(look, ({ total }) => total > 0);
    expect(items[0]).toMatchObject({ reason: "metadata_not_found", diagnosis: "TENANT_UNKNOWN" });
    // P-83: what an address says that is not a provider's is nobody's to read.
    expect(items[0]?.seen).not.toContain("AADSTS");
  });

  test("stytch: a token for another audience is refused with what this provider writes there", async () => {
    const product = find("stytch");
    const said = await pageOf(await openProductShop(product, { resource: "project-live-1" }), product);
    expect(said).toContain("Stytch writes the project id as audience");
  });

  test("okta: the org authorization server is refused with what to use instead", async () => {
    const product = find("okta");
    const shop = await openProductShop(product, { authorizationServerUrl: originOf(product) });
    const client = await new Client(shop).register();
    const { html } = await new Person().walk(await client.authorizeUrl({ scope: product.scope }));
    expect(html).toContain(`${originOf(product)}/oauth2/default`);
  });
});

describe("what is lost at a refresh", () => {
  test("sqlos, old: scope and organization stay as they were", async () => {
    const product = find("sqlos, old");
    const shop = await openProductShop(product);
    const { client, tokens } = await signInAt(product, shop);
    for (const _ of [1, 2]) expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
    await client.call(tokens.access_token);
    const [last] = (await runtimeSaw(shop)).slice(-1);
    expect(decodeJwt(last?.headers["x-mcpstack-assertion"] ?? "")).toMatchObject({ workspace: "org_north" });
  });

  test.each(["auth0", "keycloak", "sqlos, new"])("%s: calls at once use a refresh token once", async (name) => {
    const product = find(name);
    const shop = await openProductShop(product);
    const { client, tokens } = await signInAt(product, shop);
    const answers = await Promise.all([1, 2, 3, 4].map(() => client.call(tokens.access_token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });
});

describe("how a sign-in is taken back", () => {
  test.each<[string, string, string, object]>([
    ["github, an app whose tokens end", "DELETE", "/api/v3/applications/gateway-client/token", {}],
    ["sqlos, new", "POST", "/sqlos/auth/logout", {}],
    ["google", "POST", "/revoke", { token_type_hint: "refresh_token" }],
  ])("%s: %s %s", async (name, method, path, parameters) => {
    const product = find(name);
    const shop = await openProductShop(product);
    await signInAt(product, shop);
    await askedOf(product);
    const answer = await api<{ provider: Record<string, number> }>(
      ...(["DELETE", `${gatewayPath(shop)}/grants?all=true`, shop.token] as const),
    );
    expect(answer.provider).toMatchObject({ revoked: 1 });
    const asked = (await askedOf(product)).find((one) => one.path === path);
    expect(asked).toMatchObject({ method, parameters });
  });
});

describe("a profile whose address is another provider's", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openProductShop(find("keycloak"));
  });

  test.each([
    ["manual", "https://acme.eu.auth0.com/", "auth0"],
    ["manual", "https://login.microsoftonline.com/common/v2.0", "entra"],
    ["okta", "https://sso.example.com/realms/acme", "keycloak"],
    ["keycloak", "https://sso.example.com/realms/acme", null],
    ["manual", "https://auth.example.com", null],
  ])("%s at %s", async (providerType, authorizationServerUrl, suggested) => {
    const body = {
      name: `${providerType} ${authorizationServerUrl}`.slice(0, 90),
      providerType,
      authorizationServerUrl,
    };
    const path = `/organizations/${shop.organizationId}/gateways`;
    const view = await api<{ warnings: { field: string; suggested: string }[] }>("POST", path, shop.token, body);
    expect(view.warnings.map(({ field, suggested: one }) => [field, one])).toEqual(
      suggested === null ? [] : [["providerType", suggested]],
    );
  });
});

/** The members that are named, and nothing else. */
function picked(from: Record<string, string>, names: object): Record<string, string | undefined> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, from[name]]));
}

/** What the client is told when nobody gets in. */
async function pageOf(shop: Shop, product: Product): Promise<string> {
  const client = await new Client(shop).register();
  const { final, html } = await new Person().walk(await client.authorizeUrl({ scope: product.scope }));
  expect(final.searchParams.get("code")).toBeNull();
  const said = final.searchParams.get("error_description") ?? html;
  const { items } = await eventually(
    () => logs(shop),
    (page) => page.items.some(({ outcome }) => outcome !== "ok"),
  );
  return `${said} ${JSON.stringify(items.find(({ outcome }) => outcome !== "ok"))}`;
}
