// The MCP URL's door: who may pass, in which order it is judged, and what a refusal says.
import { describe, expect, test } from "vitest";
import { proxy } from "../../src/worker/endpoints/proxy/index.ts";
import { BearerChallenge } from "../../src/worker/oauth/errors.ts";
import { createAccessTokens } from "../../src/worker/tokens/access-token.ts";
import { accessTokens, door, echoed, knock, mcpUrl, metadata, now, refusal, token } from "./proxy-visit.ts";

describe("20 only a live token of this deployment for this server is admitted", () => {
  const challenged = { status: 401, error: "invalid_token" };
  const foreign = createAccessTokens([new Uint8Array(32).fill(7)]);
  const cases: [string, () => Promise<string> | string, object][] = [
    ["garbage", () => "garbage", { ...challenged, reason: "token_invalid" }],
    ["alg none", () => "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", { ...challenged, reason: "token_invalid" }],
    [
      "a provider's JWT (passthrough)",
      () => "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhcGkifQ.c2ln",
      { ...challenged, reason: "token_invalid" },
    ],
    ["64 KB of token", () => "a".repeat(65536), { ...challenged, reason: "token_invalid" }],
    [
      "one of another deployment",
      async () => foreign.seal((await accessTokens.open(await token())) as never),
      { ...challenged, reason: "token_invalid" },
    ],
    [
      "another issuer",
      () => token({ iss: "http://localhost:8787/s/other" }),
      { ...challenged, reason: "token_audience" },
    ],
    [
      "another server (CVE-2026-67332)",
      () => token({ aud: "http://localhost:8787/s/other/mcp" }),
      { ...challenged, reason: "token_audience" },
    ],
    [
      "the base URL (CVE-2025-69196)",
      () => token({ aud: "http://localhost:8787" }),
      { ...challenged, reason: "token_audience" },
    ],
    ["a longer audience", () => token({ aud: `${mcpUrl}/x` }), { ...challenged, reason: "token_audience" }],
    ["expired", () => token({ exp: now }), { ...challenged, reason: "token_expired" }],
    ["another organization", () => token({ org: "org_other000" }), { ...challenged, reason: "token_invalid" }],
    ["an old epoch", () => token({ ep: 2 }), { ...challenged, reason: "token_revoked" }],
    ["an ended grant", () => token({ gid: "grt_ended000" }), { ...challenged, reason: "token_revoked" }],
  ];
  test.each(cases)("%s", async (_, bearer, expected) => {
    const at = door({ endedGrants: ["grt_ended000"] });
    expect(await refusal(knock(at, { bearer: await bearer() }))).toMatchObject(expected);
    expect(at.storage).toEqual([]);
  });

  test.each([
    ["foo", 400, "token_malformed"],
    ["Basic dXNlcjpwYXNz", 400, "token_malformed"],
    ["DPoP abc", 400, "token_malformed"],
    ["Bearer a b", 400, "token_malformed"],
    ["Bearer a, Bearer b", 400, "token_malformed"],
    ["Bearer", 401, "token_missing"],
    ["", 401, "token_missing"],
  ])("P-14 Authorization: %s", async (authorization, status, reason) => {
    const refused = await refusal(knock(door(), { headers: { authorization } }));
    expect(refused).toMatchObject({ status, reason, error: status === 400 ? "invalid_request" : null });
  });

  test("two Authorization headers, even with the same good token", async () => {
    const bearer = `Bearer ${await token()}`;
    const headers = new Headers([
      ["Authorization", bearer],
      ["Authorization", bearer],
    ]);
    expect(await refusal(knock(door(), { headers }))).toMatchObject({ status: 400, reason: "token_malformed" });
  });

  test("P-19 a token in the query is no token", async () => {
    const url = `${mcpUrl}?access_token=${await token()}`;
    expect(await refusal(knock(door(), { url, bearer: null }))).toMatchObject({ error: null, reason: "token_missing" });
  });

  test("an embedded token is admitted without a grant, and ends with its credential", async () => {
    const agent = { id: "client-1", handle: "ag_support", name: "support", keys: [], allowedOrigins: [] };
    const linked = () => door({ agents: [agent] });
    const embedded = await token({ ch: "embedded", gid: undefined, ds: { t: "app-token", x: now + 60 } });
    expect((await echoed(await knock(linked(), { bearer: embedded }))).headers.authorization).toBe("Bearer app-token");
    const last = await token({ ch: "embedded", gid: undefined, ds: { t: "app-token", x: now + 1 } });
    expect((await knock(linked(), { bearer: last })).status).toBe(200);
    const late = await token({ ch: "embedded", gid: undefined, ds: { t: "x", x: now } });
    expect(await refusal(knock(linked(), { bearer: late }))).toMatchObject({ status: 401, reason: "token_expired" });
    expect(await refusal(knock(door(), { bearer: embedded }))).toMatchObject({ status: 401, reason: "token_revoked" });
  });

  test("no gateway attached", async () => {
    expect(await refusal(knock(door({ gateway: null })))).toMatchObject({ status: 401, reason: "gateway_detached" });
  });

  test("a token of a newer epoch than the copy asks for a newer copy, once", async () => {
    const at = door();
    at.fresh = { ...at.fresh, epoch: 4 };
    expect((await knock(at, { bearer: await token({ ep: 4 }) })).status).toBe(200);
    expect(at.storage).toEqual(["snapshot"]);
    at.fresh = { ...at.fresh, gateway: null };
    expect(await refusal(knock(at, { bearer: await token({ ep: 5 }) }))).toMatchObject({ reason: "gateway_detached" });
  });
});

