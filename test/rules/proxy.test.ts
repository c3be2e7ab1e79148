// The proxy's small rules: challenges, origins, preflights, headers, sessions, scopes, bounded memory.
import { describe, expect, test } from "vitest";
import { BoundedMemory } from "../../src/worker/oauth/bounded-memory.ts";
import { bearerChallenge, challengeScopes } from "../../src/worker/oauth/challenge.ts";
import { preflightHeaders } from "../../src/worker/oauth/cors.ts";
import { clientHeaders, runtimeAddress, runtimeHeaders } from "../../src/worker/oauth/forward-headers.ts";
import { originAllowed } from "../../src/worker/oauth/origin-policy.ts";
import { joinSession, splitSession } from "../../src/worker/oauth/session-id.ts";
import { covers, missingScopes, neededScopes } from "../../src/worker/oauth/tool-scopes.ts";

const resourceMetadata = "https://gw.example/.well-known/oauth-protected-resource/s/a/mcp";

describe("P-18 one Bearer challenge, each parameter quoted and once", () => {
  test("without credentials it names no error", () => {
    expect(bearerChallenge({ realm: "mcp", scope: ["b", "a"], resourceMetadata })).toBe(
      `Bearer realm="mcp", scope="b a", resource_metadata="${resourceMetadata}"`,
    );
  });

  test("no scopes, no parameter", () => {
    expect(bearerChallenge({ realm: "mcp", error: null, scope: [], resourceMetadata })).not.toContain("scope");
  });

  test("values cannot leave their quotes or the line", () => {
    const header = bearerChallenge({
      realm: "mcp",
      error: "invalid_token",
      errorDescription: 'a", scope="admin\\ \r\nX: ü',
      resourceMetadata,
    });
    expect(header.match(/"/g)).toHaveLength(8);
    expect(header).not.toContain("scope=");
    expect(header).toMatch(/^[\x20-\x7e]+$/);
    expect(header).not.toContain("\\");
  });

  test.each([
    [
      ["a", "b"],
      ["a", "b"],
      ["b", "a"],
    ],
    [
      ["b", "a"],
      ["b", "a"],
      ["a", "b"],
    ],
    [["a", "b", "a"], [], ["b", "a"]],
    [["a"], ["a"], ["a"]],
    [[], [], []],
  ])("scopes %j beside published %j are challenged as %j", (scopes, published, expected) => {
    expect(challengeScopes(scopes, published)).toEqual(expected);
  });
});

describe("28 origins", () => {
  const own = ["https://gw.example", "https://a.mcp.example"];
  const cases: [string | null, string[], boolean][] = [
    [null, [], true],
    ["https://gw.example", [], true],
    ["https://a.mcp.example", [], true],
    ["https://evil.example", [], false],
    ["null", [], false],
    ["null", ["*"], false],
    ["null", ["null"], false],
    ["", ["*"], false],
    ["https://evil.example", ["*"], true],
    ["chrome-extension://abc", ["*"], true],
    ["https://app.example", ["https://app.example"], true],
    ["https://app.example:8443", ["https://app.example"], false],
    ["http://app.example", ["https://app.example"], false],
    ["https://app.example.evil.example", ["https://app.example"], false],
    ["https://app.example, https://evil.example", ["*"], false],
    ["https://gw.example/", [], false],
    ["http://127.0.0.1:8787", [], false],
  ];
  test.each(cases)("%j with list %j passes: %j", (origin, allowed, passes) => {
    expect(originAllowed(origin, own, { allowedOrigins: allowed, agents: [] })).toBe(passes);
  });

  const agents = [{ allowedOrigins: ["https://app.example"] }, { allowedOrigins: ["https://*.preview.example"] }];
  test.each([
    ["https://app.example", true],
    ["https://one.preview.example", true],
    ["https://server.example", true],
    ["https://preview.example", false],
    ["https://a.one.preview.example", false],
    ["https://one.preview.example:8443", false],
    ["https://evil.example", false],
    ["null", false],
  ])("%j passes beside a server's list and two linked agents': %j", (origin, passes) => {
    expect(originAllowed(origin, own, { allowedOrigins: ["https://server.example"], agents })).toBe(passes);
  });
});

test.each([
  ["authorization, mcp-param-x", "authorization, mcp-param-x"],
  [null, /^Authorization, /],
  ["x\r\nSet-Cookie: a", /^Authorization, /],
  ["x".repeat(3000), /^Authorization, /],
])("P-112 a preflight that asks for %j is answered", (requested, allowed) => {
  const headers = preflightHeaders(requested);
  expect(headers["Access-Control-Allow-Headers"]).toMatch(allowed);
  expect(headers["Access-Control-Allow-Origin"]).toBe("*");
  expect(headers["Access-Control-Allow-Credentials"]).toBeUndefined();
});

describe("P-109 headers", () => {
  test.each([
    "Authorization",
    "Cookie",
    "Host",
    "DPoP",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Real-IP",
    "CF-Connecting-IP",
    "True-Client-IP",
    "Proxy-Authorization",
    "Connection",
    "TE",
    "Upgrade",
    "Origin",
    "X-MCPStack-User",
    "x-mcpstack-assertion",
    "X_MCPStack_Assertion",
    "X-User-Id",
    "Mcp-Session-Id",
    "Content-Encoding",
    "If-None-Match",
  ])("%s never arrives at the runtime as it was sent", (name) => {
    expect(runtimeHeaders([[name, "x"]])).toEqual({});
  });

  test.each([
    "Accept",
    "Content-Type",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Param-Region",
    "traceparent",
    "tracestate",
    "baggage",
    "User-Agent",
  ])("%s arrives", (name) => expect(runtimeHeaders([[name, "x"]])).toEqual({ [name.toLowerCase()]: "x" }));

  test("RFC 9110 §7.6.1 what Connection nominates stays behind", () => {
    expect(
      runtimeHeaders([
        ["Connection", "close, Mcp-Param-A"],
        ["Mcp-Param-A", "x"],
      ]),
    ).toEqual({});
  });

  test.each([
    "Set-Cookie",
    "Access-Control-Allow-Origin",
    "WWW-Authenticate",
    "Clear-Site-Data",
    "Strict-Transport-Security",
    "Location",
    "Cache-Control",
    "Transfer-Encoding",
    "X-MCPStack-User",
    "Service-Worker-Allowed",
  ])("%s of the runtime does not reach the client", (name) => expect(clientHeaders([[name, "x"]])).toEqual({}));

  test.each(["Content-Type", "Mcp-Param-A", "Retry-After", "Allow", "X-Request-Id"])("%s does", (name) => {
    expect(clientHeaders([[name, "x"]])).toEqual({ [name.toLowerCase()]: "x" });
  });
});

test.each([
  ["https://r.example/mcp", "", "https://r.example/mcp"],
  ["https://r.example/mcp", "?a=1&b=%20", "https://r.example/mcp?a=1&b=%20"],
  ["https://r.example/mcp?t=1", "?a=1", "https://r.example/mcp?t=1&a=1"],
  ["https://r.example/mcp?t=1", "?t=2&%74=3", "https://r.example/mcp?t=1"],
  ["https://r.example/mcp", "?access_token=x&a=1", "https://r.example/mcp?a=1"],
  ["https://r.example/mcp", "?Access%5FToken=x", "https://r.example/mcp"],
  ["https://r.example/mcp", "?/../admin", "https://r.example/mcp?/../admin"],
])("%s with the client's %j is %s", (runtime, query, address) => {
  expect(runtimeAddress(runtime, query)).toBe(address);
});

test.each([
  ["a.b", { sessionId: "a", proof: "b" }],
  ["a.b.c", { sessionId: "a.b", proof: "c" }],
  ["abc", null],
  [".b", null],
  ["a.", null],
  ["a b.c", null],
])("session id %j is split into %j", (value, halves) => {
  expect(splitSession(value)).toEqual(halves);
  if (halves) expect(joinSession(halves.sessionId, halves.proof)).toBe(value);
});

describe("P-17 scopes", () => {
  const cases: [string, string, boolean][] = [
    ["tickets.read", "tickets.read", true],
    ["tickets", "tickets.read", true],
    ["repo", "repo:status", true],
    ["tickets.*", "tickets.read", true],
    ["tickets:*", "tickets:a:b", true],
    ["tickets.read", "tickets", false],
    ["tickets.read", "tickets.write", false],
    ["ticket", "tickets.read", false],
    ["Tickets", "tickets.read", false],
    ["Mail.Read", "Mail.Read.Shared", false],
    ["*", "tickets.read", false],
    [".*", "tickets.read", false],
    ["https://x.example/auth/a", "https://x.example/auth/a.readonly", false],
    ["", "tickets.read", false],
  ];
  test.each(cases)("%j covers %j: %j", (granted, needed, expected) => expect(covers(granted, needed)).toBe(expected));

  test.each<[string, string, string[]]>([
    ["admin", "read", []],
    ["admin", "write purge", ["purge"]],
    ["owner", "read write", []],
    ["write", "admin", ["admin"]],
    ["", "read", ["read"]],
    ["owner.*", "read", []],
    ["around", "about around", []],
  ])("what an operator says includes what: %j for %j lacks %j", (granted, needed, missing) => {
    const broader = [
      { name: "owner", scopes: ["admin"] },
      { name: "admin", scopes: ["read", "write"] },
      { name: "owner.all", scopes: ["owner"] },
      { name: "around", scopes: ["about"] },
      { name: "about", scopes: ["around"] },
    ];
    // Nothing that is granted covers a name by half: `owner.*` is what the operator called owner.all.
    expect(missingScopes(granted.split(" "), needed.split(" "), broader)).toEqual(missing);
  });

  test("a call needs the scopes of every tool in it, once", () => {
    const tools = [
      { name: "a", scopes: ["x", "y"] },
      { name: "b", scopes: ["y", "z"] },
      { name: "c", scopes: ["w"] },
    ];
    expect(neededScopes(tools, ["a", "b", "unlisted"])).toEqual(["x", "y", "z"]);
    expect(missingScopes(["x", "z"], ["x", "y", "z"])).toEqual(["y"]);
  });
});

describe("a bounded memory", () => {
  test("forgets the oldest when it is full, and never grows past its weight", () => {
    const memory = new BoundedMemory<number>(10);
    for (let i = 0; i < 100; i++) memory.set(`k${i}`, i, { weight: 3, until: 100 });
    expect(memory.size).toBe(3);
    expect(memory.get("k99", 0)).toBe(99);
    expect(memory.get("k96", 0)).toBeUndefined();
  });

  test("a value ends at its time, and one that is too heavy is not kept", () => {
    const memory = new BoundedMemory<number>(10);
    memory.set("a", 1, { weight: 1, until: 5 });
    expect([memory.get("a", 4), memory.get("a", 5)]).toEqual([1, undefined]);
    memory.set("b", 1, { weight: 11, until: 5 });
    expect(memory.get("b", 0)).toBeUndefined();
  });

  test("replacing a value does not count it twice", () => {
    const memory = new BoundedMemory<number>(10);
    for (let i = 0; i < 50; i++) memory.set("a", i, { weight: 5, until: 5 });
    memory.set("b", 1, { weight: 5, until: 5 });
    expect(memory.size).toBe(2);
  });
});
