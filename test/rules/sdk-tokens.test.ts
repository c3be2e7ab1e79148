// The embedded SDK's tokens: exchanged on first use, renewed in time, repeated once after a 401, sent to one server.
import { Client } from "@modelcontextprotocol/client";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type AppAgent, type AppAgentOptions, createAppAgent } from "../../src/sdk/index.ts";
import { type EmbeddingGateway, startEmbeddingGateway } from "../rig/embedding-gateway.ts";

let gateway: EmbeddingGateway;
const opened: AppAgent[] = [];
beforeAll(async () => {
  gateway = await startEmbeddingGateway();
});
afterAll(() => gateway.close());
afterEach(() => {
  for (const agent of opened.splice(0)) agent.close();
  gateway.reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function open(options: Partial<AppAgentOptions> = {}): AppAgent {
  const agent = createAppAgent({
    gatewayUrl: gateway.origin,
    apiKey: "mcpstack_pk_test",
    agentId: "ag_support",
    auth: { mode: "app-token", getToken: () => "app-secret-alice" },
    servers: ["support-api"],
    ...options,
  });
  opened.push(agent);
  return agent;
}

const echo = () => `${gateway.origin}/s/support-api/echo`;
const later = (milliseconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + milliseconds });

describe("the exchange", () => {
  test("P-87 sends the contract's body with the user's fields that are given, and nothing else of them", async () => {
    const userIdentity = { subject: "u1", email: null, organizationId: "acme", name: "Alice", avatar: "x" };
    await open({ appSessionKey: "sess-1", userIdentity }).connect();
    expect(gateway.exchanges.map(({ slug, body }) => [slug, body])).toEqual([
      [
        "support-api",
        {
          apiKey: "mcpstack_pk_test",
          agentId: "ag_support",
          token: "app-secret-alice",
          appSessionKey: "sess-1",
          userIdentity: { subject: "u1", organizationId: "acme" },
        },
      ],
    ]);
  });

  test("asks the browser for no cookies, no cache and no redirects", async () => {
    const asked: RequestInit[] = [];
    const watched: typeof fetch = (input, init) => {
      asked.push(init ?? {});
      return fetch(input, init);
    };
    await open({ fetch: watched }).connect();
    expect(asked[0]).toMatchObject({ method: "POST", credentials: "omit", cache: "no-store", redirect: "error" });
    expect(new Headers(asked[0]?.headers).get("content-type")).toBe("application/json");
  });

  test("nothing is asked before connect or a first call", async () => {
    const getToken = vi.fn(() => "app-secret-alice");
    const agent = open({ auth: { mode: "app-token", getToken } });
    agent.server("support-api");
    expect(agent.getSnapshot().servers).toEqual({ "support-api": { status: "idle" } });
    expect(getToken).not.toHaveBeenCalled();
    expect(gateway.exchanges).toHaveLength(0);
  });

  test("a server may be a full base URL, and is the same one under its slug", async () => {
    const agent = open({ servers: [`${gateway.origin}/s/support-api/`] });
    await agent.connect();
    const bySlug = agent.server("support-api");
    expect(bySlug.url).toBe(`${gateway.origin}/s/support-api/mcp`);
    expect(await (await bySlug.fetch(echo())).json()).toMatchObject({ user: "alice" });
    expect(gateway.exchanges).toHaveLength(1);
    expect(Object.keys(agent.getSnapshot().servers)).toEqual([`${gateway.origin}/s/support-api/`]);
  });

  test.each<[field: string, options: Partial<AppAgentOptions>]>([
    ["gatewayUrl", { gatewayUrl: "gateway.example.com" }],
    ["gatewayUrl", { gatewayUrl: "http://gateway.example.com" }],
    ["gatewayUrl", { gatewayUrl: "https://gateway.example.com/?x=1" }],
    ["gatewayUrl", { gatewayUrl: "https://user@gateway.example.com" }],
    ["apiKey", { apiKey: "" }],
    ["apiKey", { apiKey: "mcpstack_sk_secret" }],
    ["agentId", { agentId: "" }],
    ["auth", { auth: { mode: "cookie", getToken: () => "x" } as never }],
    ["auth", { auth: { mode: "app-token", getToken: "x" as never } }],
    ["servers", { servers: ["Support API"] }],
    ["servers", { servers: ["http://tickets.example.com"] }],
  ])("a wrong %s is refused by name: %j", (field, options) => {
    expect(() => open(options)).toThrow(TypeError);
    expect(() => open(options)).toThrow(new RegExp(`^${field}: (?!.*mcpstack_sk_)`));
  });
});

describe("one flight", () => {
  test("50 calls at once lead to one getToken and one exchange", async () => {
    const getToken = vi.fn(async () => "app-secret-alice");
    const { fetch } = open({ auth: { mode: "app-token", getToken } }).server("support-api");
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(echo())));
    expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
    expect(getToken).toHaveBeenCalledTimes(1);
    expect(gateway.exchanges).toHaveLength(1);
  });

  test("50 calls that are all answered 401 lead to one more exchange", async () => {
    const { fetch } = open().server("support-api");
    await fetch(echo());
    gateway.revokeAll();
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(echo())));
    expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
    expect(gateway.exchanges).toHaveLength(2);
  });

  test("a caller who stops waiting leaves the exchange to the others", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { fetch } = open({ auth: { mode: "app-token", getToken: () => promise } }).server("support-api");
    const leaving = new AbortController();
    const left = fetch(echo(), { signal: leaving.signal });
    const stays = fetch(echo());
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    resolve("app-secret-alice");
    expect((await stays).status).toBe(200);
    expect(gateway.exchanges).toHaveLength(1);
    expect(gateway.calls).toHaveLength(1);
  });
});

