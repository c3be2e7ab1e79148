// One URL for every era: nothing of a runtime's answer that tells eras apart is changed, and nothing is answered for it.
import { describe, expect, inject, test } from "vitest";
import { proxy } from "../../src/worker/endpoints/proxy/index.ts";
import type { Refusal } from "../../src/worker/oauth/errors.ts";
import { ProxyError } from "../../src/worker/oauth/errors.ts";
import { render } from "../../src/worker/render.ts";
import { call, door, echoed, freshKey, knock, mcpUrl, refusal, seen, token } from "./proxy-visit.ts";

const versionKey = "io.modelcontextprotocol/protocolVersion";
const discover = call("server/discover", { _meta: { [versionKey]: "2026-07-28" } });
const modern = { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "server/discover" };
const rpc = (code: number, id: number | null = 1) =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: "as the runtime says", data: { supported: ["x"] } } });

describe("P-105 how a client tells the eras apart comes through to the byte", () => {
  test.each<[number, string, string]>([
    [404, rpc(-32601), "application/json"],
    [404, rpc(-32601), "application/json; charset=utf-8"],
    [400, rpc(-32020), "application/json"],
    [400, rpc(-32021), "application/json"],
    [400, rpc(-32022), "application/json"],
    [400, rpc(-32000, null), "application/json"],
    [404, rpc(-32001, null), "application/json"],
    [406, rpc(-32000), "application/json"],
    [400, "Bad Request: No valid session ID provided", "text/plain"],
    [400, "", "text/html"],
    [404, "<!doctype html><title>Not found</title>", "text/html"],
    [404, "", "text/plain"],
    [405, "Method Not Allowed", "text/plain"],
    [405, rpc(-32000, null), "application/json"],
    [409, "{}", "application/json"],
    [429, "{}", "application/json"],
    [500, rpc(-32603), "application/json"],
    [501, rpc(-32601), "application/json"],
  ])("%i with %j of type %s", async (code, body, type) => {
    const query = new URLSearchParams({ code: String(code), body, type });
    const answer = await knock(door({ behaviour: `/do/status/x?${query}` }), { message: discover, headers: modern });
    expect([answer.status, await answer.text(), answer.headers.get("content-type")]).toEqual([code, body, type]);
  });

  test.each(["GET", "DELETE"])("%s at a runtime of POST alone is its own 405, with what it allows", async (method) => {
    const at = door({ behaviour: "/do/status/x?code=405&body=no&type=text/plain" });
    const answer = await knock(at, { method, headers: { "MCP-Protocol-Version": "2025-11-25" } });
    expect([answer.status, await answer.text()]).toEqual([405, "no"]);
  });

  test.each([200, 202, 204])("P-113 the end of a session is the runtime's %i", async (code) => {
    const opened = await knock(door({ behaviour: "/do/status/x?code=200&mcp-session-id=s1" }));
    const headers = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
    const at = door({ behaviour: `/do/status/x?code=${code}` });
    expect((await knock(at, { method: "DELETE", headers })).status).toBe(code);
  });
});

describe("P-117 each era's own requests reach the runtime as they are", () => {
  test.each<[string, object, Record<string, string>]>([
    ["server/discover of 2026-07-28", discover, modern],
    ["initialize of 2025-11-25", call("initialize", { protocolVersion: "2025-11-25", capabilities: {} }), {}],
    ["initialize of 2024-11-05", call("initialize", { protocolVersion: "2024-11-05" }), {}],
    ["a version that nobody knows", call("ping"), { "MCP-Protocol-Version": "2031-01-01", "Mcp-Method": "ping" }],
    ["a version that is no date", call("ping"), { "MCP-Protocol-Version": "DRAFT-2026" }],
    [
      "a notification",
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { "MCP-Protocol-Version": "2025-06-18" },
    ],
    ["a response to the server's own request", { jsonrpc: "2.0", id: 9, result: { roots: [] } }, {}],
    ["an error to the server's own request", { jsonrpc: "2.0", id: 9, error: { code: -1, message: "no" } }, {}],
  ])("%s", async (_, message, headers) => {
    const got = await echoed(await knock(door(), { message, headers }));
    expect(JSON.parse(got.body)).toEqual(message);
    expect(got.headers["mcp-protocol-version"]).toBe(headers["MCP-Protocol-Version"]);
  });

  test.each(["*/*", "application/json", "application/json, application/json, text/event-stream", "text/event-stream"])(
    "P-102 the runtime negotiates: Accept %s",
    async (accept) => {
      const got = await echoed(await knock(door(), { headers: { accept, "content-type": "application/json" } }));
      expect(got.headers.accept).toBe(accept);
    },
  );

  test("P-98 a modern request carries no session, and the gateway makes up none", async () => {
    const answer = await knock(door(), { message: discover, headers: modern });
    expect(answer.headers.get("mcp-session-id")).toBeNull();
  });
});

