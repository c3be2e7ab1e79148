// Runtimes of 2024-11-05 behind the gateway, with the official clients of that transport (P-116).
import * as newest from "@modelcontextprotocol/client";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as Sse1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { Client as Client112 } from "sdk-1.12.1/client/index.js";
import { SSEClientTransport as Sse112 } from "sdk-1.12.1/client/sse.js";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Person, ScriptedBrowser, user1, user2 } from "../rig/browser.ts";
import { ClientLogin } from "../rig/clients/client-login.ts";
import { toolResult } from "../rig/clients/sdk-clients.ts";
import { type LegacyRuntime, startLegacyRuntime } from "../rig/legacy-runtime.ts";
import { accessTokenFor, type OwnServer, openServer } from "../rig/own-server.ts";

const stack = inject("stack");
const identity = { name: "stack-test", version: "1.0.0" };

/** What the clients have in common; their types differ in ways that do not matter here. */
interface AnyClient {
  connect(transport: unknown): Promise<void>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: object }): Promise<unknown>;
  close(): Promise<void>;
}

interface AnyTransport {
  finishAuth(answer: never): Promise<void>;
}

interface Flavour {
  client: () => AnyClient;
  transport: (url: URL, options: never) => AnyTransport;
  /** What the client hands back after the sign-in; null for one that finds no issuer but at a host's root. */
  answer: ((parameters: URLSearchParams) => unknown) | null;
}

const flavours: Record<string, Flavour> = {
  "@modelcontextprotocol/client 2.4.0": {
    client: () => new newest.Client(identity) as unknown as AnyClient,
    transport: (url, options) => new newest.SSEClientTransport(url, options),
    answer: (parameters) => parameters,
  },
  "@modelcontextprotocol/sdk 1.32.2": {
    client: () => new Client1(identity) as unknown as AnyClient,
    transport: (url, options) => new Sse1(url, options),
    answer: (parameters) => parameters.get("code"),
  },
  "@modelcontextprotocol/sdk 1.12.1": {
    client: () => new Client112(identity) as unknown as AnyClient,
    transport: (url, options) => new Sse112(url, options),
    answer: null,
  },
};

let runtime: LegacyRuntime;
let server: OwnServer;

beforeAll(async () => {
  runtime = await startLegacyRuntime();
  server = await openServer(stack, {
    name: "HTTP and SSE",
    runtimeUrl: runtime.url,
    tools: [{ name: "purge", scopes: ["tickets.write"] }],
  });
});
afterAll(() => runtime?.close());

/** Signs the person in at the first refusal, then connects. */
async function connected({ client, transport, answer }: Flavour, person: Person): Promise<AnyClient> {
  const login = new ClientLogin("HTTP and SSE");
  const url = new URL(server.mcpUrl);
  if (answer === null) {
    login.kept = { access_token: await accessTokenFor(stack, server, person), token_type: "Bearer" };
  } else {
    const first = transport(url, { authProvider: login } as never);
    await expect(client().connect(first)).rejects.toThrow();
    if (login.asked === null) throw new Error("the client did not ask for a sign-in");
    const browser = new ScriptedBrowser([stack.gateway, stack.provider], person);
    const { redirect } = await browser.authorize(login.asked);
    await first.finishAuth(answer(redirect.searchParams) as never);
  }
  const second = client();
  await second.connect(transport(url, { authProvider: login } as never));
  return second;
}

/** The stream's endpoint as the client is told it, with the stream left open. */
async function opened(bearer: string): Promise<{ endpoint: string; leave: () => void }> {
  const gone = new AbortController();
  const headers = { authorization: `Bearer ${bearer}`, accept: "text/event-stream" };
  const response = await fetch(server.mcpUrl, { headers, signal: gone.signal });
  const reader = response.body?.getReader();
  const text = new TextDecoder().decode((await reader?.read())?.value);
  const [, path = ""] = /^event: endpoint\ndata: (\S+)\n\n/.exec(text) ?? [];
  return { endpoint: new URL(path, server.mcpUrl).href, leave: () => gone.abort() };
}

function post(url: string, bearer: string | null, method = "ping", params = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(bearer && { authorization: `Bearer ${bearer}` }) },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
}

