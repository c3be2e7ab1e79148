// A server, its people and their tokens as the proxy meets them: real keys and seals, counted storage.
import { createLocalJWKSet } from "jose";
import { inject } from "vitest";
import type { GatewayEvent } from "../../src/contract/events.ts";
import type { Context } from "../../src/worker/endpoints/context.ts";
import type { McpVisit, ProxyLimits } from "../../src/worker/endpoints/proxy/call.ts";
import { proxy } from "../../src/worker/endpoints/proxy/index.ts";
import { BearerChallenge, ProxyError, type Refusal } from "../../src/worker/oauth/errors.ts";
import type { GrantStore } from "../../src/worker/store/promises/grants.ts";
import type { ServerSnapshot } from "../../src/worker/store/promises/snapshot.ts";
import { createAccessTokens } from "../../src/worker/tokens/access-token.ts";
import { createAssertions } from "../../src/worker/tokens/assertion.ts";
import type { AccessTokenClaims } from "../../src/worker/tokens/port.ts";
import { createSealer } from "../../src/worker/tokens/seal.ts";
import { newSigningKey } from "../../src/worker/tokens/signing-keys.ts";

export const origin = "http://localhost:8787";
export const issuer = `${origin}/s/support-api`;
export const mcpUrl = `${issuer}/mcp`;
export const metadata = `${origin}/.well-known/oauth-protected-resource/s/support-api/mcp`;
export const now = 1_800_000_000;

const masterKeys = [new Uint8Array(32).map((_, index) => index)];
export const sealer = createSealer(masterKeys);
export const accessTokens = createAccessTokens(masterKeys);
export const signingKey = await newSigningKey(sealer);
/** What a runtime verifies an assertion with. */
export const keySet = createLocalJWKSet({ keys: [JSON.parse(signingKey.publicJwk)] });
export const assertionRules = {
  issuer: origin,
  audience: mcpUrl,
  algorithms: ["ES256"],
  typ: "mcpstack-assertion+jwt",
  currentDate: new Date(now * 1000),
};

type Credential = GrantStore["credential"];

interface Given {
  limits?: Partial<ProxyLimits>;
  credential?: Credential;
  time?: () => number;
  allowPrivateNetwork?: boolean;
}

export interface Door {
  visit: McpVisit & { limits: Partial<ProxyLimits> };
  events: GatewayEvent[];
  /** Every call that would have left the isolate's memory. */
  storage: string[];
  ended: string[];
  /** Tokens that had to be decrypted. */
  opened: string[];
  /** What the store behind the isolate's copy would answer. */
  fresh: ServerSnapshot;
}

/** A door of its own per test, so that nothing remembered leaks between tests. */
export function door(
  server: Partial<ServerSnapshot> & { behaviour?: string } = {},
  { limits = {}, credential, time = () => now, allowPrivateNetwork = true }: Given = {},
): Door {
  const snapshot = snapshotWith(server);
  const events: GatewayEvent[] = [];
  const storage: string[] = [];
  const ended: string[] = [];
  const opened: string[] = [];
  const asked = <T>(what: string, answer: T) => {
    storage.push(what);
    return answer;
  };
  const context = {
    settings: { origin, serverHostSuffix: null, allowPrivateNetwork },
    now: time,
    snapshots: {
      bySlug: async () => asked("snapshot", made.fresh),
      noteEnded: (_slug: string, grant: string) => ended.push(grant),
    },
    grants: {
      credential: (...of: Parameters<Credential>) =>
        asked("grant", credential?.(...of) ?? Promise.reject(new Error("no object"))),
      noteStepUp: (grantId: string) => asked(`step-up of ${grantId}`, Promise.resolve()),
    },
    sealer,
    allow: async () => true,
    apiTokens: {
      findByHash: async () => asked("api token", null),
      used: async (id: string) => asked(`use of ${id}`, undefined),
    },
    accessTokens: {
      open: (text: string) => {
        opened.push(text);
        return accessTokens.open(text);
      },
    },
    assertions: createAssertions({ issuer: origin, sealer }),
    record: (event: GatewayEvent) => events.push(event),
  } as unknown as Context;
  const visit = {
    context,
    requestId: "req_1",
    background: () => {},
    server: { snapshot, issuer, resource: mcpUrl, resourceMetadata: metadata, endpoints: issuer },
    url: new URL(mcpUrl),
    limits,
  } as unknown as Door["visit"];
  const made = { visit, events, storage, ended, opened, fresh: snapshot };
  return made;
}

