// A connector in Node for tests: memory for copies, a clock that can be moved, secrets that are sealed by a prefix.
import { createConnector } from "../../src/worker/downstream/connector.ts";
import type { CopyStore } from "../../src/worker/downstream/copies.ts";
import type { ConnectorSettings } from "../../src/worker/downstream/parts.ts";
import type { Connector } from "../../src/worker/downstream/port.ts";
import { sha256 } from "../../src/worker/oauth/digest.ts";
import type { GatewayProfile } from "../../src/worker/oauth/profile.ts";
import { Secret } from "../../src/worker/oauth/secret.ts";
import { signIn } from "./sign-in.ts";

export const callbackPrefix = "http://localhost:8787/callback/";

export interface Clock {
  now(): number;
  /** Seconds. */
  forward(seconds: number): void;
}

export function createClock(): Clock {
  let shift = 0;
  return {
    now: () => Math.floor(Date.now() / 1000) + shift,
    forward: (seconds) => {
      shift += seconds;
    },
  };
}

export function memoryCopies(): CopyStore & { size(): number } {
  const copies = new Map<string, { value: string; fetchedAt: number }>();
  return {
    get: async (key) => copies.get(key) ?? null,
    put: async (key, value, { fetchedAt }) => void copies.set(key, { value, fetchedAt }),
    size: () => copies.size,
  };
}

export function seal(secret: string): string {
  return `sealed:${secret}`;
}

export function connectorFor(settings: Partial<ConnectorSettings> = {}): Connector {
  return createConnector({
    now: createClock().now,
    copies: memoryCopies(),
    openSecret: async (_gateway, sealed) => new Secret(sealed.slice("sealed:".length)),
    callbackUrl: (id) => `${callbackPrefix}${id}`,
    allowPrivateNetwork: true,
    ownHosts: ["localhost:8787"],
    timeout: 1_000,
    ...settings,
  });
}

export function profileOf(fields: Partial<GatewayProfile>): GatewayProfile {
  return {
    id: "gw_test",
    name: "Test",
    providerType: "manual",
    authorizationServerUrl: null,
    metadataUrl: null,
    authorizationEndpoint: null,
    tokenEndpoint: null,
    jwksUri: null,
    issuer: null,
    pinnedIssuer: null,
    clientId: "public-client",
    clientSecretsSealed: [],
    tokenEndpointAuthMethod: null,
    resource: "https://api.example.com",
    resourceParameter: null,
    scopes: ["openid", "profile", "email"],
    subjectClaim: null,
    workspaceClaim: null,
    emailClaim: null,
    accessTokenTtl: 3600,
    grantIdleTtl: 86_400,
    grantMaxTtl: 86_400,
    acceptedClientIds: [],
    allowedTenants: [],
    tokenIssuers: [],
    enterpriseIssuers: [],
    clientPolicy: {
      dynamicRegistration: true,
      metadataDocuments: true,
      allowedRedirectHosts: [],
      preregistered: [],
    },
    ...fields,
  };
}

/** What the grant would have kept between departure and arrival. */
export async function departure(scope: string[] = ["tickets.read"]) {
  const codeVerifier = await sha256(crypto.randomUUID());
  return { organizationId: "org_test0001", state: "state-1", nonce: "nonce-1", codeVerifier, scope };
}

/** Sends a person to the provider and back; the parameters of the callback are the caller's to use. */
export async function travel(connector: Connector, profile: GatewayProfile, login: string, scope?: string[]) {
  const request = await departure(scope);
  const url = await connector.authorizationUrl(profile, request);
  const callback = await signIn(url, { login, callbackPrefix });
  return { request, callback, arrival: { ...request, parameters: callback.searchParams } };
}
