// The way to the runtime: what arrives there, what comes back, whose session and whose credential it is.
import { jwtVerify } from "jose";
import { describe, expect, inject, test } from "vitest";
import {
  assertionRules,
  call,
  door,
  echoed,
  freshKey,
  keySet,
  knock,
  mcpUrl,
  now,
  origin,
  refusal,
  seen,
  token,
} from "./proxy-visit.ts";

describe("23 what arrives at the runtime", () => {
  test("GHSA-g53w-w6mj-hrpp no identity of the client's own making, and never its token (P-25)", async () => {
    const bearer = await token();
    const forged = {
      "X-MCPStack-User": "usr_admin000",
      "X-MCPStack-Assertion": "forged",
      "X-MCPStack-Request-Id": "forged",
      "X-Forwarded-For": "1.2.3.4",
      "X-Forwarded-Host": "evil.example",
      "X-Real-IP": "1.2.3.4",
      "CF-Connecting-IP": "1.2.3.4",
      "True-Client-IP": "1.2.3.4",
      Forwarded: "for=1.2.3.4",
      Cookie: "__Host-session=1",
      DPoP: "proof",
      "Proxy-Authorization": "Basic eA==",
      Origin: origin,
      "X-Internal-Role": "admin",
    };
    const { headers } = await echoed(await knock(door(), { bearer, headers: forged }));
    for (const name of Object.keys(forged)) {
      if (!/assertion|request-id/i.test(name)) expect(headers[name.toLowerCase()], name).toBeUndefined();
    }
    expect(JSON.stringify(headers)).not.toContain(bearer);
    expect(JSON.stringify(headers)).not.toContain("forged");
    expect(headers.authorization).toBe("Bearer downstream-of-usr_alice000");
    expect(headers["x-mcpstack-request-id"]).toBe("req_1");
  });

  test("P-109 an assertion that says who calls, for this server only", async () => {
    const { headers } = await echoed(await knock(door()));
    const assertion = headers["x-mcpstack-assertion"] ?? "";
    const { payload } = await jwtVerify(assertion, keySet, assertionRules);
    expect(payload).toMatchObject({
      iss: origin,
      aud: mcpUrl,
      sub: "usr_alice000",
      org: "org_acme0000",
      server: "srv_support0",
      gateway: "gw_support00",
      client_id: "client-1",
      client_name: "Client One",
      workspace: "acme",
      scope: "tickets.read",
      channel: "oauth",
      grant: "grt_alice000",
      iat: now,
      exp: now + 300,
    });
    await expect(
      jwtVerify(assertion, keySet, { ...assertionRules, audience: `${origin}/s/other/mcp` }),
    ).rejects.toThrow(/aud/);
  });

  test("an assertion is signed once per caller, and never shared between callers", async () => {
    let time = now;
    const at = door({}, { time: () => time });
    const asserted = async (claims = {}) =>
      (await echoed(await knock(at, { bearer: await token(claims) }))).headers["x-mcpstack-assertion"];
    const first = await asserted();
    expect(await asserted({ jti: "another token of hers" })).toBe(first);
    for (const claims of [
      { sub: "usr_bob00000" },
      { cid: "client-2" },
      { scope: "tickets" },
      { gid: "grt_2" },
      { ws: "other" },
    ]) {
      expect(await asserted(claims)).not.toBe(first);
    }
    time += 241;
    expect(await asserted()).not.toBe(first);
  });

  test("P-102 protocol headers, trace context and the body arrive unchanged", async () => {
    const sent = {
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Method": "ping",
      "Mcp-Param-Region": "=?base64?w7w=?=",
      Accept: "application/json, text/event-stream",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "User-Agent": "client/1",
    };
    const body = '{ "jsonrpc":"2.0", "id":1,"method":"p\\u0069ng" , "params":{"_meta":{"x":"ü"}} }';
    const got = await echoed(await knock(door(), { body, headers: sent }));
    for (const [name, value] of Object.entries(sent)) expect(got.headers[name.toLowerCase()]).toBe(value);
    expect(got.body).toBe(body);
    expect(got.headers["mcp-protocol-version"]).toBe("2026-07-28");
  });

  test("P-115 a version that the client did not send is not made up", async () => {
    const got = await echoed(await knock(door()));
    expect(got.headers["mcp-protocol-version"]).toBeUndefined();
    expect(got.headers["mcp-method"]).toBeUndefined();
  });

  test("the query travels behind the operator's, without a token in it, and the path does not", async () => {
    const at = door({ behaviour: "/do/echo/q?tenant=acme" });
    const got = await echoed(await knock(at, { url: `${mcpUrl}/?a=1&tenant=evil&access_token=x` }));
    expect(got.url).toBe("/do/echo/q?tenant=acme&a=1");
  });

  test.each(["GET", "DELETE"])("P-113 %s passes on without a body", async (method) => {
    expect(await echoed(await knock(door(), { method }))).toMatchObject({ method, body: "" });
  });

  test("HEAD passes on", async () => {
    const key = freshKey();
    expect((await knock(door({ behaviour: `/do/echo/${key}` }), { method: "HEAD" })).status).toBe(200);
    expect((await seen(key)).hits).toMatchObject([{ method: "HEAD" }]);
  });
});

