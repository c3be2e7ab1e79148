// The way to the runtime: what arrives there, what comes back, whose session and whose credential it is.
import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, inject, test } from "vitest";
import { sessionOwner } from "../../src/worker/oauth/session-id.ts";
import type { Outcome } from "../../src/worker/store/promises/grants.ts";
import {
  call,
  door,
  echoed,
  freshKey,
  knock,
  mcpUrl,
  now,
  origin,
  refusal,
  sealer,
  seen,
  signingKey,
  token,
} from "./proxy-visit.ts";

const keySet = createLocalJWKSet({ keys: [JSON.parse(signingKey.publicJwk)] });
const rules = {
  issuer: origin,
  audience: mcpUrl,
  algorithms: ["ES256"],
  typ: "mcpstack-assertion+jwt",
  currentDate: new Date(now * 1000),
};

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
    const { payload } = await jwtVerify(assertion, keySet, rules);
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
    await expect(jwtVerify(assertion, keySet, { ...rules, audience: `${origin}/s/other/mcp` })).rejects.toThrow(/aud/);
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

  test("a runtime that hangs is a 504 in time, and a tool may take longer than a list", async () => {
    const at = () => door({ behaviour: "/do/hang/x" }, { limits: { promptMs: 100, patientMs: 400 } });
    const took = async (message: object) => {
      const began = Date.now();
      expect(await refusal(knock(at(), { message }))).toMatchObject({ status: 504, reason: "runtime_unavailable" });
      return Date.now() - began;
    };
    expect(await took(call("tools/list"))).toBeLessThan(350);
    expect(await took(call("tools/call", { name: "list_tickets" }))).toBeGreaterThanOrEqual(390);
  });
});

describe("24 sessions belong to the person who opened them, without storage", () => {
  const opened = async () => {
    const at = door({ behaviour: "/do/status/x?code=200&mcp-session-id=runtime.session" });
    return (await knock(at, { message: call("initialize") })).headers.get("mcp-session-id") ?? "";
  };

  test("P-114 the client's id carries a proof; the runtime sees its own", async () => {
    const session = await opened();
    expect(session).toMatch(/^runtime\.session\.[\w-]{43}$/);
    const headers = { "Mcp-Session-Id": session, "Last-Event-ID": "7" };
    const got = await echoed(await knock(door(), { method: "GET", headers }));
    expect(got.headers["mcp-session-id"]).toBe("runtime.session");
    expect(got.headers["last-event-id"]).toBe("7");
  });

  test.each(["POST", "GET", "DELETE"])(
    "CVE-2026-52869 %s with somebody else's session is a 404 that reaches nobody",
    async (method) => {
      const key = freshKey();
      const at = door({ behaviour: `/do/echo/${key}` });
      const session = await opened();
      const forged = `runtime.session.${await sealer.mac("session-binding", sessionOwner("srv_other000", "usr_alice000", "runtime.session"))}`;
      const bob = await token({ sub: "usr_bob00000" });
      for (const [bearer, id] of [
        [bob, session],
        [await token(), forged],
        [await token(), "runtime.session"],
        [await token(), `x${session}`],
        [await token(), "x"],
      ] as const) {
        const headers = { "Mcp-Session-Id": id, "Last-Event-ID": "7" };
        expect(await refusal(knock(at, { method, bearer, headers }))).toMatchObject({
          status: 404,
          reason: "session_not_yours",
          rpcCode: -32001,
        });
      }
      expect((await seen(key)).hits).toEqual([]);
    },
  );

  test("an event id without a session stays here", async () => {
    const got = await echoed(await knock(door(), { method: "GET", headers: { "Last-Event-ID": "7" } }));
    expect(got.headers["last-event-id"]).toBeUndefined();
  });
});

