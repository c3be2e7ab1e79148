// Calls through the embedded SDK: repeated once after a 401, the token sent to one server and shown nowhere.
import { Client } from "@modelcontextprotocol/client";
import { describe, expect, test, vi } from "vitest";
import type { AppAgent } from "../../src/sdk/index.ts";
import { embeddedApp } from "../rig/embedded-app.ts";

const app = embeddedApp();

describe("a 401", () => {
  const again = async (input: (url: string) => string | URL | Request, init?: RequestInit & { duplex?: "half" }) => {
    const agent = app.open();
    await agent.connect();
    app.gateway.revokeAll();
    const answer = await agent.server("support-api").fetch(input(app.echo), init);
    return { agent, answer, sent: app.gateway.calls.map((call) => call.body) };
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
    expect(app.gateway.exchanges).toHaveLength(2);
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
    expect((await agent.server("support-api").fetch(app.echo)).status).toBe(200);
  });

  test("a Request without a body is repeated", async () => {
    const { answer } = await again((url) => new Request(url, { method: "DELETE", headers: { "x-one": "1" } }));
    expect(answer.status).toBe(200);
    expect(app.gateway.calls.map((call) => call.request.headers.get("x-one"))).toEqual(["1", "1"]);
  });

  test("a late 401 for an earlier token does not drop its successor", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const slow: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (String(input).endsWith("slow") && answer.status === 401) await held;
      return answer;
    };
    const agent = app.open({ fetch: slow });
    await agent.connect();
    app.gateway.revokeAll();
    const late = agent.server("support-api").fetch(`${app.echo}/slow`);
    await vi.waitFor(() => expect(app.gateway.calls).toHaveLength(1));
    expect((await app.call(agent)).status).toBe(200);
    release();
    expect((await late).status).toBe(200);
    expect(app.gateway.exchanges).toHaveLength(2);
  });

  test("a second 401 is the caller's", async () => {
    const revoking: typeof fetch = (input, init) => {
      app.gateway.revokeAll();
      return fetch(input, init);
    };
    const agent = app.open({ fetch: revoking });
    const answer = await agent.server("support-api").fetch(app.echo);
    expect(answer.status).toBe(401);
    expect(app.gateway.exchanges).toHaveLength(2);
    expect(app.gateway.calls).toHaveLength(2);
  });

  test("a 401 that is not about the token is the caller's", async () => {
    const own = new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } });
    const agent = app.open({ fetch: async (input, init) => (String(input) === app.echo ? own : fetch(input, init)) });
    expect(await agent.server("support-api").fetch(app.echo)).toBe(own);
    expect(app.gateway.exchanges).toHaveLength(1);
  });
});

describe("where the token goes", () => {
  test.each([
    ["another origin", () => "https://evil.example/s/support-api/mcp"],
    ["another port", () => "http://127.0.0.1:1/s/support-api/mcp"],
    ["another server", () => `${app.gateway.origin}/s/tickets/mcp`],
    ["a longer slug", () => `${app.gateway.origin}/s/support-api-2/mcp`],
    ["dot segments", () => `${app.gateway.origin}/s/support-api/%2e%2e/tickets/mcp`],
    ["userinfo", () => `${app.gateway.origin.replace("//", "//x@")}/s/support-api/mcp`],
  ])("%s is refused before any request", async (_, address) => {
    const { fetch } = app.open().server("support-api");
    await expect(fetch(address())).rejects.toMatchObject({ reason: "address_not_of_server" });
    await expect((async () => fetch(new Request(address())))()).rejects.toThrow();
    expect(app.gateway.exchanges).toHaveLength(0);
    expect(app.gateway.calls).toHaveLength(0);
  });

  test("the caller's headers go along, but no cookie and no authorization of its own", async () => {
    const asked: RequestInit[] = [];
    const watched: typeof fetch = (input, init) => {
      asked.push(init ?? {});
      return fetch(input, init);
    };
    const headers = { authorization: "Bearer mine", "mcp-session-id": "s1" };
    await app.open({ fetch: watched }).server("support-api").fetch(app.echo, { headers, credentials: "include" });
    expect(asked[1]).toMatchObject({ credentials: "omit", redirect: "error" });
    expect(Object.fromEntries(new Headers(asked[1]?.headers))).toEqual({
      authorization: expect.stringMatching(/^Bearer mcp-secret-alice-\d+$/),
      "mcp-session-id": "s1",
    });
  });

  test("no token is in a snapshot, in the agent, in an error or on the console", async () => {
    const printed = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
    const agent = app.open();
    const shown: unknown[] = [agent];
    agent.subscribe(() => shown.push(agent.getSnapshot(), JSON.stringify(agent.getSnapshot())));
    await agent.connect();
    await agent.server("support-api").fetch(app.echo);
    app.gateway.revokeAll();
    app.gateway.answers.push(() => Response.json({ error: "invalid_grant", reason: "token_expired" }, { status: 400 }));
    shown.push(
      await agent
        .server("support-api")
        .fetch(app.echo)
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
    const agent = app.open();
    const client = new Client({ name: "app", version: "1" });
    await client.connect(await agent.server("support-api").transport());
    app.gateway.revokeAll();
    expect(await client.callTool({ name: "whoami" })).toMatchObject({ content: [{ text: "alice" }] });
    expect(app.gateway.exchanges).toHaveLength(2);
    await client.close();
  });
});