function snapshotWith({ behaviour = "/do/echo/none", ...given }: Parameters<typeof door>[0] & object): ServerSnapshot {
  return {
    v: 3,
    revision: 1,
    id: "srv_support0",
    organizationId: "org_acme0000",
    slug: "support-api",
    name: "Support API",
    runtimeUrl: `${inject("runtimeUrl")}${behaviour}`,
    scopes: ["tickets.read", "tickets.write"],
    tools: [
      { name: "list_tickets", scopes: ["tickets.read"] },
      { name: "purge_tickets", scopes: ["tickets.read", "tickets.admin"] },
    ],
    broaderScopes: [],
    allowedOrigins: [],
    authentication: "gateway",
    gateway: { id: "gw_support00", name: "support" } as unknown as NonNullable<ServerSnapshot["gateway"]>,
    staticHeaders: null,
    epoch: 3,
    agents: [],
    endedGrants: [],
    signingKey,
    ...given,
  };
}

/** A live token of Alice's with the given claims instead; `undefined` leaves a claim out. */
export function token(
  claims: { [K in keyof AccessTokenClaims]?: AccessTokenClaims[K] | undefined } = {},
): Promise<string> {
  const sealed = {
    iss: issuer,
    aud: mcpUrl,
    sub: "usr_alice000",
    org: "org_acme0000",
    gid: "grt_alice000",
    cid: "client-1",
    cn: "Client One",
    ws: "acme",
    scope: "tickets.read",
    ch: "oauth",
    iat: now - 10,
    exp: now + 3600,
    jti: "jti",
    ep: 3,
    ds: { t: `downstream-of-${claims.sub ?? "usr_alice000"}`, x: null },
    ...claims,
  };
  return accessTokens.seal(sealed as AccessTokenClaims);
}

/** Knocks with a token (a fresh one of Alice's, unless told) and one JSON-RPC message, unless told otherwise. */
export async function knock(
  at: Door,
  init: RequestInit & { url?: string; bearer?: string | null; message?: unknown } = {},
): Promise<Response> {
  const { url = mcpUrl, bearer = await token(), message, ...request } = init;
  const headers = new Headers(request.headers);
  if (bearer !== null && !headers.has("authorization")) headers.set("Authorization", `Bearer ${bearer}`);
  const method = request.method ?? "POST";
  const body = method === "POST" ? (request.body ?? JSON.stringify(message ?? call("tools/list"))) : null;
  if (method === "POST" && !headers.has("content-type")) headers.set("Content-Type", "application/json");
  return proxy(new Request(url, { ...request, method, headers, body }), { ...at.visit, url: new URL(url) });
}

/** The refusal that a knock must end in. */
export async function refusal(answer: Promise<Response>): Promise<BearerChallenge | ProxyError> {
  const outcome: Response | Refusal = await answer.catch((error: Refusal) => error);
  if (outcome instanceof BearerChallenge || outcome instanceof ProxyError) return outcome;
  throw new Error(`not refused: ${outcome instanceof Response ? outcome.status : outcome}`);
}

export function call(method: string, params?: unknown): object {
  return { jsonrpc: "2.0", id: 1, method, ...(params !== undefined && { params }) };
}

export interface Hit {
  method: string;
  url: string;
  headers: Record<string, string | undefined>;
  body: string;
}

/** What the runtime got, as the echo behaviour repeats it. */
export async function echoed(response: Response): Promise<Hit> {
  const { result } = (await response.json()) as { result: Hit };
  return result;
}

export async function seen(key: string): Promise<{ hits: Hit[]; leftAt: number | null; written: number }> {
  return (await fetch(`${inject("runtimeUrl")}/seen/${key}`)).json();
}

let keys = 0;
/** A key under which the runtime remembers what it saw. */
export function freshKey(): string {
  return `k${Date.now()}-${keys++}`;
}
