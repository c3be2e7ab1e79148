// Shops whose provider behaves as a certain product does: what an operator fills in for it, and what its people are called.
import { inject } from "vitest";
import { api, Client, errorOf, openShop, Person, type Shop, type Tokens } from "./journey.ts";

const clientId = "gateway-client";
const clientSecret = "gateway-secret-1234567890";
const appClientId = "app-client";
const tenant = "11111111-2222-4333-8444-555555555555";
const googleScope = "https://www.googleapis.com/auth/calendar.readonly";
const resource = "https://api.example.com";

export interface Product {
  /** Which fake provider behaves so. */
  fake: string;
  preset: string;
  /** Below the fake's origin. */
  path: string;
  gateway?: Record<string, unknown>;
  /** Of the server, and what the client asks for. */
  scope: string;
  /** The client that embedded apps use there. */
  appClient?: string;
  tokenPath: string;
  /** What the provider calls user1 for good. */
  subject: string;
  /** Of user1 in tokens that the gateway gets itself. */
  workspace: string | null;
  /** Whether apps' tokens name it as well. */
  sameWorkspace: boolean;
}

const usual = { scope: "tickets.read", workspace: "org_north", sameWorkspace: true };
const uuid = "f00dcafe-1234-4abc-9def-000000000001";
const entra = {
  ...{ preset: "entra", ...usual, workspace: tenant, subject: `${tenant}:${uuid}` },
  gateway: { resource: "api://aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", allowedTenants: [tenant] },
};
const github = {
  ...{ preset: "github", path: "/login/oauth", tokenPath: "/login/oauth/access_token", scope: "read:user" },
  gateway: { resource: null, scopes: ["user:email"], acceptedClientIds: [clientId] },
  ...{ appClient: clientId, subject: "583231", workspace: null, sameWorkspace: true },
};
const sqlos = { preset: "sqlos", path: "/sqlos/auth", tokenPath: "/sqlos/auth/token", ...usual, subject: "usr_1" };
const plain = { fake: "plain", path: "", tokenPath: "/token", ...usual, subject: "usr_1" };

/** One for each provider, as many as it has ways. */
export const products: Record<string, Product> = {
  auth0: { fake: "auth0", preset: "auth0", path: "/", tokenPath: "/oauth/token", ...usual, subject: "auth0|usr_1" },
  "entra, one tenant": { fake: "entra", path: `/${tenant}/v2.0`, tokenPath: `/${tenant}/oauth2/v2.0/token`, ...entra },
  "entra, all tenants": { fake: "entraCommon", path: "/common/v2.0", tokenPath: "/common/oauth2/v2.0/token", ...entra },
  okta: {
    ...{ fake: "okta", preset: "okta", path: "/oauth2/default", tokenPath: "/oauth2/default/v1/token", ...usual },
    ...{ subject: "00u583231", workspace: null },
  },
  google: {
    ...{ fake: "google", preset: "google", path: "", tokenPath: "/token", scope: googleScope, subject: "583231" },
    gateway: { resource: null, acceptedClientIds: [appClientId] },
    ...{ workspace: "example.com", sameWorkspace: false },
  },
  "github, an app whose tokens end": { fake: "github", ...github },
  "github, an oauth app that answers forms": { fake: "githubOAuthApp", ...github },
  keycloak: {
    ...{ fake: "keycloak", preset: "keycloak", path: "/realms/acme", ...usual, subject: uuid },
    tokenPath: "/realms/acme/protocol/openid-connect/token",
  },
  cognito: {
    ...{ fake: "cognito", preset: "cognito", path: "/eu-west-1_AbCdEf123", tokenPath: "/oauth2/token", ...usual },
    ...{ subject: uuid, gateway: { acceptedClientIds: [appClientId] } },
  },
  "sqlos, new": { fake: "sqlos", ...sqlos },
  "sqlos, old": { fake: "sqlosOld", ...sqlos, gateway: { clientSecret: null } },
  manual: { ...plain, preset: "manual" },
  workos: { ...plain, preset: "workos" },
  clerk: {
    ...{ ...plain, fake: "withoutAudience", preset: "clerk" },
    gateway: { resource: null, scopes: ["openid", "user:org:read"], acceptedClientIds: [appClientId] },
  },
  stytch: { ...plain, preset: "stytch" },
  descope: { ...plain, preset: "descope" },
  logto: { ...plain, preset: "logto" },
  zitadel: { ...plain, preset: "zitadel" },
  "oidc-provider": { ...plain, preset: "oidc-provider" },
};

export const originOf = (product: Product) => inject("fakeProviderUrls")[product.fake] ?? "";

/** The profile as an operator fills it in: the preset's fields, and nothing that the preset knows. */
export function openProductShop(product: Product, gateway: Record<string, unknown> = {}): Promise<Shop> {
  return openShop({
    gateway: {
      ...{ providerType: product.preset, authorizationServerUrl: `${originOf(product)}${product.path}` },
      ...{ clientId, clientSecret, tokenEndpointAuthMethod: null, resource },
      ...product.gateway,
      ...gateway,
    },
    server: { scopes: [product.scope], tools: [] },
  });
}

export interface Visit {
  shop: Shop;
  client: Client;
  tokens: Tokens;
}

export async function signInAt(product: Product, shop: Shop, login = "user1"): Promise<Visit> {
  const client = await new Client(shop).register();
  const tokens = await client.signIn(new Person(login), { scope: product.scope });
  return { shop, client, tokens };
}

export interface Asked {
  path: string;
  method: string;
  headers: Record<string, string>;
  parameters: Record<string, string>;
}

async function rig(product: Product, verb: string, body: object): Promise<unknown> {
  const response = await fetch(`${originOf(product)}/rig/${verb}`, { method: "POST", body: JSON.stringify(body) });
  return response.json();
}

/** What the provider was asked since the last time, oldest first. */
export async function askedOf(product: Product): Promise<Asked[]> {
  const asked = (await rig(product, "asked", {})) as (Omit<Asked, "parameters"> & { parameters: string })[];
  return asked.map((one) => ({ ...one, parameters: Object.fromEntries(new URLSearchParams(one.parameters)) }));
}

/** The next request at this path is answered so: with an answer, or by going back with an error. */
export function refuseAt(
  product: Product,
  path: string,
  how:
    | { answer?: { status: number; body: unknown; headers?: Record<string, string> } }
    | { redirect: Record<string, string> },
): Promise<unknown> {
  return rig(product, "refuse", { path, ...how });
}

/** What an app of the same provider holds for its person. */
export async function appTokenOf(product: Product, login = "user1", changes: object = {}): Promise<string> {
  const asked = { login, clientId: product.appClient ?? appClientId, scope: product.scope, ...changes };
  return (await rig(product, "app-token", asked)) as string;
}

/** Whose grant it is, and what the log says of how it came about. */
export async function grantsOf(shop: Shop): Promise<{ userId: string; scopes: string[]; channel: string }[]> {
  const path = `/organizations/${shop.organizationId}/gateways/${shop.gatewayId}/grants`;
  return (await api<{ items: { userId: string; scopes: string[]; channel: string }[] }>("GET", path, shop.token)).items;
}

export { errorOf };
