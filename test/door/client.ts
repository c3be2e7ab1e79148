// An MCP client as a program: registers itself, authorizes, redeems, refreshes, calls.
import type { Person } from "./person.ts";
import { fetchUrl, type Shop } from "./shop.ts";

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
