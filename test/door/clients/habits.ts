// How one client signs in, as data, and the walk through it: knock, discovery, registration, sign-in, call, refresh.
import { expect } from "vitest";
import { Client, fetchUrl, origin, Person, type Shop, type Tokens } from "../journey.ts";
import { registration } from "../registering.ts";
import type { Sent } from "./requests.ts";

/** What a client does, as far as it was seen; whatever is left out is done as the specification says. */
export interface Habits {
  /** Its first request at the MCP URL, without a token. */
  knock: Sent;
  /** Where it looks for documents, in its order, when no look is answered with one. */
  looks: readonly Place[];
  /** The headers of these looks. */
  lookingWith: Readonly<Record<string, string>>;
  /** What it registers; a text is the URL of its own document in place of a registration. */
  registration: Readonly<Record<string, unknown>> | string;
  redirectUri: string;
  /** What differs from a plain request, by parameter: null leaves one out. */
  authorize?: Overrides;
  redeem?: Overrides;
  refresh?: Overrides;
  /** Its first requests with a token, in its order. */
  greeting: readonly Sent[];
}

type Overrides = Readonly<Record<string, string | null>> | ((shop: Shop) => Readonly<Record<string, string | null>>);

/** Every place where clients look for documents, for a server below a path. */
export const places = {
  "resource, path-inserted": ({ slug }: Shop) => `${origin}/.well-known/oauth-protected-resource/s/${slug}/mcp`,
  "resource, below the MCP URL": ({ resource }: Shop) => `${resource}/.well-known/oauth-protected-resource`,
  "resource, at the root": () => `${origin}/.well-known/oauth-protected-resource`,
  "issuer, path-inserted": ({ slug }: Shop) => `${origin}/.well-known/oauth-authorization-server/s/${slug}`,
  "issuer, below": ({ issuer }: Shop) => `${issuer}/.well-known/oauth-authorization-server`,
  "issuer, at the root": () => `${origin}/.well-known/oauth-authorization-server`,
  "issuer of the MCP URL, path-inserted": ({ slug }: Shop) =>
    `${origin}/.well-known/oauth-authorization-server/s/${slug}/mcp`,
  "issuer of the MCP URL, below": ({ resource }: Shop) => `${resource}/.well-known/oauth-authorization-server`,
  "openid, path-inserted": ({ slug }: Shop) => `${origin}/.well-known/openid-configuration/s/${slug}`,
  "openid, below": ({ issuer }: Shop) => `${issuer}/.well-known/openid-configuration`,
  "openid, at the root": () => `${origin}/.well-known/openid-configuration`,
  "openid of the MCP URL, path-inserted": ({ slug }: Shop) =>
    `${origin}/.well-known/openid-configuration/s/${slug}/mcp`,
  "openid of the MCP URL, below": ({ resource }: Shop) => `${resource}/.well-known/openid-configuration`,
} as const;
export type Place = keyof typeof places;

/** The looks that find something; every other one finds a clean 404. */
const published: readonly Place[] = [
  "resource, path-inserted",
  "resource, below the MCP URL",
  "issuer, path-inserted",
  "issuer, below",
];

export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

/** 401 or 403 with one Bearer challenge, all values quoted, each parameter once, nothing that only looks like one. */
export function challengeOf(response: Response): Challenge {
  const value = response.headers.get("www-authenticate") ?? "";
  expect(value).toMatch(/^Bearer [a-z_]+="[^"]*"(?:, [a-z_]+="[^"]*")*$/);
  const pairs = [...value.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name = "", text = ""]) => [name, text] as const);
  expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
  // Clients find parameters with regular expressions that look for the bare word.
  for (const word of ["scope=", "error=", "resource_metadata="]) expect(value.split(word).length).toBeLessThan(3);
  return { scheme: "Bearer", parameters: Object.fromEntries(pairs) };
}

/** The request that a client begins with. */
export function send(shop: Shop, { method, headers, body }: Sent, token?: string, url = shop.resource) {
  const sent = new Headers(headers);
  if (token !== undefined) sent.set("authorization", `Bearer ${token}`);
  return fetchUrl(url, { method, headers: sent, ...(body && { body: JSON.stringify(body) }) });
}

/** The first knock is answered 401 with a challenge that leads, by an absolute URL, to the document of this very URL. */
export async function knocked(shop: Shop, knock: Sent): Promise<Challenge> {
  const response = await send(shop, knock);
  expect(response.status).toBe(401);
  expect(response.headers.get("location")).toBeNull();
  const challenge = challengeOf(response);
  expect(challenge.parameters.resource_metadata).toBe(places["resource, path-inserted"](shop));
  expect(challenge.parameters).not.toHaveProperty("error");
  return challenge;
}

