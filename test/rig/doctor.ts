// A doctor in Node for tests, a runtime that it can look at, and its findings by name.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Finding } from "../../src/contract/management/check.ts";
import {
  createDoctor,
  type DoctorSettings,
  type Examination,
  type ExaminedServer,
} from "../../src/worker/downstream/doctor/index.ts";
import { Secret } from "../../src/worker/oauth/secret.ts";
import { callbackPrefix, profileOf } from "./connector.ts";

export const assertion = "assertion-of-nobody";
/** Nothing listens here: the doctor must enter by the gateway's own door. */
export const publicOrigin = "http://127.0.0.1:1";

export function doctorSettings(settings: Partial<DoctorSettings> = {}): DoctorSettings {
  return {
    now: () => Math.floor(Date.now() / 1000),
    openSecret: async (_gateway, sealed) => new Secret(sealed.slice("sealed:".length)),
    callbackUrl: (id) => `${callbackPrefix}${id}`,
    allowPrivateNetwork: true,
    ownHosts: ["localhost:8787"],
    timeout: 1000,
    assertionOfNobody: async () => assertion,
    openOwnToken: async () => null,
    visitInside: async (request) => challengeOf(request),
    ...settings,
  };
}

/** What the gateway's own door says to somebody without a token. */
function challengeOf(request: Request): Response {
  const url = new URL(request.url);
  const known = "/.well-known/oauth-protected-resource";
  if (url.pathname.startsWith(known)) {
    const resource = url.origin + url.pathname.slice(known.length);
    return Response.json({ resource, authorization_servers: [resource.replace(/\/mcp$/, "")] });
  }
  const challenge = `Bearer realm="mcp", resource_metadata="${url.origin}${known}${url.pathname}"`;
  return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
}

export function serverOf(fields: Partial<ExaminedServer> = {}): ExaminedServer {
  return {
    slug: "support-api",
    runtimeUrl: "http://127.0.0.1:1/mcp",
    mcpUrl: `${publicOrigin}/s/support-api/mcp`,
    scopes: ["tickets.read"],
    tools: [{ name: "create_ticket", scopes: ["tickets.write"] }],
    ...fields,
  };
}

export interface Examined {
  all: Finding[];
  /** The one finding of a check. */
  of(check: string): Finding;
  /** Names of the checks with this status, in order. */
  with(status: Finding["status"]): string[];
}

export async function examine(
  profile: Parameters<typeof profileOf>[0],
  request: Partial<Omit<Examination, "token">> & { token?: string } = {},
  settings: Partial<DoctorSettings> = {},
): Promise<Examined> {
  const { token, ...rest } = request;
  const all = await createDoctor(doctorSettings(settings)).examine({
    organizationId: "org_test0001",
    profile: profileOf(profile),
    registrationEndpoint: null,
    servers: [],
    leftOut: [],
    acceptsOrigin: () => false,
    ...rest,
    token: token === undefined ? null : new Secret(token),
  });
  return {
    all,
    of(check) {
      const [found, ...more] = all.filter((finding) => finding.check === check);
      if (!found || more.length > 0) throw new Error(`${more.length + (found ? 1 : 0)} findings of ${check}`);
      return found;
    },
    with: (status) => all.filter((finding) => finding.status === status).map(({ check }) => check),
  };
}

type Answer = { status: number; headers?: Record<string, string>; body?: unknown };

/** A runtime whose every answer the test writes; a body that is no text travels as JSON. */
export async function startRuntime(answer: (request: IncomingMessage, body: string) => Answer) {
  const asked: { method: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += String(part);
    asked.push({ method: request.method ?? "", headers: request.headers, body });
    const { status, headers, body: said = "" } = answer(request, body);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof said === "string" ? said : JSON.stringify(said));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    asked,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** An MCP server of both eras. */
export function speaksMcp(body: string): Answer {
  const { method } = JSON.parse(body || "{}") as { method?: string };
  const result =
    method === "initialize"
      ? { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "rig", version: "1" } }
      : { supportedVersions: ["2026-07-28"], capabilities: {}, _meta: {} };
  return { status: 200, headers: { "mcp-session-id": "session-1" }, body: { jsonrpc: "2.0", id: 1, result } };
}
