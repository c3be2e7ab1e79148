// An enterprise as the door's tests meet it: an identity provider with keys, a confidential client, and its ID-JAGs.
import { inject } from "vitest";
import { publish, Signer } from "./exchange-visit.ts";
import { api, fetchUrl, openShop, type Shop } from "./journey.ts";

export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export const clientId = "acme-chat";
export const clientSecret = "a-secret-of-the-chat-application";
const seconds = () => Math.floor(Date.now() / 1000);

/** An identity provider on loopback: its metadata and keys are published, and the test signs with them. */
export class IdentityProvider {
  readonly place: string;
  readonly issuer: string;
  readonly signer: Signer;

  private constructor(signer: Signer) {
    this.signer = signer;
    this.place = `/idp-${crypto.randomUUID().slice(0, 8)}`;
    this.issuer = `${inject("publishedUrl")}${this.place}`;
  }

  static async open(): Promise<IdentityProvider> {
    const idp = new IdentityProvider(await Signer.make());
    await idp.publishMetadata();
    await publish(`${idp.place}/jwks`, { keys: [{ ...idp.signer.jwk, kid: "key-1", use: "sig" }] });
    return idp;
  }

  /** With other members than its own, to mislead. */
  publishMetadata(members: Record<string, unknown> = {}, status = 200): Promise<void> {
    const { issuer, jwksUri } = this;
    const endpoints = { authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` };
    const metadata = { issuer, ...endpoints, jwks_uri: jwksUri, ...members };
    return publish(`${this.place}/.well-known/openid-configuration`, metadata, status);
  }

  get jwksUri(): string {
    return `${this.issuer}/jwks`;
  }

  /** An ID-JAG of its own id for the client of the tests; `undefined` takes a claim away. */
  idJag(shop: Shop, changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
    const claims = {
      ...{ iss: this.issuer, sub: "ada", aud: shop.issuer, client_id: clientId, resource: shop.resource },
      ...{ jti: crypto.randomUUID(), iat: seconds(), exp: seconds() + 300, email: "ada@acme.example" },
      scope: "tickets.read",
      ...changes,
    };
    const sent = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
    return this.signer.sign(sent, { typ: "oauth-id-jag+jwt", ...header });
  }
}

export const preregistered = {
  ...{ clientId, clientName: "Acme Chat", redirectUris: ["https://chat.example/callback"] },
  clientSecret,
};

/** A shop that trusts the identity provider and knows the client. */
export function openEnterprise(idp: IdentityProvider | null, gateway: Record<string, unknown> = {}): Promise<Shop> {
  return openShop({
    gateway: {
      clientPolicy: { preregistered: [preregistered] },
      ...(idp && { enterpriseIssuers: [{ issuer: idp.issuer }] }),
      ...gateway,
    },
  });
}

type Knock = (url: string, init: RequestInit) => Promise<Response>;

/** `undefined` takes a parameter away. */
export function present(
  shop: Shop,
  assertion: string,
  parameters: Record<string, string | undefined> = {},
  knock: Knock = fetchUrl,
): Promise<Response> {
  const all = { grant_type: jwtBearer, assertion, client_id: clientId, client_secret: clientSecret, ...parameters };
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(all)) if (value !== undefined) body.set(name, value);
  return knock(`${shop.endpoints}/token`, { method: "POST", body });
}

export interface Answer {
  status: number;
  access_token?: string;
  refresh_token?: string;
  token_type?: string;
  expires_in?: number;
  scope?: string;
  error?: string;
  reason?: string;
  [member: string]: unknown;
}

export async function told(response: Response): Promise<Answer> {
  const body: Record<string, unknown> = await response.json();
  return { ...body, status: response.status };
}

/** A token for the client of the tests, by an ID-JAG with these claims. */
export async function tokenOf(shop: Shop, idp: IdentityProvider, changes: Record<string, unknown> = {}) {
  const answer = await told(await present(shop, await idp.idJag(shop, changes)));
  if (!answer.access_token) throw new Error(`no token: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

export const changeProfile = ({ organizationId, gatewayId, token }: Shop, fields: Record<string, unknown>) =>
  api("PATCH", `/organizations/${organizationId}/gateways/${gatewayId}`, token, fields);

export function callTool(shop: Shop, token: string, name = "list_tickets"): Promise<Response> {
  return fetchUrl(shop.resource, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } }),
  });
}
