// The embedded SDK's tokens: exchanged on first use, one flight for all callers, renewed in time.
import { describe, expect, test, vi } from "vitest";
import type { AppAgentOptions } from "../../src/sdk/index.ts";
import { embeddedApp } from "../rig/embedded-app.ts";

const app = embeddedApp();
const later = (milliseconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + milliseconds });

describe("the exchange", () => {
  test("P-87 sends the contract's body with the user's fields that are given, and nothing else of them", async () => {
    const userIdentity = { subject: "u1", email: null, organizationId: "acme", name: "Alice", avatar: "x" };
    await app.open({ appSessionKey: "sess-1", userIdentity }).connect();
    expect(app.gateway.exchanges.map(({ slug, body }) => [slug, body])).toEqual([
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
    await app.open({ fetch: watched }).connect();
    expect(asked[0]).toMatchObject({ method: "POST", credentials: "omit", cache: "no-store", redirect: "error" });
    expect(new Headers(asked[0]?.headers).get("content-type")).toBe("application/json");
  });

  test("nothing is asked before connect or a first call", async () => {
    const getToken = vi.fn(() => "app-secret-alice");
    const agent = app.open({ auth: { mode: "app-token", getToken } });
    agent.server("support-api");
    expect(agent.getSnapshot().servers).toEqual({ "support-api": { status: "idle" } });
    expect(getToken).not.toHaveBeenCalled();
    expect(app.gateway.exchanges).toHaveLength(0);
  });

  test("a server may be a full base URL, and is the same one under its slug", async () => {
    const agent = app.open({ servers: [`${app.gateway.origin}/s/support-api/`] });
    await agent.connect();
    const bySlug = agent.server("support-api");
    expect(bySlug.url).toBe(`${app.gateway.origin}/s/support-api/mcp`);
    expect(await (await bySlug.fetch(app.echo)).json()).toMatchObject({ user: "alice" });
    expect(app.gateway.exchanges).toHaveLength(1);
    expect(Object.keys(agent.getSnapshot().servers)).toEqual([`${app.gateway.origin}/s/support-api/`]);
  });

  test.each<[field: string, options: Partial<AppAgentOptions>]>([
    ["gatewayUrl", { gatewayUrl: "app.gateway.example.com" }],
    ["gatewayUrl", { gatewayUrl: "http://app.gateway.example.com" }],
    ["gatewayUrl", { gatewayUrl: "https://app.gateway.example.com/?x=1" }],
    ["gatewayUrl", { gatewayUrl: "https://user@app.gateway.example.com" }],
    ["apiKey", { apiKey: "" }],
    ["apiKey", { apiKey: "mcpstack_sk_secret" }],
    ["agentId", { agentId: "" }],
    ["auth", { auth: { mode: "cookie", getToken: () => "x" } as never }],
    ["auth", { auth: { mode: "app-token", getToken: "x" as never } }],
    ["servers", { servers: ["Support API"] }],
    ["servers", { servers: ["http://tickets.example.com"] }],
  ])("a wrong %s is refused by name: %j", (field, options) => {
    expect(() => app.open(options)).toThrow(TypeError);
    expect(() => app.open(options)).toThrow(new RegExp(`^${field}: (?!.*mcpstack_sk_)`));
  });
});

describe("one flight", () => {
  test("50 calls at once lead to one getToken and one exchange", async () => {
    const getToken = vi.fn(async () => "app-secret-alice");
    const { fetch } = app.open({ auth: { mode: "app-token", getToken } }).server("support-api");
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(app.echo)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
    expect(getToken).toHaveBeenCalledTimes(1);
    expect(app.gateway.exchanges).toHaveLength(1);
  });

  test("50 calls that are all answered 401 lead to one more exchange", async () => {
    const { fetch } = app.open().server("support-api");
    await fetch(app.echo);
    app.gateway.revokeAll();
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(app.echo)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
    expect(app.gateway.exchanges).toHaveLength(2);
  });

  test("a caller who stops waiting leaves the exchange to the others", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { fetch } = app.open({ auth: { mode: "app-token", getToken: () => promise } }).server("support-api");
    const leaving = new AbortController();
    const left = fetch(app.echo, { signal: leaving.signal });
    const stays = fetch(app.echo);
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    resolve("app-secret-alice");
    expect((await stays).status).toBe(200);
    expect(app.gateway.exchanges).toHaveLength(1);
    expect(app.gateway.calls).toHaveLength(1);
  });
});

describe("renewal", () => {
  test.each([
    [3600, 3539, 1],
    [3600, 3541, 2],
    [300, 269, 1],
    [300, 271, 2],
  ])("a token of %i s is used after %i s with %i exchange(s) in all", async (life, after, exchanges) => {
    app.gateway.life = life;
    const { fetch } = app.open().server("support-api");
    await fetch(app.echo);
    later(after * 1000);
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(app.echo)));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(app.gateway.exchanges).toHaveLength(exchanges);
  });

  test("the state stays ready while a token that still works is renewed", async () => {
    const agent = app.open();
    await agent.connect();
    later(3_550_000);
    const seen: string[] = [];
    agent.subscribe(() => seen.push(agent.getSnapshot().status));
    await agent.server("support-api").fetch(app.echo);
    expect(seen).toEqual(["ready"]);
  });

  test("a renewal that meets an outage leaves the working token in use, and is not tried at each call", async () => {
    const agent = app.open();
    await agent.connect();
    later(3_550_000);
    app.gateway.answers.push(() => new Response("down", { status: 502 }));
    const { fetch } = agent.server("support-api");
    expect((await fetch(app.echo)).status).toBe(200);
    expect((await fetch(app.echo)).status).toBe(200);
    expect(agent.getSnapshot().status).toBe("ready");
    expect(app.gateway.exchanges).toHaveLength(2);
  });

  test("a renewal that is refused drops the working token", async () => {
    const agent = app.open();
    await agent.connect();
    later(3_550_000);
    const refused = { error: "access_denied", reason: "agent_not_linked" };
    app.gateway.answers.push(() => Response.json(refused, { status: 403 }));
    await expect(agent.server("support-api").fetch(app.echo)).rejects.toMatchObject({ reason: "agent_not_linked" });
    expect(agent.getSnapshot().status).toBe("failed");
  });

  test("an expired token is dropped and the state says so without a call", async () => {
    app.gateway.life = 0.2;
    const agent = app.open();
    await agent.connect();
    expect(agent.getSnapshot().status).toBe("ready");
    await vi.waitFor(() => expect(agent.getSnapshot().servers).toEqual({ "support-api": { status: "idle" } }));
    expect(agent.getSnapshot().user).toBeNull();
    expect((await agent.server("support-api").fetch(app.echo)).status).toBe(200);
  });
});