describe("24 P-110 a state that a runtime gave one person, used by another", () => {
  test("arrives as the other person's, for the runtime to judge", async () => {
    const message = call("tools/call", { name: "list_tickets", requestState: "state-of-alice", inputResponses: {} });
    const bearer = await token({ sub: "usr_bob00000", gid: "grt_bob00000" });
    const got = await echoed(await knock(door(), { message, bearer }));
    expect(JSON.parse(got.body)).toEqual(message);
    expect(got.headers.authorization).toBe("Bearer downstream-of-usr_bob00000");
    const [, payload = ""] = (got.headers["x-mcpstack-assertion"] ?? "").split(".");
    expect(JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")))).toMatchObject({ sub: "usr_bob00000" });
  });
});

describe("25 P-107 P-108 nothing is kept for anybody", () => {
  test("the same list asked by two people twice reaches the runtime four times, whatever it says of caching", async () => {
    const key = freshKey();
    const at = door({ behaviour: `/do/echo/${key}` });
    for (const sub of ["usr_alice000", "usr_bob00000", "usr_alice000", "usr_bob00000"]) {
      const answer = await knock(at, { bearer: await token({ sub }) });
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect((await echoed(answer)).headers.authorization).toBe(`Bearer downstream-of-${sub}`);
    }
    expect((await seen(key)).hits).toHaveLength(4);
  });
});

describe("P-106 the gateway's own JSON-RPC errors", () => {
  const reserved = [-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022];
  const sent: [string, () => Promise<Refusal>][] = [
    ["broken JSON", () => refusal(knock(door(), { body: "{" }))],
    ["an empty batch", () => refusal(knock(door(), { body: "[]" }))],
    ["a batch of a later version", () => refusal(knock(door(), { message: [discover], headers: modern }))],
    ["headers that say something else", () => refusal(knock(door(), { headers: { "Mcp-Method": "ping" } }))],
    ["a modern request without its headers", () => refusal(knock(door(), { message: discover }))],
    ["a session of nobody", () => refusal(knock(door(), { headers: { "Mcp-Session-Id": "a.b" } }))],
    ["an endpoint of nobody", () => refusal(knock(door(), { url: `${mcpUrl}?mcpstack_endpoint=a.b` }))],
    ["a runtime that is down", () => refusal(knock(door({ runtimeUrl: `${inject("deadUrl")}/mcp` })))],
    ["a page that is not listed", () => refusal(knock(door(), { headers: { Origin: "https://evil.example" } }))],
  ];
  test.each(sent)("%s: a code that the protocol defines, or JSON without one", async (_, refused) => {
    const error = await refused();
    const response = await render(error, { request: new Request(mcpUrl), requestId: "req_1" });
    const body: { error: unknown } = await response.json();
    expect(response.headers.get("content-type")).toContain("application/json");
    if (error instanceof ProxyError && error.rpcCode !== null) {
      // -32001 is what the official servers say of a session that is gone.
      expect([...reserved, -32001]).toContain(error.rpcCode);
      expect(body).toMatchObject({ jsonrpc: "2.0", error: { code: error.rpcCode } });
    } else {
      expect(body.error).toEqual(expect.any(String));
    }
  });
});

test("P-103 a client that leaves a stream that a call opened is felt at the runtime in less than a second", async () => {
  const key = freshKey();
  const at = door({ behaviour: `/do/events/${key}?stay=1` });
  const request = new Request(mcpUrl, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${await token()}`,
      "Content-Type": "application/json",
      ...modern,
      "Mcp-Method": "subscriptions/listen",
    },
    body: JSON.stringify(call("subscriptions/listen", { notifications: {}, _meta: { [versionKey]: "2026-07-28" } })),
  });
  const answer = await proxy(request, { ...at.visit, limits: { keepAliveMs: 50, patientMs: 100, promptMs: 100 } });
  const reader = answer.body?.getReader();
  let text = "";
  // No limit but silence: the stream outlives both time limits of an answer's headers.
  while (text.split(": keepalive").length < 6) text += new TextDecoder().decode((await reader?.read())?.value);
  expect((await seen(key)).leftAt).toBeNull();
  await reader?.cancel();
  await expect.poll(async () => (await seen(key)).leftAt, { timeout: 1000, interval: 20 }).not.toBeNull();
});