/** Each look is a document or a clean 404, both as JSON; never a redirect, a page or a fault. */
export async function looked(shop: Shop, places: readonly Place[], headers: Readonly<Record<string, string>>) {
  const documents: Partial<Record<Place, Record<string, unknown>>> = {};
  for (const place of places) {
    const document = await lookAt(urlOf(place, shop), headers, published.includes(place) ? 200 : 404);
    if (document) documents[place] = document;
  }
  return documents;
}

/** @returns the document, or null where none is published */
export async function lookAt(
  url: string,
  headers: Readonly<Record<string, string>>,
  status: 200 | 404,
  fetching: (url: string, init: RequestInit) => Promise<Response> = fetchUrl,
): Promise<Record<string, unknown> | null> {
  const response = await fetching(url, { headers });
  expect([url, response.status, response.headers.get("location")]).toEqual([url, status, null]);
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  const body: Record<string, unknown> = await response.json();
  return status === 200 ? body : null;
}

export function urlOf(place: Place, shop: Shop): string {
  return places[place](shop);
}

/** A client that registered as these habits say, or that names its own document. */
export async function registeredAs(shop: Shop, habits: Pick<Habits, "registration" | "redirectUri">): Promise<Client> {
  const client = new Client(shop, habits.redirectUri);
  if (typeof habits.registration === "string") {
    client.clientId = habits.registration;
    return client;
  }
  const response = await fetchUrl(`${shop.endpoints}/register`, registration(habits.registration));
  expect(response.status).toBe(201);
  const answer: { client_id: string; client_secret?: string; redirect_uris: string[] } = await response.json();
  // VS Code, Cursor and the SDKs compare these to the letter.
  expect(answer.redirect_uris).toEqual(habits.registration.redirect_uris);
  client.clientId = answer.client_id;
  client.clientSecret = answer.client_secret ?? null;
  return client;
}

/** Through consent and sign-in back to the client: a code, the client's state unchanged, and our issuer to the letter. */
export async function returned(
  client: Client,
  person: Person,
  overrides: Readonly<Record<string, string | null>> = {},
) {
  const state = "state" in overrides ? overrides.state : "c2VjcmV0/+state=.~-_";
  const url = await client.authorizeUrl({ ...overrides, state: state ?? null });
  const { final, html } = await person.walk(url, { until: `${client.redirectUri}?` });
  expect(final.href.startsWith(`${client.redirectUri}?`), `${final.href}\n${html}`).toBe(true);
  expect(final.searchParams.get("iss")).toBe(client.shop.issuer);
  expect(final.searchParams.get("state")).toBe(state ?? null);
  expect(final.searchParams.has("error")).toBe(false);
  return final.searchParams.get("code") ?? "";
}

/** What every client can live with: a Bearer token that lasts, a whole number of seconds, a scope, a refresh token. */
export async function tokensOf(response: Response): Promise<Tokens> {
  expect([response.status, response.headers.get("content-type"), response.headers.get("cache-control")]).toEqual([
    200,
    "application/json",
    "no-store",
  ]);
  const tokens: Tokens = await response.json();
  expect(tokens).toEqual({
    access_token: expect.any(String),
    token_type: "Bearer",
    expires_in: 3600,
    refresh_token: expect.any(String),
    scope: expect.any(String),
  });
  return tokens;
}

export interface Connected {
  client: Client;
  person: Person;
  challenge: Challenge;
  documents: Awaited<ReturnType<typeof looked>>;
  tokens: Tokens;
  refreshed: Tokens;
}

/** The whole way, as this client goes it: to tokens that work at once, and to the next ones. */
export async function connected(shop: Shop, habits: Habits, person = new Person()): Promise<Connected> {
  const challenge = await knocked(shop, habits.knock);
  const documents = await looked(shop, habits.looks, habits.lookingWith);
  const client = await registeredAs(shop, habits);
  const code = await returned(client, person, chosen(habits.authorize, shop));
  const tokens = await tokensOf(await client.redeem(code, chosen(habits.redeem, shop)));
  // A 401 right after the sign-in is final for the SDKs and for claude.ai.
  for (const sent of habits.greeting) expect((await send(shop, sent, tokens.access_token)).status).toBe(200);
  const refreshed = await tokensOf(await client.refresh(tokens.refresh_token, chosen(habits.refresh, shop)));
  expect((await client.call(refreshed.access_token)).status).toBe(200);
  return { client, person, challenge, documents, tokens, refreshed };
}

function chosen(overrides: Overrides | undefined, shop: Shop): Record<string, string | null> {
  return { ...(typeof overrides === "function" ? overrides(shop) : overrides) };
}

/** As many authorization servers as a resource names: the first one is all that clients read. */
export function issuerOf(documents: Connected["documents"]): unknown {
  const servers = documents["resource, path-inserted"]?.authorization_servers;
  return Array.isArray(servers) && servers.length === 1 ? servers[0] : servers;
}
