// What keeps the embedded SDK from a token: each a state with a reason code, each call rejected with it, none unhandled.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type AppAgent, AppAgentError, type AppAgentOptions, createAppAgent } from "../../src/sdk/index.ts";
import { type EmbeddingGateway, startEmbeddingGateway } from "../rig/embedding-gateway.ts";

let gateway: EmbeddingGateway;
const opened: AppAgent[] = [];
const unhandled = vi.fn();
beforeAll(async () => {
  gateway = await startEmbeddingGateway();
});
afterAll(() => gateway.close());
beforeEach(() => {
  unhandled.mockReset();
  process.on("unhandledRejection", unhandled);
});
afterEach(async () => {
  for (const agent of opened.splice(0)) agent.close();
  gateway.reset();
  // Node reports a rejection that nobody took once the microtasks are done.
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
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

const call = (agent: AppAgent) => agent.server("support-api").fetch(`${gateway.origin}/s/support-api/echo`);
const stateOf = (agent: AppAgent) => agent.getSnapshot().servers["support-api"];

describe("getToken", () => {
  const kinds: [string, () => never][] = [
    ["an error", (() => Promise.reject(new Error("signed out"))) as never],
    [
      "an error",
      (() => {
        throw new Error("signed out");
      }) as never,
    ],
    ["an error", (() => Promise.reject(null)) as never],
    ["an empty string", (() => "") as never],
    ["an empty string", (() => " \n") as never],
    ["undefined", (() => undefined) as never],
    ["null", (() => Promise.resolve(null)) as never],
    ["object", (() => ({ token: "x" })) as never],
  ];
  test.each(kinds)("that gives %s is a state, and asks the gateway nothing", async (seen, getToken) => {
    const agent = open({ auth: { mode: "app-token", getToken } });
    const snapshot = await agent.connect();
    expect(snapshot).toMatchObject({ status: "failed", user: null, error: { reason: "get_token_failed", seen } });
    expect(stateOf(agent)).toMatchObject({ status: "failed", field: "auth.getToken", retryable: true });
    await expect(call(agent)).rejects.toBeInstanceOf(AppAgentError);
    expect(gateway.exchanges).toHaveLength(0);
  });

  test("its own error is the cause", async () => {
    const own = new Error("signed out");
    const agent = open({ auth: { mode: "app-token", getToken: () => Promise.reject(own) } });
    await expect(call(agent)).rejects.toMatchObject({ reason: "get_token_failed", cause: own });
  });

  test("that recovers is asked again by the next call", async () => {
    const getToken = vi.fn(() => "app-secret-alice").mockImplementationOnce(() => "");
    const agent = open({ auth: { mode: "app-token", getToken } });
    await agent.connect();
    expect((await call(agent)).status).toBe(200);
    expect(agent.getSnapshot()).toMatchObject({ status: "ready", error: null });
  });

  test("that fails while the old token still works ends the old token too", async () => {
    const getToken = vi.fn(() => "app-secret-alice");
    const agent = open({ auth: { mode: "app-token", getToken } });
    await agent.connect();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_550_000 });
    getToken.mockImplementation(() => "");
    await expect(call(agent)).rejects.toMatchObject({ reason: "get_token_failed" });
    vi.useRealTimers();
    expect(stateOf(agent)).toMatchObject({ status: "failed" });
  });
});