describe("what comes back", () => {
  test("25 nothing is kept by a cache, and nothing acts on the gateway's origin (P-107)", async () => {
    const { headers } = await knock(door());
    expect(headers.get("cache-control")).toBe("no-store");
    for (const name of ["set-cookie", "etag", "clear-site-data", "x-mcpstack-user"])
      expect(headers.get(name)).toBeNull();
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("mcp-extra")).toBe("kept");
  });

  test.each([
    [400, '{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"version"}}'],
    [404, '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"unknown"}}'],
    [405, "no"],
    [500, '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"broken"}}'],
    [202, ""],
  ])("P-105 status %i and its body are preserved", async (code, body) => {
    const at = door({ behaviour: `/do/status/x?code=${code}&body=${encodeURIComponent(body)}` });
    const answer = await knock(at);
    expect([answer.status, await answer.text()]).toEqual([code, body]);
  });

  test.each([301, 302, 303, 307, 308])("26 a %i is neither followed nor relayed", async (code) => {
    const key = freshKey();
    const target = encodeURIComponent(`${inject("runtimeUrl")}/do/echo/${key}`);
    const refused = await refusal(knock(door({ behaviour: `/do/status/x?code=${code}&location=${target}` })));
    expect(refused).toMatchObject({ status: 502, reason: "runtime_redirected" });
    expect((await seen(key)).hits).toEqual([]);
  });

  test.each([401, 403])("a runtime's %i is not taken for a verdict on the client's token", async (code) => {
    const at = door({ behaviour: `/do/status/x?code=${code}&www-authenticate=Bearer` });
    const refused = await refusal(knock(at));
    expect(refused).toMatchObject({
      status: 502,
      reason: "runtime_refused",
      detail: { seen: `HTTP ${code}`, attempt: "grt_alice000" },
    });
  });

  test("a platform's error page is not relayed", async () => {
    const at = door({ behaviour: "/do/status/x?code=503&type=text/html&body=<h1>down</h1>&retry-after=7" });
    expect(await refusal(knock(at))).toMatchObject({
      status: 502,
      reason: "runtime_unavailable",
      detail: { retryAfter: 7, seen: "HTTP 503" },
    });
  });

  test("a runtime that is down is a 502 with the attempt, at once", async () => {
    const refused = await refusal(knock(door({ runtimeUrl: `${inject("deadUrl")}/mcp` })));
    expect(refused).toMatchObject({ status: 502, reason: "runtime_unavailable", detail: { attempt: "grt_alice000" } });
  });

  test("a runtime that hangs is a 502 in time, and a tool may take longer than a list", async () => {
    const at = () => door({ behaviour: "/do/hang/x" }, { limits: { promptMs: 100, patientMs: 400 } });
    const took = async (message: object) => {
      const began = Date.now();
      expect(await refusal(knock(at(), { message }))).toMatchObject({ status: 502, reason: "runtime_unavailable" });
      return Date.now() - began;
    };
    expect(await took(call("tools/list"))).toBeLessThan(350);
    expect(await took(call("tools/call", { name: "list_tickets" }))).toBeGreaterThanOrEqual(390);
  });

  test("a runtime that is this gateway, or inside its network, is not called", async () => {
    const own = door({ runtimeUrl: `${origin}/s/support-api/mcp` });
    expect(await refusal(knock(own))).toMatchObject({ status: 502, reason: "outbound_refused" });
    const inside = door({}, { allowPrivateNetwork: false });
    expect(await refusal(knock(inside))).toMatchObject({ status: 502, reason: "outbound_refused" });
  });
});
