// The token endpoint itself: what it reads, what it always answers, and what it never tells.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { grantIdOf } from "../../src/contract/ids.ts";
import { expectError, expectOAuthHeaders, expectRefused, objectOf, ownShop, tokensOf } from "./grant-visit.ts";
import { Client, fetchUrl, Person, type Shop } from "./journey.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await ownShop("code");
});

async function withCode(overrides: Record<string, string | null> = {}) {
  const client = await new Client(shop).register();
  return { client, code: await client.code(new Person(), overrides) };
}

function sendForm(parameters: [string, string][] | string, headers: Record<string, string> = {}) {
  const body = typeof parameters === "string" ? parameters : new URLSearchParams(parameters).toString();
  const form = { "content-type": "application/x-www-form-urlencoded", ...headers };
  return fetchUrl(`${shop.endpoints}/token`, { method: "POST", body, headers: form });
}

describe("what the token endpoint answers", () => {
  test("P-70, P-72 a refresh token, the scope and integer seconds for a client that asked for none of them", async () => {
    const { client, code } = await withCode({ scope: null });
    const answer = await client.redeem(code);
    const body = await answer.clone().json();
    await tokensOf(answer);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: "Bearer",
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^mcpstack_rt_/),
      scope: "tickets.read",
    });
  });

  test("P-73 unknown parameters are ignored, even twice", async () => {
    const { client, code } = await withCode();
    const proof = { code_verifier: client.verifier, redirect_uri: client.redirectUri, client_id: client.clientId };
    const known = Object.entries({ grant_type: "authorization_code", code, ...proof });
    await tokensOf(await sendForm([...known, ["audience", "a"], ["audience", "b"], ["nonsense", "\0"]]));
  });

  test.each<[string, (id: string) => [string, string][], number, string, string]>([
    ["no grant type", (id) => [["client_id", id]], 400, "invalid_request", "malformed_request"],
    [
      "the password grant",
      (id) => [
        ["client_id", id],
        ["grant_type", "password"],
      ],
      400,
      "unsupported_grant_type",
      "grant_type_unsupported",
    ],
    [
      "client credentials",
      (id) => [
        ["client_id", id],
        ["grant_type", "client_credentials"],
      ],
      400,
      "unsupported_grant_type",
      "grant_type_unsupported",
    ],
    [
      "no code",
      (id) => [
        ["client_id", id],
        ["grant_type", "authorization_code"],
      ],
      400,
      "invalid_request",
      "malformed_request",
    ],
    [
      "no refresh token",
      (id) => [
        ["client_id", id],
        ["grant_type", "refresh_token"],
      ],
      400,
      "invalid_request",
      "malformed_request",
    ],
    [
      "P-73 grant_type twice",
      (id) => [
        ["client_id", id],
        ["grant_type", "a"],
        ["grant_type", "a"],
      ],
      400,
      "invalid_request",
      "duplicate_parameter",
    ],
    [
      "P-73 two resources",
      (id) => [
        ["client_id", id],
        ["resource", "a"],
        ["resource", "b"],
      ],
      400,
      "invalid_request",
      "duplicate_parameter",
    ],
    [
      "a NUL in the code",
      (id) => [
        ["client_id", id],
        ["code", "a\0b"],
      ],
      400,
      "invalid_request",
      "malformed_request",
    ],
    [
      "no client",
      () => [
        ["grant_type", "authorization_code"],
        ["code", "x"],
      ],
      401,
      "invalid_client",
      "client_unknown",
    ],
    [
      "an unknown client before a bad grant type",
      () => [
        ["client_id", "gone"],
        ["grant_type", "x"],
      ],
      401,
      "invalid_client",
      "client_unknown",
    ],
  ])("P-64 %s", async (_, parameters, status, error, reason) => {
    const { clientId } = await new Client(shop).register();
    await expectError(await sendForm(parameters(clientId)), status, error, reason);
  });

  test.each<[string, RequestInit, number]>([
    ["GET", { method: "GET" }, 405],
    ["JSON", { method: "POST", body: "{}", headers: { "content-type": "application/json" } }, 400],
    ["no content type", { method: "POST", body: new Uint8Array(3) }, 400],
    ["2 MB", { method: "POST", body: new URLSearchParams({ code: "x".repeat(2 << 20) }) }, 413],
  ])("P-64 %s is refused as JSON", async (_, init, status) => {
    await expectError(await fetchUrl(`${shop.endpoints}/token`, init), status, "invalid_request");
  });

  test("P-74 a page of any origin may ask, without credentials", async () => {
    const headers = { origin: "https://app.example", "access-control-request-headers": "authorization" };
    const preflight = await fetchUrl(`${shop.endpoints}/token`, { method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization");
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("P-84 no secret of the grant is stored in clear, and the provider's tokens never reach the client", async () => {
    const { client, code } = await withCode();
    const tokens = await tokensOf(await client.redeem(code));
    const stored = await runInDurableObject(objectOf(grantIdOf(code)), (_, state) =>
      JSON.stringify([...state.storage.kv.list()], (_key, value) => value),
    );
    expect(stored).toContain(client.clientId);
    for (const secret of [code, tokens.refresh_token, client.verifier, "eyJhbGciOi"]) {
      expect(stored).not.toContain(secret.split(".").at(-1));
    }
    expect(Object.values(tokens).join(" ")).not.toContain("eyJhbGciOiJSUzI1NiI");
  });

  test("19 a token is for one server: not for another one, the base URL or the management API", async () => {
    const { client, code } = await withCode();
    const { access_token } = await tokensOf(await client.redeem(code));
    const elsewhere = await ownShop("code");
    await expectRefused(new Client(elsewhere), access_token);
    const headers = { authorization: `Bearer ${access_token}` };
    const root = await fetchUrl("http://localhost:8787/mcp", { method: "POST", headers, body: "{}" });
    expect([root.status, root.headers.get("content-type")]).toEqual([404, "application/json"]);
    expect((await fetchUrl("http://localhost:8787/api/v1/organizations", { headers })).status).toBe(401);
    expect((await client.call(access_token)).status).toBe(200);
  });

  test("P-77 there is no introspection, and no document says so", async () => {
    const asked = await fetchUrl(`${shop.endpoints}/introspect`, { method: "POST", body: "token=x" });
    expect([asked.status, asked.headers.get("content-type")]).toEqual([404, "application/json"]);
    const document = await fetchUrl(`http://localhost:8787/.well-known/oauth-authorization-server/s/${shop.slug}`);
    expect(await document.json()).not.toHaveProperty("introspection_endpoint");
  });

  test("P-68 a client that was forgotten learns invalid_client, whatever it holds", async () => {
    const answers = [
      await sendForm([
        ["client_id", "gone"],
        ["grant_type", "refresh_token"],
        ["refresh_token", "mcpstack_rt_x.y"],
      ]),
      await sendForm([
        ["client_id", "gone"],
        ["grant_type", "authorization_code"],
        ["code", "x"],
      ]),
    ];
    for (const answer of answers) {
      expect(answer.headers.get("www-authenticate")).toBeNull();
      await expectError(answer, 401, "invalid_client", "client_unknown");
    }
    const basic = { authorization: `Basic ${btoa("gone:secret")}` };
    const challenged = await sendForm(
      [
        ["grant_type", "authorization_code"],
        ["code", "x"],
      ],
      basic,
    );
    expect(challenged.headers.get("www-authenticate")).toMatch(/^Basic /);
    expectOAuthHeaders(challenged);
  });
});