describe.each(Object.entries(flavours))("%s over HTTP+SSE", (_, flavour) => {
  test("signs in, lists tools and calls one as the person; the runtime is posted to at its own endpoint", async () => {
    const [one, two] = [await connected(flavour, user1), await connected(flavour, user2)];
    expect((await one.listTools()).tools.map(({ name }) => name)).toEqual(["whoami", "purge"]);
    const [mine, theirs] = await Promise.all(
      [one, two].map(async (client) => toolResult(await client.callTool({ name: "whoami", arguments: {} })).text),
    );
    expect(mine).toMatch(/^whoami usr_[\w-]+ Bearer eyJ/);
    expect(theirs).toMatch(/^whoami usr_[\w-]+ Bearer eyJ/);
    expect(mine?.split(" ")[1]).not.toBe(theirs?.split(" ")[1]);
    await Promise.all([one.close(), two.close()]);
    expect(new Set(runtime.hits)).toEqual(new Set(["GET /sse", "POST /messages"]));
  });

  test("a tool of more scopes is refused at the post", async () => {
    const client = await connected(flavour, user1);
    await expect(client.callTool({ name: "purge", arguments: {} })).rejects.toThrow();
    await client.close();
  });
});

test("24 nobody else posts to a person's stream, and nobody without a token", async () => {
  const [mine, theirs] = [await accessTokenFor(stack, server), await accessTokenFor(stack, server, user2)];
  const { endpoint, leave } = await opened(mine);
  expect((await post(endpoint, mine)).status).toBe(202);
  const foreign = await post(endpoint, theirs);
  expect([foreign.status, await foreign.json()]).toMatchObject([404, { reason: "endpoint_not_yours" }]);
  expect((await post(endpoint, null)).status).toBe(401);
  const wide = await post(endpoint, mine, "tools/call", { name: "purge", arguments: {} });
  expect(wide.status).toBe(403);
  expect(wide.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
  leave();
});

test("P-105 a client of the later eras is told by the runtime itself that this is another transport", async () => {
  const answer = await post(server.mcpUrl, await accessTokenFor(stack, server), "initialize");
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
    404,
    "text/html",
    "Cannot POST /sse",
  ]);
});

test("the doctor tells this transport apart from what is no MCP server, and leaves no stream open", async () => {
  const before = runtime.open();
  const base = `${stack.gateway}/api/v1/organizations/${stack.organizationId}/gateways/${stack.gatewayId}/check`;
  const headers = { authorization: `Bearer ${stack.apiToken}`, "content-type": "application/json" };
  const body = JSON.stringify({ server: server.issuer.split("/").at(-1) });
  const answer = await fetch(base, { method: "POST", headers, body });
  const { findings } = (await answer.json()) as { findings: { check: string; status: string; reason: string }[] };
  const about = findings.filter(({ check }) => check.startsWith("runtime."));
  // This runtime opens a stream for anybody, which is found as well.
  expect(about.map(({ check, status, reason }) => [check, status, reason])).toEqual([
    ["runtime.reachable", "pass", null],
    ["runtime.mcp", "warn", "runtime_older_transport"],
    ["runtime.assertion", "fail", "runtime_open"],
  ]);
  await expect.poll(() => runtime.open()).toBe(before);
});

test("mcp-remote's way: POST first, then GET, in one client", async () => {
  const bearer = await accessTokenFor(stack, server);
  const requestInit = { headers: { authorization: `Bearer ${bearer}` } };
  const url = new URL(server.mcpUrl);
  const client = new newest.Client(identity);
  await expect(client.connect(new newest.StreamableHTTPClientTransport(url, { requestInit }))).rejects.toThrow(
    "Cannot POST /sse",
  );
  const second = new newest.Client(identity);
  await second.connect(
    new newest.SSEClientTransport(url, {
      requestInit,
      eventSourceInit: {
        fetch: (input, init) =>
          fetch(input, { ...init, headers: { ...requestInit.headers, accept: "text/event-stream" } }),
      },
    }),
  );
  expect((await second.listTools()).tools).toHaveLength(2);
  await second.close();
});
