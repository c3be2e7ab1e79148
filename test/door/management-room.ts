// The management room on the real database and copies, with a clock and a provider that the test decides.
import { env } from "cloudflare:workers";
import { createAdmin } from "../../src/worker/admin/index.ts";
import { identifyActor } from "../../src/worker/admin/tokens.ts";
import { managementRoom } from "../../src/worker/endpoints/management/index.ts";
import type { ProviderRevocation } from "../../src/worker/oauth/downstream.ts";
import { refuseOutbound } from "../../src/worker/oauth/outbound-url.ts";
import { agentStore } from "../../src/worker/store/d1/agents.ts";
import { apiTokenStore } from "../../src/worker/store/d1/api-tokens.ts";
import { clientStore } from "../../src/worker/store/d1/clients.ts";
import { openDatabase } from "../../src/worker/store/d1/database.ts";
import { directory } from "../../src/worker/store/d1/directory.ts";
import { gatewayStore } from "../../src/worker/store/d1/gateways.ts";
import { grantIndex } from "../../src/worker/store/d1/grant-index.ts";
import { appUserStore, auditStore, organizationStore } from "../../src/worker/store/d1/organizations.ts";
import { serverStore } from "../../src/worker/store/d1/servers.ts";
import { signingKeyStore } from "../../src/worker/store/d1/signing-keys.ts";
import { upkeepStore } from "../../src/worker/store/d1/upkeep.ts";
import { createLogs } from "../../src/worker/store/logs.ts";
import type { ServerSnapshot } from "../../src/worker/store/promises/snapshot.ts";
import { createSnapshots } from "../../src/worker/store/snapshot/index.ts";
import { newId } from "../../src/worker/tokens/opaque.ts";
import { createSealer } from "../../src/worker/tokens/seal.ts";

export const adminToken = "test-admin-token-0123456789";
const origin = "https://gateway.example.com";

/** What a test decides, and what it may look at afterwards. */
export interface Stage {
  now: number;
  issuer: string | Error;
  kvFails: boolean;
  d1Fails: boolean;
  kvReads: number;
  /** Grants whose object was told to end, and what the provider answers; an Error is an object that does not answer. */
  told: { grantId: string; reason: string; profile: string | null }[];
  provider: ProviderRevocation | Error;
  failuresAllowed: boolean;
  faults: unknown[];
}

export const stage: Stage = {
  now: 1_800_000_000,
  issuer: "https://auth.example.com",
  kvFails: false,
  d1Fails: false,
  kvReads: 0,
  told: [],
  provider: "revoked",
  failuresAllowed: true,
  faults: [],
};

const now = () => stage.now;
const background: Promise<unknown>[] = [];

/** Everything that was left to be done after the answers. */
export async function settled(): Promise<void> {
  await Promise.all(background.splice(0));
}

/** The binding itself, until the stage says that it is away. */
function failing<T extends object>(binding: T, fails: () => boolean, onGet: () => void): T {
  return new Proxy(binding, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...input: unknown[]) => {
        if (name === "get") onGet();
        if (fails()) throw new Error("away");
        return Reflect.apply(member, target, input);
      };
    },
  });
}

const kv = failing(
  env.COPIES,
  () => stage.kvFails,
  () => {
    stage.kvReads += 1;
  },
);
const d1 = failing(
  env.DB,
  () => stage.d1Fails,
  () => undefined,
);

export const db = openDatabase(d1);
export const clients = clientStore(db);
export const keys = signingKeyStore(db);
export const index = grantIndex(db);
const sealer = createSealer([new Uint8Array(32).fill(7)]);

let made = 0;
export async function newSigningKey() {
  made += 1;
  return { kid: `key-${made}`, publicJwk: `{"kid":"key-${made}"}`, privateJwkSealed: `sealed-${made}` };
}

export const snapshotParts = {
  db: d1,
  kv,
  newSigningKey,
  background: (work: Promise<unknown>) => void background.push(work),
  now,
};
export const { reader, publisher } = createSnapshots(snapshotParts);
export const people = directory({ db, publish: publisher.publish });

const grants = {
  async revoke(grantId: string, reason: string, profile: { id: string } | null) {
    if (stage.provider instanceof Error) throw stage.provider;
    stage.told.push({ grantId, reason, profile: profile?.id ?? null });
    return { provider: stage.provider };
  },
};