describe("the gateway's answer", () => {
  test("a refusal is shown with the gateway's own words", async () => {
    const told = {
      error: "invalid_request",
      error_description: "The token is for another audience. Ask for the gateway's resource.",
      reason: "token_audience",
      field: "resource",
      expected: "https://api.example.com",
      seen: "https://other.example.com",
      attempt: "att_1",
      request_id: "req_1",
    };
    gateway.answers.push(() => Response.json(told, { status: 400 }));
    const agent = open();
    const { error } = await agent.connect();
    expect(error).toEqual({
      status: "failed",
      reason: "token_audience",
      message: told.error_description,
      server: "support-api",
      field: "resource",
      expected: "https://api.example.com",
      seen: "https://other.example.com",
      attempt: "att_1",
      requestId: "req_1",
      retryable: false,
    });
  });

  const page = { headers: { "content-type": "text/html" } };
  const good = {
    access_token: "t",
    token_type: "Bearer",
    expires_in: 60,
    scope: "",
    user: { id: "u", workspace: null },
  };
  test.each<[string, () => Response, object]>([
    [
      "a page",
      () => new Response("<h1>app-secret</h1>", page),
      { reason: "answer_unreadable", seen: "HTTP 200 text/html", retryable: false },
    ],
    [
      "a 404 page",
      () => new Response("no", { ...page, status: 404 }),
      { reason: "answer_unreadable", seen: "HTTP 404 text/html", retryable: false },
    ],
    [
      "a 502 page",
      () => new Response("no", { ...page, status: 502 }),
      { reason: "answer_unreadable", seen: "HTTP 502 text/html", retryable: true },
    ],
    ["JSON that is no object", () => Response.json(null), { reason: "answer_unreadable" }],
    ["JSON without a reason", () => Response.json({}, { status: 403 }), { reason: "answer_unreadable" }],
    [
      "an OAuth error without a reason",
      () => Response.json({ error: "invalid_client" }, { status: 401 }),
      { reason: "invalid_client" },
    ],
    [
      "the gateway's own failure",
      () => Response.json({ error: "server_error", reason: "internal_error" }, { status: 500 }),
      { reason: "internal_error", retryable: true },
    ],
    ["no token", () => Response.json({ ...good, access_token: undefined }), { reason: "answer_unreadable" }],
    [
      "a token that is no header",
      () => Response.json({ ...good, access_token: "a\r\nb: c" }),
      { reason: "answer_unreadable" },
    ],
    ["a token of another type", () => Response.json({ ...good, token_type: "DPoP" }), { reason: "answer_unreadable" }],
    ["no lifetime", () => Response.json({ ...good, expires_in: "60" }), { reason: "answer_unreadable" }],
    ["a lifetime of nothing", () => Response.json({ ...good, expires_in: 0 }), { reason: "answer_unreadable" }],
    ["no user", () => Response.json({ ...good, user: undefined }), { reason: "answer_unreadable" }],
  ])("%s is a state", async (_, answer, expected) => {
    gateway.answers.push(answer);
    const agent = open();
    const { error } = await agent.connect();
    expect(error).toMatchObject(expected);
    expect(JSON.stringify(error)).not.toContain("app-secret");
    expect((await call(agent)).status).toBe(200);
  });

  test("a redirect is not followed, so the app's token goes nowhere else", async () => {
    gateway.answers.push(() => Response.redirect(`${gateway.origin}/s/tickets/embedded/exchange`, 307));
    expect((await open().connect()).error).toMatchObject({ reason: "network" });
    expect(gateway.exchanges).toHaveLength(1);
  });

  test("no answer at all is `network`, and names what to check", async () => {
    const agent = open({ gatewayUrl: "http://127.0.0.1:1" });
    const { error } = await agent.connect();
    expect(error).toMatchObject({ reason: "network", field: "allowedOrigins", retryable: true });
    expect(error?.message).toContain("http://127.0.0.1:1/s/support-api");
  });
});

