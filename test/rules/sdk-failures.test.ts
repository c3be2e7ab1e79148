// What keeps the embedded SDK from a token: each a state with a reason code, each call rejected with it, none unhandled.
import { describe, expect, test, vi } from "vitest";
import { type AppAgent, AppAgentError } from "../../src/sdk/index.ts";
import { embeddedApp } from "../rig/embedded-app.ts";

const app = embeddedApp();
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
    const agent = app.open({ auth: { mode: "app-token", getToken } });
    const snapshot = await agent.connect();
    expect(snapshot).toMatchObject({ status: "failed", user: null, error: { reason: "get_token_failed", seen } });
    expect(stateOf(agent)).toMatchObject({ status: "failed", field: "auth.getToken", retryable: true });
    await expect(app.call(agent)).rejects.toBeInstanceOf(AppAgentError);
    expect(app.gateway.exchanges).toHaveLength(0);
  });

  test("its own error is the cause", async () => {
    const own = new Error("signed out");
    const agent = app.open({ auth: { mode: "app-token", getToken: () => Promise.reject(own) } });
    await expect(app.call(agent)).rejects.toMatchObject({ reason: "get_token_failed", cause: own });
  });

  test("that recovers is asked again by the next call", async () => {
    const getToken = vi.fn(() => "app-secret-alice").mockImplementationOnce(() => "");
    const agent = app.open({ auth: { mode: "app-token", getToken } });
    await agent.connect();
    expect((await app.call(agent)).status).toBe(200);
    expect(agent.getSnapshot()).toMatchObject({ status: "ready", error: null });
  });

  test("that fails while the old token still works ends the old token too", async () => {
    const getToken = vi.fn(() => "app-secret-alice");
    const agent = app.open({ auth: { mode: "app-token", getToken } });
    await agent.connect();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_550_000 });
    getToken.mockImplementation(() => "");
    await expect(app.call(agent)).rejects.toMatchObject({ reason: "get_token_failed" });
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
    app.gateway.answers.push(() => Response.json(told, { status: 400 }));
    const agent = app.open();
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
    app.gateway.answers.push(answer);
    const agent = app.open();
    const { error } = await agent.connect();
    expect(error).toMatchObject(expected);
    expect(JSON.stringify(error)).not.toContain("app-secret");
    expect((await app.call(agent)).status).toBe(200);
  });

  test("a redirect is not followed, so the app's token goes nowhere else", async () => {
    app.gateway.answers.push(() => Response.redirect(`${app.gateway.origin}/s/tickets/embedded/exchange`, 307));
    expect((await app.open().connect()).error).toMatchObject({ reason: "network" });
    expect(app.gateway.exchanges).toHaveLength(1);
  });

  test("an answer that takes too long is `network` too", async () => {
    const limit = AbortSignal.timeout.bind(AbortSignal);
    const asked = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => limit(50));
    app.gateway.answers.push(() => new Promise(() => {}));
    expect((await app.open().connect()).error).toMatchObject({ reason: "network", retryable: true });
    expect(asked).toHaveBeenCalledWith(20_000);
  });

  test("no answer at all is `network`, and names what to check", async () => {
    const agent = app.open({ gatewayUrl: "http://127.0.0.1:1" });
    const { error } = await agent.connect();
    expect(error).toMatchObject({ reason: "network", field: "allowedOrigins", retryable: true });
    expect(error?.message).toContain("http://127.0.0.1:1/s/support-api");
  });
});
