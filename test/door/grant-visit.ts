// Grants seen from outside and inside: a person signed in at a provider of one's own, the object, its index row, the clock.
import { env } from "cloudflare:workers";
import { expect, inject, vi } from "vitest";
import { grantIdOf } from "../../src/contract/ids.ts";
import { api, Client, openShop, Person, rig, type Shop, type Tokens } from "./journey.ts";

type Options = NonNullable<Parameters<typeof openShop>[0]>;
export type OwnProvider = keyof ReturnType<typeof ownProviders>;

const ownProviders = () => inject("ownProviderUrls");

/** A shop whose provider no other test file asks, disturbs or counts. */
export function ownShop(whose: OwnProvider, options: Options = {}): Promise<Shop> {
  return openShop({ provider: ownProviders()[whose], ...options });
}

export interface SignedIn {
  shop: Shop;
  client: Client;
  tokens: Tokens;
  grantId: string;
}

export async function signIn(shop: Shop, login = "user1"): Promise<SignedIn> {
  const client = await new Client(shop).register();
  const tokens = await client.signIn(new Person(login));
  return { shop, client, tokens, grantId: grantIdOf(tokens.refresh_token) };
}

/** The object of a grant. */
export function objectOf(grantId: string) {
  const base64 = grantId.slice("grt_".length).replaceAll("-", "+").replaceAll("_", "/");
  const hex = Array.from(atob(base64), (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return env.GRANTS.get(env.GRANTS.idFromString(hex));
}

/** How often an endpoint of the shop's provider was asked while the work went on. */
export async function asked(shop: Shop, endpoint: string, work: () => Promise<unknown>): Promise<number> {
  const before = (await rig(shop, "counts"))[endpoint] ?? 0;
  await work();
  return ((await rig(shop, "counts"))[endpoint] ?? 0) - before;
}

/**
 * Moves the gateway's clock, which then stands until it is moved again; timers, the provider and the platform keep
 * theirs. `vi.useRealTimers()` ends it.
 */
export function passTime(seconds: number): void {
  const time = Date.now() + seconds * 1000;
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(time);
}

/** Rows of the index of grants. */
export async function rowsOf(grantId: string): Promise<number> {
  const found = await env.DB.prepare("SELECT count(*) AS n FROM grants WHERE id = ?").bind(grantId).first("n");
  return Number(found);
}

export async function operator(shop: Shop, method: string, path: string, body?: unknown) {
  return api<{ revoked: number; pending: number; provider: Record<string, number> }>(
    method,
    `/organizations/${shop.organizationId}${path}`,
    shop.token,
    body,
  );
}

export interface OAuthError {
  error: string;
  reason: string;
  error_description: string;
  [member: string]: unknown;
}

/** The error of an OAuth endpoint: its status and codes, and what P-64 wants of every answer. */
export async function expectError(response: Response, status: number, error: string, reason?: string) {
  const body: OAuthError = await response.json();
  expect({ status: response.status, error: body.error, ...(reason && { reason: body.reason }) }).toEqual({
    status,
    error,
    ...(reason && { reason }),
  });
  expectOAuthHeaders(response);
  return body;
}

/** P-64, P-74. */
export function expectOAuthHeaders(response: Response): void {
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
}

export async function tokensOf(response: Response): Promise<Tokens> {
  const body = await response.json();
  expect([response.status, body]).toEqual([200, expect.objectContaining({ token_type: "Bearer" })]);
  expectOAuthHeaders(response);
  return body as Tokens;
}

/** Refresh works and the access token is admitted. */
export async function expectAlive({ client }: SignedIn, { access_token, refresh_token }: Tokens): Promise<Tokens> {
  expect((await client.call(access_token)).status).toBe(200);
  return tokensOf(await client.refresh(refresh_token));
}

/** Refresh is refused at once and the access token is answered 401 invalid_token. */
export async function expectDead({ client }: SignedIn, { access_token, refresh_token }: Tokens): Promise<void> {
  await expectError(await client.refresh(refresh_token), 400, "invalid_grant");
  await expectRefused(client, access_token);
}

export async function expectRefused(client: Client, accessToken: string): Promise<void> {
  const refused = await client.call(accessToken);
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toMatch(/error="invalid_token"/);
}
