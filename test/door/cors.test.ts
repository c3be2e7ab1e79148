// What pages may read: every door that browsers' clients use, at every status, and no door where people stand.
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Bindings } from "../../src/worker/settings.ts";
import { Client, openShop, origin, Person, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";
import { mcpCall } from "./static-headers-visit.ts";

const page = "https://inspector.example";
const exposed = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, DPoP-Nonce";

let shop: Shop;
let hanging: Shop;
let bearer: string;

beforeAll(async () => {
  shop = await openShop({ server: { allowedOrigins: [page] } });
  hanging = await openShop({ server: { runtimeUrl: `${inject("deadUrl")}/mcp`, allowedOrigins: [page] } });
  bearer = (await (await new Client(shop).register()).signIn(new Person())).access_token;
});

/** Any page at all: no credentials, so nothing that a browser adds by itself. */
function isReadable(response: Response): void {
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  expect(response.headers.get("access-control-expose-headers")).toBe(exposed);
}

describe("P-112 preflights as browsers' clients send them", () => {
  const mcp = () => shop.resource;
  const resource = () => `${origin}/.well-known/oauth-protected-resource/s/${shop.slug}/mcp`;
  const issuer = () => `${origin}/.well-known/oauth-authorization-server/s/${shop.slug}`;
  it.each<[string, () => string, string, string | null]>([
    ["use-mcp's first POST", mcp, "POST", "content-type"],
    ["SDK 1.x with a session", mcp, "POST", "authorization,content-type,mcp-protocol-version,mcp-session-id"],
    ["SDK 2.x", mcp, "POST", "authorization,content-type,mcp-method,mcp-name,mcp-protocol-version"],
    ["a tool's own header", mcp, "POST", "authorization,content-type,mcp-param-region,mcp-param-x_y"],
    ["a stream that goes on", mcp, "GET", "authorization,last-event-id,mcp-protocol-version,mcp-session-id"],
    ["DPoP", mcp, "POST", "authorization,content-type,dpop"],
    ["the end of a session", mcp, "DELETE", "authorization,mcp-protocol-version,mcp-session-id"],
    ["the MCP URL with a slash", () => `${mcp()}/`, "POST", "authorization,content-type"],
    ["a post of 2024-11-05", () => `${mcp()}?mcpstack_endpoint=x.y`, "POST", "authorization,content-type"],
    ["the resource's metadata", resource, "GET", "mcp-protocol-version"],
    ["the resource's metadata, Inspector 1", resource, "GET", "content-type,mcp-protocol-version"],
    ["the issuer's metadata", issuer, "GET", "mcp-protocol-version"],
    [
      "the issuer's metadata below the issuer",
      () => `${shop.issuer}/.well-known/oauth-authorization-server`,
      "GET",
      null,
    ],
    ["a form of discovery that is not there", () => `${shop.issuer}/.well-known/openid-configuration`, "GET", null],
    ["registration", () => `${shop.endpoints}/register`, "POST", "content-type"],
    ["the token endpoint", () => `${shop.endpoints}/token`, "POST", null],
    ["the token endpoint with Basic", () => `${shop.endpoints}/token`, "POST", "authorization"],
    ["revocation", () => `${shop.endpoints}/revoke`, "POST", "authorization,content-type"],
    ["a server that is not there", () => `${origin}/s/nobody/mcp`, "POST", "authorization,content-type"],
  ])("%s is 204 with the headers that were asked for", async (_, url, method, asked) => {
    const response = await knock(deployment({}), url(), {
      method: "OPTIONS",
      headers: {
        Origin: page,
        "Access-Control-Request-Method": method,
        ...(asked !== null && { "Access-Control-Request-Headers": asked }),
      },
    });
    expect(response.status).toBe(204);
    isReadable(response);
    const methods = response.headers.get("access-control-allow-methods")?.split(", ");
    expect(methods).toEqual(["GET", "POST", "DELETE", "HEAD", "OPTIONS"]);
    // `*` would not cover Authorization.
    expect(response.headers.get("access-control-allow-headers")).toMatch(asked ?? /^Authorization, Content-Type, /);
    expect(Number(response.headers.get("access-control-max-age"))).toBeGreaterThanOrEqual(600);
    expect(response.headers.get("vary")).toContain("Access-Control-Request-Headers");
  });
});

describe("P-112 every status may be read", () => {
  const failing = () => {
    const broken = () => Promise.reject(new Error("D1_ERROR: internal error"));
    const statement: object = { bind: () => statement, first: broken, all: broken, run: broken, raw: broken };
    const database = { prepare: () => statement, batch: broken, exec: broken, withSession: () => database };
    const copies = { get: broken, getWithMetadata: broken, put: broken, list: broken, delete: broken };
    return { DB: database, COPIES: copies } as unknown as Partial<Bindings>;
  };
  const never = { limit: async () => ({ success: false }) };
  const post = (body: string, type = "application/json") => ({
    method: "POST",
    body,
    headers: { "content-type": type },
  });
  const form = (text: string) => post(text, "application/x-www-form-urlencoded");

  it.each<[string, number, () => [string, RequestInit], (() => Partial<Bindings>)?]>([
    ["the MCP URL answers", 200, () => [shop.resource, mcpCall(bearer, undefined, { Origin: page })]],
    ["no token", 401, () => [shop.resource, mcpCall(null)]],
    ["a token that is none", 401, () => [shop.resource, mcpCall("garbage")]],
    ["an Authorization header that is none", 400, () => [shop.resource, { headers: { authorization: "x y" } }]],
    [
      "scopes are missing",
      403,
      () => {
        const params = { name: "create_ticket", arguments: {} };
        return [shop.resource, mcpCall(bearer, { jsonrpc: "2.0", id: 1, method: "tools/call", params })];
      },
    ],
    [
      "P-99 a page that is not listed",
      403,
      () => [shop.resource, mcpCall(bearer, undefined, { Origin: "https://evil.example" })],
    ],
    ["no such server", 404, () => [`${origin}/s/nobody/mcp`, mcpCall(bearer)]],
    ["no such session", 404, () => [shop.resource, mcpCall(bearer, undefined, { "mcp-session-id": "x.y" })]],
    [
      "a method that nobody takes",
      405,
      () => [shop.resource, { method: "PUT", headers: { authorization: `Bearer ${bearer}` } }],
    ],
    [
      "too large a body",
      413,
      () => [shop.resource, mcpCall(bearer, {}, { "content-length": String(11 * 1024 * 1024) })],
    ],
    ["another type", 415, () => [shop.resource, mcpCall(bearer, {}, { "content-type": "text/plain" })]],
    ["storage that is down", 503, () => [`${origin}/s/cold-${shop.slug}/mcp`, mcpCall(bearer)], failing],
    ["metadata that is not there", 404, () => [`${origin}/.well-known/openid-configuration`, {}]],
    ["metadata that is posted to", 405, () => [`${shop.issuer}/.well-known/oauth-authorization-server`, post("{}")]],
    ["registration that is no JSON", 400, () => [`${shop.endpoints}/register`, post("{")]],
    ["registration that is asked for", 405, () => [`${shop.endpoints}/register`, {}]],
    ["too many registrations", 429, () => [`${shop.endpoints}/register`, post("{")], () => ({ LIMIT_FAILURES: never })],
    [
      "a code that is unknown",
      401,
      () => [`${shop.endpoints}/token`, form("grant_type=authorization_code&client_id=x&code=y")],
    ],
    ["a token request that is none", 400, () => [`${shop.endpoints}/token`, form("a=b&a=c&grant_type=x&grant_type=y")]],
    ["a revocation of nothing", 400, () => [`${shop.endpoints}/revoke`, form("")]],
  ])("%s: %i", async (_, status, sent, bindings) => {
    const [url, init] = sent();
    const response = await knock(deployment(bindings?.() ?? {}), url, init);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      status,
      expect.stringContaining("application/json"),
    ]);
    isReadable(response);
  });

  it("a runtime that is down: 502", async () => {
    const token = (await (await new Client(hanging).register()).signIn(new Person())).access_token;
    const response = await knock(deployment({}), hanging.resource, mcpCall(token, undefined, { Origin: page }));
    expect(response.status).toBe(502);
    isReadable(response);
  });
});

describe("P-61 no page reads where people stand", () => {
  it.each([
    ["authorize", () => `${shop.endpoints}/authorize?client_id=x`],
    ["authorize at the root", () => `${origin}/authorize?client_id=x`],
    ["consent", () => `${origin}/consent?ticket=x`],
    ["the callback", () => `${origin}/callback/${shop.gatewayId}?code=x&state=y`],
    ["the account", () => `${origin}/account`],
    ["the dashboard", () => `${origin}/dashboard`],
    ["the API", () => `${origin}/api/v1/organizations`],
  ])("%s", async (_, url) => {
    const preflight = { "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization" };
    for (const [method, extra] of [
      ["GET", {}],
      ["POST", {}],
      ["OPTIONS", preflight],
    ] as const) {
      const headers = { Origin: page, ...extra };
      const response = await knock(deployment({ DEFAULT_SERVER: shop.slug }), url(), { method, headers });
      for (const name of ["origin", "headers", "methods", "credentials"]) {
        expect(response.headers.get(`access-control-allow-${name}`), `${method} ${name}`).toBeNull();
      }
    }
  });
});