const logs = createLogs({
  namespace: env.LOGS,
  now: () => stage.now * 1000,
  background: (work) => void background.push(work),
  print: () => undefined,
});
const gateways = gatewayStore(db);
const tokens = apiTokenStore(db);
const admin = createAdmin({
  organizations: organizationStore(db),
  tokens,
  gateways,
  servers: serverStore(db),
  agents: agentStore(db),
  grantIndex: index,
  users: appUserStore(db),
  audit: auditStore(db),
  grants,
  logs,
  sealer,
  publish: publisher.publish,
  checkUrl: (_, url) => refuseOutbound(url, { allowPrivateNetwork: false, ownHosts: ["gateway.example.com"] }),
  async discoverIssuer() {
    if (stage.issuer instanceof Error) throw stage.issuer;
    return stage.issuer;
  },
  doctor: { examine: async () => [] },
  allowCheck: async () => true,
  callbackUrl: (gatewayId) => `${origin}/callback/${gatewayId}`,
  mcpUrl: (slug) => `${origin}/s/${slug}/mcp`,
  now,
});

export const upkeepParts = {
  grantIndex: index,
  gateways,
  grants,
  upkeep: upkeepStore(db),
  sealer,
  keys,
  write: publisher.write,
  newSigningKey,
  now,
};

const room = managementRoom({
  origin,
  admin,
  identify: (token, remember) => identifyActor({ tokens, now, adminToken }, token, remember),
  allowFailure: async () => stage.failuresAllowed,
  fault: (error) => void stage.faults.push(error),
});

/** One request at the door; a body that is not a string travels as JSON. */
export async function call(method: string, path: string, token?: string, body?: unknown, type = "application/json") {
  const headers = new Headers(token === undefined ? {} : { Authorization: `Bearer ${token}` });
  if (body !== undefined) headers.set("Content-Type", type);
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request(`${origin}/api/v1${path}`, {
    method,
    headers,
    ...(text === undefined ? {} : { body: text }),
  });
  const response = await room(request, { requestId: "request-1", background: snapshotParts.background });
  const answered = await response.text();
  return { status: response.status, headers: response.headers, body: answered === "" ? null : JSON.parse(answered) };
}

/** An organization with a token of each role. */
export async function organization(name = "Example") {
  const { body } = await call("POST", "/organizations", adminToken, { name });
  const path = `/organizations/${body.id}`;
  const token = async (role: string): Promise<string> =>
    (await call("POST", `${path}/tokens`, adminToken, { name: role, role })).body.token;
  return {
    id: body.id as string,
    path,
    admin: await token("admin"),
    viewer: await token("viewer"),
    caller: await token("caller"),
  };
}

/** A server with a gateway attached, and a way to put grants into the index. */
export async function connected(slug: string) {
  const org = await organization();
  const gateway = (await call("POST", `${org.path}/gateways`, org.admin, { name: `gateway of ${slug}`, clientId: "c" }))
    .body;
  const server = (await call("POST", `${org.path}/mcp-servers`, org.admin, newServer(slug))).body;
  await call("PUT", `${org.path}/mcp-servers/${slug}/gateway`, org.admin, { gatewayId: gateway.id });
  const grant = async (user = "usr_one", client = "client-one") => {
    const grantId = newId("grt");
    await people.record({
      ...{ grantId, organizationId: org.id, gatewayId: gateway.id, serverId: server.id, clientId: client },
      ...{
        clientName: "Client",
        channel: "oauth",
        scope: ["tickets.read"],
        expiresAt: stage.now + 86_400,
        now: stage.now,
      },
      identity: {
        userId: user,
        issuer: "https://auth.example.com",
        subject: user,
        workspace: "w",
        email: `${user}@example.com`,
      },
    });
    return grantId;
  };
  return { org, gateway, server, grant, grantsPath: `${org.path}/gateways/${gateway.id}/grants` };
}

export const newServer = (slug: string) => ({
  name: "Support API",
  slug,
  runtimeUrl: "https://runtime.example.org/mcp",
  scopes: ["tickets.read"],
});

/** What KV holds, past every cache. */
export function copyOf(slug: string): Promise<ServerSnapshot | null> {
  return env.COPIES.get(`server:${slug}`, "json");
}