describe("Retry-After", () => {
  const busy =
    (after: string, status = 503) =>
    () =>
      Response.json(
        { error: "temporarily_unavailable", reason: "rate_limited" },
        { status, headers: { "retry-after": after } },
      );

  test.each([429, 503])("a %i is tried again after the given pause, and the state says when", async (status) => {
    gateway.answers.push(busy("1", status));
    const agent = open();
    const seen: (string | undefined)[] = [];
    agent.subscribe(() => seen.push(stateOf(agent)?.status));
    const before = Date.now();
    const answer = call(agent);
    await vi.waitFor(() => expect(stateOf(agent)?.status).toBe("failed"));
    const { retryAt = 0 } = agent.getSnapshot().error ?? {};
    expect(retryAt).toBeGreaterThanOrEqual(before + 1000);
    expect(retryAt).toBeLessThanOrEqual(Date.now() + 1000);
    expect((await answer).status).toBe(200);
    expect(Date.now()).toBeGreaterThanOrEqual(retryAt - 5);
    expect(seen).toEqual(["exchanging", "failed", "exchanging", "ready"]);
  });

  test("a date is understood", async () => {
    gateway.answers.push(busy(new Date(Date.now() + 60_000).toUTCString()));
    const { error } = await open().connect();
    expect(error?.retryAt).toBeGreaterThan(Date.now() + 58_000);
  });

  test("two more tries are made and no third", async () => {
    gateway.answers.push(busy("0"), busy("0"), busy("0"));
    await expect(call(open())).rejects.toMatchObject({ reason: "rate_limited" });
    expect(gateway.exchanges).toHaveLength(3);
  });

  test("a long pause is left to the app, and calls until then ask nobody", async () => {
    gateway.answers.push(busy("60"));
    const agent = open();
    await expect(call(agent)).rejects.toMatchObject({ failure: { retryable: true } });
    await expect(call(agent)).rejects.toMatchObject({ reason: "rate_limited" });
    expect(gateway.exchanges).toHaveLength(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    expect((await call(agent)).status).toBe(200);
    vi.useRealTimers();
  });

  test("nothing is tried again once nobody waits", async () => {
    gateway.answers.push(busy("1"));
    const agent = open();
    const leaving = new AbortController();
    const answer = agent
      .server("support-api")
      .fetch(`${gateway.origin}/s/support-api/echo`, { signal: leaving.signal });
    await vi.waitFor(() => expect(stateOf(agent)?.status).toBe("failed"));
    leaving.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(gateway.exchanges).toHaveLength(1);
  });

  test("without it there is no second try", async () => {
    gateway.answers.push(() => Response.json({ error: "x", reason: "storage_unavailable" }, { status: 503 }));
    await expect(call(open())).rejects.toMatchObject({ failure: { reason: "storage_unavailable", retryable: true } });
    expect(gateway.exchanges).toHaveLength(1);
  });
});

describe("the snapshot", () => {
  test("is the same object until something changes, and frozen", async () => {
    const agent = open();
    const first = agent.getSnapshot();
    agent.update({ auth: { mode: "app-token", getToken: () => "app-secret-alice" } });
    expect(agent.getSnapshot()).toBe(first);
    await agent.connect();
    const ready = agent.getSnapshot();
    expect(ready).not.toBe(first);
    await call(agent);
    expect(agent.getSnapshot()).toBe(ready);
    for (const part of [ready, ready.servers, ready.user, ready.servers["support-api"]]) expect(part).toBeFrozen();
  });

  test("one server's failure is not another's", async () => {
    const refused = { error: "access_denied", reason: "agent_not_linked" };
    const through: typeof fetch = async (input, init) =>
      String(input).includes("/tickets/") ? Response.json(refused, { status: 403 }) : fetch(input, init);
    const agent = open({ servers: ["support-api", "tickets"], fetch: through });
    expect(await agent.connect()).toMatchObject({
      status: "failed",
      user: { id: "usr_alice", workspace: "acme" },
      error: { reason: "agent_not_linked", server: "tickets" },
      servers: { "support-api": { status: "ready", scope: "tickets.read" }, tickets: { status: "failed" } },
    });
    expect((await call(agent)).status).toBe(200);
  });

  test("a listener that throws fails no call and starves no other listener", async () => {
    const thrown = vi.fn();
    process.on("uncaughtException", thrown);
    const others = process.listeners("uncaughtException").filter((one) => one !== thrown);
    for (const one of others) process.off("uncaughtException", one);
    const agent = open();
    const second = vi.fn();
    const end = agent.subscribe(() => {
      throw new Error("the app's own");
    });
    agent.subscribe(second);
    expect((await call(agent)).status).toBe(200);
    end();
    expect(second).toHaveBeenCalledTimes(2);
    expect(thrown).toHaveBeenCalledTimes(2);
    process.off("uncaughtException", thrown);
    for (const one of others) process.on("uncaughtException", one);
  });
});
