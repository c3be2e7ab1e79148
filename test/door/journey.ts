// A deployment with an operator, a server, people and MCP clients, as the door's tests meet it: all over HTTP.
import { exports } from "cloudflare:workers";
import { inject } from "vitest";
import { CookieJar } from "../rig/cookie-jar.ts";
import { findForm } from "../rig/html-form.ts";

export const origin = "http://localhost:8787";
const adminToken = "test-admin-token-0123456789";
export const apiResource = "https://api.example.com";

/** The gateway's own URLs go through the Worker's door, everything else over the network. Redirects are never followed. */
export function fetchUrl(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const target = new URL(url);
  const request = new Request(target, { redirect: "manual", ...init });
  return target.origin === origin ? exports.default.fetch(request) : fetch(request);
}

export async function api<T = Record<string, string>>(
  method: string,
  path: string,
  token: string,
  body?: unknown,
): Promise<T> {
  const response = await fetchUrl(`${origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
  return (text ? JSON.parse(text) : {}) as T;
}

export interface Shop {
  token: string;
  organizationId: string;
  gatewayId: string;
  serverId: string;
  slug: string;
  issuer: string;
  resource: string;
  endpoints: string;
  provider: string;
}

let shops = 0;

/** An organization with a profile at a real provider, attached to one server; its slug is new each time. */
export async function openShop(
  options: {
    brief?: boolean;
    provider?: string;
    gateway?: Record<string, unknown>;
    server?: Record<string, unknown>;
  } = {},
): Promise<Shop> {
  const provider = options.provider ?? inject(options.brief ? "briefProviderUrl" : "providerUrl");
  const slug = `shop-${++shops}-${crypto.randomUUID().slice(0, 6)}`;
  const { id: organizationId } = await api<{ id: string }>("POST", "/organizations", adminToken, { name: slug });
  const base = `/organizations/${organizationId}`;
  const { token } = await api<{ token: string }>("POST", `${base}/tokens`, adminToken, { name: "test", role: "admin" });
  const { id: gatewayId } = await api<{ id: string }>("POST", `${base}/gateways`, token, {
    name: `gateway of ${slug}`,
    providerType: "manual",
    authorizationServerUrl: provider,
    clientId: "post-client",
    clientSecret: "post-secret-1234567890",
    tokenEndpointAuthMethod: "client_secret_post",
    resource: apiResource,
    scopes: ["openid", "profile", "email"],
    ...options.gateway,
  });
  const { id: serverId } = await api<{ id: string }>("POST", `${base}/mcp-servers`, token, {
    name: "Support API",
    slug,
    runtimeUrl: `${inject("runtimeUrl")}/do/echo/${slug}`,
    scopes: ["tickets.read"],
    tools: [
      { name: "list_tickets", scopes: ["tickets.read"] },
      { name: "create_ticket", scopes: ["tickets.write"] },
    ],
    ...options.server,
  });
  await api("PUT", `${base}/mcp-servers/${serverId}/gateway`, token, { gatewayId });
  const issuer = `${origin}/s/${slug}`;
  return {
    token,
    organizationId,
    gatewayId,
    serverId,
    slug,
    issuer,
    resource: `${issuer}/mcp`,
    endpoints: issuer,
    provider,
  };
}

/** Adds a fault to the provider of a shop, or clears them all; answers with its counts. */
export async function rig(shop: Pick<Shop, "provider">, verb: "fault" | "clear" | "counts", fault?: object) {
  const response = await fetch(`${shop.provider}/rig/${verb}`, { method: "POST", body: JSON.stringify(fault ?? {}) });
  return (await response.json()) as Record<string, number>;
}

export interface Seen {
  url: string;
  status: number;
  html: string;
}

/** One browser profile of one person, without script. */
export class Person {
  readonly jar = new CookieJar();
  readonly login: string;
  /** Every request of the last walk, oldest first. */
  steps: Seen[] = [];

  constructor(login = "user1") {
    this.login = login;
  }

  async request(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url);
    const headers = new Headers(init.headers);
    if (!headers.has("accept")) headers.set("accept", "text/html");
    const cookies = this.jar.header(target);
    if (cookies && !headers.has("cookie")) headers.set("cookie", cookies);
    const response = await fetchUrl(target, { ...init, headers });
    this.jar.take(target, response);
    return response;
  }

  /** Goes on until the client's redirect URI, a page without a form, or a URL that `until` names. */
  async walk(
    start: string | URL,
    options: { decision?: "allow" | "deny"; until?: string } = {},
  ): Promise<Seen & { final: URL }> {
    let url = new URL(start);
    let body: URLSearchParams | null = null;
    this.steps = [];
    for (let step = 0; step < 25; step++) {
      if (this.steps.length > 0 && options.until && url.href.startsWith(options.until))
        return { ...this.last(), final: url };
      if (isClient(url)) return { ...this.last(), final: url };
      const headers: Record<string, string> = body ? { origin: url.origin } : {};
      const response = await this.request(url, { method: body ? "POST" : "GET", body, headers });
      const location = response.headers.get("location");
      const html = await response.text();
      this.steps.push({ url: url.href, status: response.status, html });
      body = null;
      if (location) {
        url = new URL(location, url);
        continue;
      }
      const form = findForm(html, url);
      if (!form) return { ...this.last(), final: url };
      body = this.#fill(
        form.inputs,
        options.decision ?? "allow",
        form.buttons.some(({ name }) => name === "decision"),
      );
      url = form.action;
    }
    throw new Error(`no end after 25 steps, at ${url.href}`);
  }

  last(): Seen {
    const seen = this.steps.at(-1);
    if (!seen) throw new Error("nothing was requested");
    return seen;
  }

  #fill(inputs: { name: string; value: string }[], decision: string, decides: boolean): URLSearchParams {
    const body = new URLSearchParams(inputs.map(({ name, value }) => [name, value]));
    if (body.has("login")) body.set("login", this.login);
    if (body.has("password")) body.set("password", "password");
    if (decides) body.set("decision", decision);
    return body;
  }
}

/** Where the tests' clients live: nothing listens there, so a browser that arrives there is done. */
const clientHosts = ["client.example", "other.example", "evil.example"];

function isClient(url: URL): boolean {
  return clientHosts.includes(url.hostname) || (url.hostname === "127.0.0.1" && url.pathname.startsWith("/client"));
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  scope: string;
  token_type: string;
}

/** An MCP client: registers itself, authorizes, redeems, refreshes. */
export class Client {
  readonly shop: Shop;
  readonly redirectUri: string;
  clientId = "";
  clientSecret: string | null = null;
  verifier = "";

  constructor(shop: Shop, redirectUri = "http://127.0.0.1:33418/client/callback") {
    this.shop = shop;
    this.redirectUri = redirectUri;
  }

  async register(metadata: Record<string, unknown> = {}): Promise<this> {
    const response = await fetchUrl(`${this.shop.endpoints}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_name: "Test client",
        redirect_uris: [this.redirectUri],
        token_endpoint_auth_method: "none",
        ...metadata,
      }),
    });
    if (response.status !== 201) throw new Error(`registration answered ${response.status} ${await response.text()}`);
    const registered: { client_id: string; client_secret?: string } = await response.json();
    this.clientId = registered.client_id;
    this.clientSecret = registered.client_secret ?? null;
    return this;
  }

  async authorizeUrl(overrides: Record<string, string | null> = {}): Promise<URL> {
    this.verifier = crypto.randomUUID() + crypto.randomUUID();
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(this.verifier));
    const challenge = btoa(String.fromCharCode(...new Uint8Array(digest)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
    const url = new URL(`${this.shop.endpoints}/authorize`);
    const parameters: Record<string, string | null> = {
      response_type: "code",
      client_id: this.clientId,
      redirect_uri: this.redirectUri,
      code_challenge: challenge,
      code_challenge_method: "S256",
      state: "state-of-the-client",
      resource: this.shop.resource,
      scope: "tickets.read",
      ...overrides,
    };
    for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
    return url;
  }

  /** Through consent and sign-in to a code. */
  async code(person: Person, overrides: Record<string, string | null> = {}): Promise<string> {
    const { final, html } = await person.walk(await this.authorizeUrl(overrides));
    const code = final.searchParams.get("code");
    if (!code) throw new Error(`no code at ${final.href}\n${html}`);
    return code;
  }

  post(endpoint: "token" | "revoke", parameters: Record<string, string | null>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams();
    const all: Record<string, string | null> = {
      client_id: this.clientId,
      client_secret: this.clientSecret,
      ...parameters,
    };
    for (const [name, value] of Object.entries(all)) if (value !== null) body.set(name, value);
    return fetchUrl(`${this.shop.endpoints}/${endpoint}`, { method: "POST", body, headers });
  }

  redeem(code: string, overrides: Record<string, string | null> = {}): Promise<Response> {
    const proof = { code, code_verifier: this.verifier, redirect_uri: this.redirectUri, resource: this.shop.resource };
    return this.post("token", { grant_type: "authorization_code", ...proof, ...overrides });
  }

  refresh(refreshToken: string, overrides: Record<string, string | null> = {}): Promise<Response> {
    return this.post("token", { grant_type: "refresh_token", refresh_token: refreshToken, ...overrides });
  }

  async signIn(person: Person, overrides: Record<string, string | null> = {}): Promise<Tokens> {
    const response = await this.redeem(await this.code(person, overrides));
    if (response.status !== 200) throw new Error(`redemption answered ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** One MCP call; the runtime of the tests echoes what arrived. */
  call(accessToken: string, message: object = { jsonrpc: "2.0", id: 1, method: "tools/list" }): Promise<Response> {
    return fetchUrl(this.shop.resource, {
      method: "POST",
      headers: {
        authorization: `Bearer ${accessToken}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify(message),
    });
  }
}

/** What the runtime saw of the last call of a shop. */
export async function runtimeSaw(
  shop: Shop,
): Promise<{ headers: Record<string, string>; body: string; url: string }[]> {
  const response = await fetch(`${inject("runtimeUrl")}/seen/${shop.slug}`);
  const { hits }: { hits: { headers: Record<string, string>; body: string; url: string }[] } = await response.json();
  return hits;
}

export async function errorOf(
  response: Response,
): Promise<{ error: string; reason: string; [member: string]: unknown }> {
  return response.json();
}