describe("the downstream credential", () => {
  const expired = { ds: { t: "old", x: now + 30 } };
  const answering = (answer: Outcome<{ credential: { token: string; expiresAt: number | null } }>) => () =>
    Promise.resolve(answer);

  test("zero storage calls while the token carries a live one", async () => {
    const at = door();
    for (let i = 0; i < 5; i++) await knock(at);
    expect(at.storage).toEqual([]);
  });

  test("an expired one is asked for once, then remembered until it expires", async () => {
    let time = now;
    const credential = answering({ ok: true, credential: { token: "new", expiresAt: now + 60 } });
    const at = door({}, { time: () => time, credential });
    const bearer = await token(expired);
    for (let i = 0; i < 3; i++)
      expect((await echoed(await knock(at, { bearer }))).headers.authorization).toBe("Bearer new");
    expect(at.storage).toEqual(["grant"]);
    time += 30;
    await knock(at, { bearer });
    expect(at.storage).toEqual(["grant", "grant"]);
  });

  test("31 an ended grant is a 401, said once and remembered", async () => {
    const at = door({}, { credential: answering({ ok: false, reason: "provider_grant_ended" }) });
    const bearer = await token(expired);
    for (let i = 0; i < 2; i++) {
      expect(await refusal(knock(at, { bearer }))).toMatchObject({
        status: 401,
        error: "invalid_token",
        reason: "token_revoked",
      });
    }
    expect([at.storage, at.ended]).toEqual([["grant"], ["grt_alice000"]]);
  });

  test("P-85 an unavailable provider is a 503 with Retry-After, and the grant lives", async () => {
    const at = door({}, { credential: answering({ ok: false, reason: "provider_unavailable", retryAfter: 9 }) });
    expect(await refusal(knock(at, { bearer: await token(expired) }))).toMatchObject({
      status: 503,
      reason: "provider_unavailable",
      detail: { retryAfter: 9 },
    });
    expect(at.ended).toEqual([]);
  });

  test("storage that does not answer is a 503, not a 401", async () => {
    expect(await refusal(knock(door(), { bearer: await token(expired) }))).toMatchObject({
      status: 503,
      reason: "storage_unavailable",
    });
  });

  test("CVE-2026-25536 two people at once in one isolate get their own credential, assertion and session", async () => {
    const credential = async (grant: string) =>
      ({ ok: true, credential: { token: `of-${grant}`, expiresAt: null } }) as const;
    const at = door({}, { credential });
    const people = Array.from({ length: 20 }, (_, i) => ({
      sub: `usr_${i % 2 ? "alice" : "bob00"}000`,
      gid: `grt_${i % 4}`,
      ...expired,
    }));
    await Promise.all(
      people.map(async (claims) => {
        const { headers } = await echoed(await knock(at, { bearer: await token(claims) }));
        expect(headers.authorization).toBe(`Bearer of-${claims.gid}`);
        const { payload } = await jwtVerify(headers["x-mcpstack-assertion"] ?? "", keySet, rules);
        expect([payload.sub, payload.grant]).toEqual([claims.sub, claims.gid]);
      }),
    );
  });

  test("CVE-2026-59822 a token that was not verified never moves anything on", async () => {
    const key = freshKey();
    const at = door({ behaviour: `/do/echo/${key}` });
    for (const bearer of ["garbage", "eyJhbGciOiJub25lIn0.e30."]) await refusal(knock(at, { bearer }));
    expect((await seen(key)).hits).toEqual([]);
  });
});

describe("29 the log", () => {
  test("one line per call, with who and how long, and no secret", async () => {
    const bearer = await token();
    const at = door();
    await knock(at, { bearer, message: call("tools/call", { name: "list_tickets", arguments: { secret: "s3cret" } }) });
    expect(at.events).toMatchObject([
      {
        event: "mcp_call",
        outcome: "ok",
        requestId: "req_1",
        method: "tools/call",
        tool: "list_tickets",
        status: 200,
        user: "usr_alice000",
        client: "client-1",
        clientName: "Client One",
        attempt: "grt_alice000",
        organization: "org_acme0000",
        gateway: "gw_support00",
        server: "srv_support0",
      },
    ]);
    expect(at.events[0]).toMatchObject({ totalMs: expect.any(Number), runtimeMs: expect.any(Number) });
    const line = JSON.stringify(at.events);
    for (const secret of [bearer, "downstream-of", "s3cret", "eyJ"]) expect(line).not.toContain(secret);
  });

  test("a refusal of somebody known is a line with its reason; one of nobody is none", async () => {
    const at = door();
    const bearer = await token({ scope: "none" });
    await refusal(knock(at, { bearer, message: call("tools/call", { name: "list_tickets" }) }));
    await refusal(knock(at, { bearer: await token({ exp: now }) }));
    await refusal(knock(at, { bearer: null }));
    await refusal(knock(at, { bearer: "garbage" }));
    expect(at.events).toMatchObject([
      { outcome: "refused", reason: "insufficient_scope", status: 403, tool: "list_tickets" },
      { outcome: "refused", reason: "token_expired", status: 401, attempt: "grt_alice000" },
    ]);
  });

  test("a method or tool name cannot write a second line or a long one", async () => {
    const at = door();
    await knock(at, { message: call("tools/call", { name: `x\n${"y".repeat(5000)}` }) });
    expect(at.events[0]?.tool).toMatch(/^x\?y{126}$/);
  });
});