describe("the challenge", () => {
  test("P-15 without credentials it names no error, and the scopes in another order than published", async () => {
    const refused = await refusal(knock(door(), { bearer: null }));
    expect(refused).toBeInstanceOf(BearerChallenge);
    expect(refused).toMatchObject({
      status: 401,
      error: null,
      resourceMetadata: metadata,
      scope: ["tickets.write", "tickets.read"],
    });
  });

  test("P-4 at the URL with a slash it names the document that carries the slash", async () => {
    const refused = await refusal(knock(door(), { url: `${mcpUrl}/`, bearer: null }));
    expect(refused).toMatchObject({ resourceMetadata: `${metadata}/` });
    expect((await knock(door(), { url: `${mcpUrl}/` })).status).toBe(200);
  });

  test.each(["HEAD", "GET", "POST", "DELETE", "PUT", "PATCH"])(
    "11 %s is asked for authorization first",
    async (method) => {
      const headers = { "MCP-Protocol-Version": "2024-11-05", Accept: "text/html", "Mcp-Session-Id": "nobody.s" };
      expect(await refusal(knock(door(), { method, headers, bearer: null }))).toMatchObject({ status: 401 });
    },
  );

  test("a broken body without a token is a 401, not a 400", async () => {
    expect(await refusal(knock(door(), { body: "{", bearer: null }))).toMatchObject({ status: 401 });
  });

  test("a method that nobody answers is a 405 with Allow, after authorization", async () => {
    const refused = await refusal(knock(door(), { method: "PUT" }));
    expect(refused).toMatchObject({ status: 405, reason: "method_not_allowed" });
    expect(refused.detail.headers?.Allow).toBe("GET, HEAD, POST, DELETE, OPTIONS");
  });
});

describe("28 origins and preflights", () => {
  test("P-112 a preflight is answered 204 to anybody, without a token", async () => {
    const headers = { Origin: "https://evil.example", "Access-Control-Request-Headers": "authorization,mcp-param-x" };
    const answer = await proxy(new Request(mcpUrl, { method: "OPTIONS", headers }), door().visit);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-headers")).toBe("authorization,mcp-param-x");
    expect(answer.headers.get("access-control-expose-headers")).toContain("WWW-Authenticate");
  });

  test.each(["https://evil.example", "null", "http://localhost:1"])(
    "CVE-2025-66414 a page of %s is refused, token or not",
    async (Origin) => {
      for (const bearer of [null, await token()]) {
        const refused = await refusal(knock(door(), { bearer, headers: { Origin, Host: "localhost:8787" } }));
        expect(refused).toMatchObject({ status: 403, reason: "origin_refused" });
      }
    },
  );

  test.each([
    ["https://app.example", true],
    ["https://one.preview.example", true],
    ["https://a.one.preview.example", false],
    ["https://other.example", false],
  ])("a page of %s, with the lists of two linked agents, passes: %j", async (Origin, passes) => {
    const agent = { id: "ag_support00", handle: "ag_support", name: "support", keys: [] };
    const agents = [
      { ...agent, allowedOrigins: ["https://app.example"] },
      { ...agent, id: "ag_preview00", allowedOrigins: ["https://*.preview.example"] },
    ];
    const answer = knock(door({ agents }), { headers: { Origin } });
    if (passes) expect((await answer).status).toBe(200);
    else expect(await refusal(answer)).toMatchObject({ status: 403, reason: "origin_refused" });
  });

  test("a rebound name is refused although it is the URL's own host", async () => {
    const url = "http://rebound.example/s/support-api/mcp";
    const refused = await refusal(knock(door(), { url, headers: { Origin: "http://rebound.example" } }));
    expect(refused).toMatchObject({ status: 403, reason: "origin_refused" });
  });

  test.each(["null", "*", ""])("P-99 %j is no page, also where every page may call", async (Origin) => {
    const refused = await refusal(knock(door({ allowedOrigins: ["*"] }), { headers: { Origin } }));
    expect(refused).toMatchObject({ status: 403, reason: "origin_refused" });
  });

  test.each([
    [{}, "http://localhost:8787"],
    [{ allowedOrigins: ["https://app.example"] }, "https://app.example"],
    [{ allowedOrigins: ["*"] }, "https://any.example"],
  ])("with %j, %s passes and may read the answer", async (server, Origin) => {
    const answer = await knock(door(server), { headers: { Origin } });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });
});
