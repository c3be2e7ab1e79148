// An embedded app as the door's tests meet it: an agent of a shop, pages on its origin, and the app's own sign-in.
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from "jose";
import { inject } from "vitest";
import { CookieJar } from "../rig/cookie-jar.ts";
import { signIn } from "../rig/sign-in.ts";
import { api, apiResource, fetchUrl, openShop, type Shop } from "./journey.ts";

export const appOrigin = "https://app.example.com";
const appCallback = "http://localhost:8790/callback/app";

export interface Agent {
  id: string;
  handle: string;
  name: string;
  key: string;
}

/** An agent of the shop's organization, linked to its server unless told otherwise. */
export async function addAgent(shop: Shop, fields: Record<string, unknown> = {}): Promise<Agent> {
  const view = await api<{ id: string; handle: string; name: string; keys: { publishableKey: string }[] }>(
    "POST",
    `/organizations/${shop.organizationId}/agents`,
    shop.token,
    { name: "Support", allowedOrigins: [appOrigin], servers: [shop.slug], ...fields },
  );
  return { id: view.id, handle: view.handle, name: view.name, key: view.keys[0]?.publishableKey ?? "" };
}

export interface Exchanged {
  access_token: string;
  issued_token_type: string;
  token_type: string;
  expires_in: number;
  scope: string;
  resource: string;
  user: { id: string; workspace: string | null };
  error?: string;
  reason?: string;
  field?: string;
  expected?: string;
  seen?: string;
}

type Knock = (url: string, init: RequestInit) => Promise<Response>;

export function exchange(
  shop: Shop,
  agent: Agent,
  token: string,
  overrides: Record<string, unknown> = {},
  headers: Record<string, string> = {},
  knock: Knock = fetchUrl,
): Promise<Response> {
  return knock(`${shop.issuer}/embedded/exchange`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: appOrigin, ...headers },
    body: JSON.stringify({ apiKey: agent.key, agentId: agent.id, token, ...overrides }),
  });
}

/** The answer's body with its status. */
export async function told(response: Response): Promise<Exchanged & { status: number }> {
  const body: Exchanged = await response.json();
  return { ...body, status: response.status };
}

/** The app's own access token for its person: its own client, code and PKCE, the API as resource. */
export async function appToken(
  login: string,
  options: { provider?: string; resource?: string; scope?: string } = {},
): Promise<{ accessToken: string; idToken: string }> {
  const provider = options.provider ?? inject("providerUrl");
  const verifier = crypto.randomUUID() + crypto.randomUUID();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const challenge = new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
  const resource = options.resource ?? apiResource;
  const url = new URL(`${provider}/auth`);
  url.search = new URLSearchParams({
    ...{ client_id: "public-client", response_type: "code", redirect_uri: appCallback, code_challenge: challenge },
    ...{ code_challenge_method: "S256", scope: options.scope ?? "openid tickets.read tickets.write", resource },
    nonce: "nonce-of-the-app",
  }).toString();
  const callback = await signIn(url.href, { login, callbackPrefix: appCallback }, new CookieJar());
  const redeemed = await fetch(`${provider}/token`, {
    method: "POST",
    body: new URLSearchParams({
      ...{ grant_type: "authorization_code", client_id: "public-client", redirect_uri: appCallback, resource },
      ...{ code: callback.searchParams.get("code") ?? "", code_verifier: verifier },
    }),
  });
  const tokens: { access_token?: string; id_token?: string } = await redeemed.json();
  if (!tokens.access_token) throw new Error(`no token for ${login}: ${JSON.stringify(tokens)}`);
  return { accessToken: tokens.access_token, idToken: tokens.id_token ?? "" };
}

export async function publish(path: string, body: unknown, status = 200): Promise<void> {
  await fetch(`${inject("publishedUrl")}${path}`, { method: "PUT", body: JSON.stringify({ status, body }) });
}

export async function asked(path: string): Promise<number> {
  return (await fetch(`${inject("publishedUrl")}/count${path}`)).json();
}

/** Keys of the test, published under any name and with any other members. */
export class Signer {
  readonly #key: CryptoKey;
  readonly jwk: JWK;

  constructor(key: CryptoKey, jwk: JWK) {
    this.#key = key;
    this.jwk = jwk;
  }

  static async make(): Promise<Signer> {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    return new Signer(privateKey, await exportJWK(publicKey));
  }

  sign(claims: Record<string, unknown>, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "key-1", ...header }).sign(this.#key);
  }
}

/** A shop whose provider publishes at `/{place}`: metadata and keys are documents that the test wrote. */
export async function openScripted(
  place: string,
  options: {
    metadata?: Record<string, unknown>;
    keys: object[];
    gateway?: Record<string, unknown>;
    server?: Record<string, unknown>;
  },
): Promise<Shop & { issuer: string; place: string; tokenIssuer: string }> {
  const base = `${inject("publishedUrl")}/${place}`;
  const metadata = {
    issuer: base,
    authorization_endpoint: `${base}/auth`,
    token_endpoint: `${base}/token`,
    ...options.metadata,
    jwks_uri: `${base}/jwks`,
  };
  await publish(`/${place}/metadata`, metadata);
  await publish(`/${place}/jwks`, { keys: options.keys });
  const located = { authorizationServerUrl: null, metadataUrl: `${base}/metadata` };
  const shop = await openShop({
    gateway: { ...located, ...options.gateway },
    ...(options.server && { server: options.server }),
  });
  return { ...shop, place, tokenIssuer: metadata.issuer };
}