describe("renewal", () => {
  test.each([
    [3600, 3539, 1],
    [3600, 3541, 2],
    [300, 269, 1],
    [300, 271, 2],
  ])("a token of %i s is used after %i s with %i exchange(s) in all", async (life, after, exchanges) => {
    gateway.life = life;
    const { fetch } = open().server("support-api");
    await fetch(echo());
    later(after * 1000);
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(echo())));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(gateway.exchanges).toHaveLength(exchanges);
  });

  test("the state stays ready while a token that still works is renewed", async () => {
    const agent = open();
    await agent.connect();
    later(3_550_000);
    const seen: string[] = [];
    agent.subscribe(() => seen.push(agent.getSnapshot().status));
    await agent.server("support-api").fetch(echo());
    expect(seen).toEqual(["ready"]);
  });

  test("a renewal that meets an outage leaves the working token in use, and is not tried at each call", async () => {
    const agent = open();
    await agent.connect();
    later(3_550_000);
    gateway.answers.push(() => new Response("down", { status: 502 }));
    const { fetch } = agent.server("support-api");
    expect((await fetch(echo())).status).toBe(200);
    expect((await fetch(echo())).status).toBe(200);
    expect(agent.getSnapshot().status).toBe("ready");
    expect(gateway.exchanges).toHaveLength(2);
  });

  test("a renewal that is refused drops the working token", async () => {
    const agent = open();
    await agent.connect();
    later(3_550_000);
    const refused = { error: "access_denied", reason: "agent_not_linked" };
    gateway.answers.push(() => Response.json(refused, { status: 403 }));
    await expect(agent.server("support-api").fetch(echo())).rejects.toMatchObject({ reason: "agent_not_linked" });
    expect(agent.getSnapshot().status).toBe("failed");
  });

  test("an expired token is dropped and the state says so without a call", async () => {
    gateway.life = 0.2;
    const agent = open();
    await agent.connect();
    expect(agent.getSnapshot().status).toBe("ready");
    await vi.waitFor(() => expect(agent.getSnapshot().servers).toEqual({ "support-api": { status: "idle" } }));
    expect(agent.getSnapshot().user).toBeNull();
    expect((await agent.server("support-api").fetch(echo())).status).toBe(200);
  });
});

