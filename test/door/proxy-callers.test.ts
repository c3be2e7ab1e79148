// Callers kept apart: whose session it is, whose credential goes along, and what the log says of whom.
import { jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { sessionOwner } from "../../src/worker/oauth/session-id.ts";
import type { Outcome } from "../../src/worker/store/promises/grants.ts";
import {
  assertionRules,
  call,
  door,
  echoed,
  freshKey,
  keySet,
  knock,
  now,
  refusal,
  sealer,
  seen,
  token,
} from "./proxy-visit.ts";

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

  test.each<[string, object | object[], string | number | null]>([
    ["a request by its number", { ...call("tools/list"), id: 7 }, 7],
    ["a request by its text", { ...call("tools/list"), id: "seven" }, "seven"],
    ["a notification by no id", { jsonrpc: "2.0", method: "notifications/initialized" }, null],
    ["a batch by no id", [call("ping"), { ...call("ping"), id: 2 }], null],
  ])("JSON-RPC 2.0 §5 the 404 answers %s", async (_, body, id) => {
    const headers = { "Mcp-Session-Id": "somebody.else" };
    const refused = await refusal(knock(door(), { headers, body: JSON.stringify(body) }));
    expect(refused).toMatchObject({ status: 404, rpcCode: -32001, rpcId: id });
  });

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

  test("a token is opened once, whatever else is presented", async () => {
    const at = door();
    const bearer = await token();
    for (let i = 0; i < 3; i++) {
      await knock(at, { bearer });
      await refusal(knock(at, { bearer: "garbage" }));
    }
    expect(at.opened.filter((text) => text === bearer)).toEqual([bearer]);
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
        const { payload } = await jwtVerify(headers["x-mcpstack-assertion"] ?? "", keySet, assertionRules);
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
        server: "support-api",
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
