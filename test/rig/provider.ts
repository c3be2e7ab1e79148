// A real OpenID provider on loopback for tests, with faults on demand in front of it.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type ClientMetadata, type Configuration, errors, type JWK } from "oidc-provider";
import { type Fault, FaultLayer, type ProviderEndpoint } from "./faults.ts";

export { signIn } from "./sign-in.ts";

export interface ProviderOptions {
  /** Loopback port; a free one unless told. */
  port?: number;
  /** The API whose access tokens are JWTs with this audience. */
  resource?: string;
  /** Seconds. */
  accessTokenTtl?: number;
  /** Public half of the key of the client `key-client`; without it that client does not exist. */
  clientKey?: JWK;
}

export interface TestProvider {
  issuer: string;
  resource: string;
  counts: Record<ProviderEndpoint, number>;
  /** Also over HTTP for tests in another process: POST /rig/fault (JSON), POST /rig/clear, GET /rig/counts. */
  fault(fault: Fault): void;
  clear(): void;
  close(): Promise<void>;
}

/** Clients of every authentication method; any callback on loopback is theirs. */
export const providerClients = {
  none: { id: "public-client" },
  client_secret_basic: { id: "basic-client", secret: "basic secret: +%&/1234567890" },
  client_secret_post: { id: "post-client", secret: "post-secret-1234567890" },
  private_key_jwt: { id: "key-client" },
} as const;

/** `org_id` is the workspace; `sub` is the login. Any password is right. */
export const providerAccounts: Record<
  string,
  { org_id: string; email: string; email_verified: boolean; name: string }
> = {
  user1: { org_id: "org_north", email: "user1@example.com", email_verified: true, name: "User One" },
  user2: { org_id: "org_south", email: "user2@example.com", email_verified: false, name: "User Two" },
};

export const apiScopes = "tickets.read tickets.write";

export async function startProvider(options: ProviderOptions = {}): Promise<TestProvider> {
  const resource = options.resource ?? "https://api.example.com";
  const layer = new FaultLayer();
  let answer: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/rig/")) return void control(layer, request, response);
    const goOn = () => void answer(request, response);
    if (!layer.meets(request, response, goOn)) goOn();
  });
  await new Promise<void>((ready) => server.listen(options.port ?? 0, "127.0.0.1", ready));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answer = quietly(() => createProvider(issuer, resource, options)).callback();
  return {
    issuer,
    resource,
    counts: layer.counts,
    fault: (fault) => layer.add(fault),
    clear: () => layer.clear(),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function createProvider(issuer: string, resource: string, options: ProviderOptions): Provider {
  const provider = new Provider(issuer, configuration(resource, options));
  // Gateways get their ids while the tests run, so callbacks cannot be registered beforehand.
  Object.defineProperty(provider.Client.prototype, "redirectUriAllowed", {
    value: (uri: string) =>
      /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?\/(?:callback\/[\w-]+|dashboard\/sign-in\/callback)$/.test(uri),
  });
  return provider;
}

function configuration(resource: string, options: ProviderOptions): Configuration {
  return {
    clients: clients(options.clientKey),
    scopes: ["openid", "offline_access"],
    claims: { openid: ["sub", "org_id"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["cookies-of-a-test-provider"] },
    rotateRefreshToken: true,
    findAccount: (_context, id) => {
      const account = providerAccounts[id];
      return account && { accountId: id, claims: () => ({ sub: id, ...account }) };
    },
    extraTokenClaims: (_context, token) =>
      "accountId" in token ? { org_id: providerAccounts[String(token.accountId)]?.org_id } : undefined,
    ttl: {
      AccessToken: options.accessTokenTtl ?? 600,
      RefreshToken: 86_400,
      Session: 86_400,
      Grant: 86_400,
      Interaction: 3600,
      IdToken: 3600,
    },
    features: {
      devInteractions: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, indicator) => {
          if (indicator !== resource && indicator !== `${resource}/opaque`) throw new errors.InvalidTarget();
          return {
            scope: apiScopes,
            audience: indicator,
            accessTokenTTL: options.accessTokenTtl ?? 600,
            accessTokenFormat: indicator === resource ? "jwt" : "opaque",
          };
        },
      },
    },
  };
}

function clients(clientKey: JWK | undefined): ClientMetadata[] {
  const common = {
    redirect_uris: ["http://localhost:8787/callback/any"],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code" as const],
  };
  const { none, client_secret_basic: basic, client_secret_post: post, private_key_jwt: key } = providerClients;
  const confidential: ClientMetadata[] = [
    { ...common, client_id: none.id, token_endpoint_auth_method: "none" },
    { ...common, client_id: basic.id, client_secret: basic.secret, token_endpoint_auth_method: "client_secret_basic" },
    { ...common, client_id: post.id, client_secret: post.secret, token_endpoint_auth_method: "client_secret_post" },
  ];
  if (!clientKey) return confidential;
  return [
    ...confidential,
    { ...common, client_id: key.id, token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [clientKey] } },
  ];
}

async function control(layer: FaultLayer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const part of request) body += String(part);
  if (request.url === "/rig/fault") layer.add(JSON.parse(body) as Fault);
  if (request.url === "/rig/clear") layer.clear();
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(layer.counts));
}

/** The provider warns on the console about what a test provider does on purpose. */
function quietly<T>(build: () => T): T {
  const { warn, info } = console;
  console.warn = () => undefined;
  console.info = () => undefined;
  try {
    return build();
  } finally {
    Object.assign(console, { warn, info });
  }
}