describe("a 401", () => {
  const again = async (input: (url: string) => string | URL | Request, init?: RequestInit & { duplex?: "half" }) => {
    const agent = open();
    await agent.connect();
    gateway.revokeAll();
    const answer = await agent.server("support-api").fetch(input(echo()), init);
    return { agent, answer, sent: gateway.calls.map((call) => call.body) };
  };
  const stream = () => new Blob(["text"]).stream();

  test.each<[string, RequestInit]>([
    ["no body", {}],
    ["a text", { method: "POST", body: "text" }],
    ["bytes", { method: "POST", body: new TextEncoder().encode("text") }],
    ["a blob", { method: "POST", body: new Blob(["text"]) }],
    ["a form", { method: "POST", body: new URLSearchParams({ text: "text" }) }],
  ])("a call with %s is repeated once with another token", async (_, init) => {
    const { answer, sent } = await again((url) => url, init);
    expect(answer.status).toBe(200);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toBe(sent[0]);
    expect(gateway.exchanges).toHaveLength(2);
  });

  test.each<[string, () => Promise<{ agent: AppAgent; answer: Response; sent: string[] }>]>([
    ["a stream", () => again((url) => url, { method: "POST", body: stream(), duplex: "half" })],
    ["a Request's body", () => again((url) => new Request(url, { method: "POST", body: "text" }))],
  ])("a call with %s is not repeated, and the next call has another token", async (_, call) => {
    const { agent, answer, sent } = await call();
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ error: "invalid_token" });
    expect(sent).toHaveLength(1);
    expect(agent.getSnapshot().status).toBe("idle");
    expect((await agent.server("support-api").fetch(echo())).status).toBe(200);
  });

  test("a Request without a body is repeated", async () => {
    const { answer } = await again((url) => new Request(url, { method: "DELETE", headers: { "x-one": "1" } }));
    expect(answer.status).toBe(200);
    expect(gateway.calls.map((call) => call.request.headers.get("x-one"))).toEqual(["1", "1"]);
  });

  test("a second 401 is the caller's", async () => {
    const revoking: typeof fetch = (input, init) => {
      gateway.revokeAll();
      return fetch(input, init);
    };
    const agent = open({ fetch: revoking });
    const answer = await agent.server("support-api").fetch(echo());
    expect(answer.status).toBe(401);
    expect(gateway.exchanges).toHaveLength(2);
    expect(gateway.calls).toHaveLength(2);
  });

  test("a 401 that is not about the token is the caller's", async () => {
    const own = new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } });
    const agent = open({ fetch: async (input, init) => (String(input) === echo() ? own : fetch(input, init)) });
    expect(await agent.server("support-api").fetch(echo())).toBe(own);
    expect(gateway.exchanges).toHaveLength(1);
  });
});

describe("where the token goes", () => {
  test.each([
    ["another origin", () => "https://evil.example/s/support-api/mcp"],
    ["another port", () => "http://127.0.0.1:1/s/support-api/mcp"],
    ["another server", () => `${gateway.origin}/s/tickets/mcp`],
    ["a longer slug", () => `${gateway.origin}/s/support-api-2/mcp`],
    ["dot segments", () => `${gateway.origin}/s/support-api/%2e%2e/tickets/mcp`],
    ["userinfo", () => `${gateway.origin.replace("//", "//x@")}/s/support-api/mcp`],
  ])("%s is refused before any request", async (_, address) => {
    const { fetch } = open().server("support-api");
    await expect(fetch(address())).rejects.toMatchObject({ reason: "address_not_of_server" });
    await expect((async () => fetch(new Request(address())))()).rejects.toThrow();
    expect(gateway.exchanges).toHaveLength(0);
    expect(gateway.calls).toHaveLength(0);
  });

  test("the caller's headers go along, but no cookie and no authorization of its own", async () => {
    const asked: RequestInit[] = [];
    const watched: typeof fetch = (input, init) => {
      asked.push(init ?? {});
      return fetch(input, init);
    };
    const headers = { authorization: "Bearer mine", "mcp-session-id": "s1" };
    await open({ fetch: watched }).server("support-api").fetch(echo(), { headers, credentials: "include" });
    expect(asked[1]).toMatchObject({ credentials: "omit", redirect: "error" });
    expect(Object.fromEntries(new Headers(asked[1]?.headers))).toEqual({
      authorization: expect.stringMatching(/^Bearer mcp-secret-alice-\d+$/),
      "mcp-session-id": "s1",
    });
  });

  test("no token is in a snapshot, in the agent, in an error or on the console", async () => {
    const printed = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
    const agent = open();
    const shown: unknown[] = [agent];
    agent.subscribe(() => shown.push(agent.getSnapshot(), JSON.stringify(agent.getSnapshot())));
    await agent.connect();
    await agent.server("support-api").fetch(echo());
    gateway.revokeAll();
    gateway.answers.push(() => Response.json({ error: "invalid_grant", reason: "token_expired" }, { status: 400 }));
    shown.push(
      await agent
        .server("support-api")
        .fetch(echo())
        .catch((error: unknown) => error),
    );
    shown.push(agent.server("support-api"), await agent.server("support-api").transport());
    const { inspect } = await import("node:util");
    const text = inspect(shown, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(shown);
    expect(text).toContain("token_expired");
    expect(text).not.toMatch(/(?:app|mcp)-secret/);
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });
});

describe("the official client", () => {
  test("transport() is what client.connect takes", async () => {
    const agent = open();
    const client = new Client({ name: "app", version: "1" });
    await client.connect(await agent.server("support-api").transport());
    gateway.revokeAll();
    expect(await client.callTool({ name: "whoami" })).toMatchObject({ content: [{ text: "alice" }] });
    expect(gateway.exchanges).toHaveLength(2);
    await client.close();
  });
});
