// The management API at its door: who may, what is refused and how, and that nothing of another organization is seen.
import { beforeEach, describe, expect, it } from "vitest";
import { type Route, routes } from "../../src/contract/management/routes.ts";
import { adminToken, call, newServer, organization, settled, stage } from "./management-room.ts";

const own = await organization("Own");
const other = await organization("Other");
const gateway = (await call("POST", `${own.path}/gateways`, own.admin, { name: "Own gateway" })).body;
const server = (await call("POST", `${own.path}/mcp-servers`, own.admin, newServer("own-server"))).body;
const agent = (await call("POST", `${own.path}/agents`, own.admin, { name: "Own agent", allowedOrigins: [] })).body;

beforeEach(() => {
  stage.failuresAllowed = true;
  stage.faults = [];
});

const ids: Record<string, string> = {
  orgId: own.id,
  gatewayId: gateway.id,
  serverId: server.id,
  tokenId: "tok_0123456789",
  agentId: agent.id,
  keyId: agent.keys[0].id,
  grantId: "grt_0123456789",
  attemptId: "grt_1",
};
const table = Object.entries<Route>(routes).map(([name, route]) => ({
  name,
  access: route.access,
  method: route.method.toUpperCase(),
  path: route.path.replaceAll(/\{(\w+)\}/g, (_, id) => ids[id] ?? ""),
}));
const inOrganization = table.filter(({ path }) => path.includes(own.id));

describe("who may", () => {
  it.each(table)("$name without a token is 401 with a challenge", async ({ method, path }) => {
    const answer = await call(method, path);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
    expect(answer.body.error).toMatchObject({ code: "unauthenticated", requestId: "request-1" });
  });

  it.each(table)("$name with a token of role caller is 403", async ({ method, path }) => {
    expect((await call(method, path, own.caller)).body.error.code).toBe("forbidden");
  });

  it.each(table.filter(({ access }) => access !== "viewer"))("$name with a viewer's token is 403", async (row) => {
    expect((await call(row.method, row.path, own.viewer)).status).toBe(403);
  });

  it.each(table.filter(({ access }) => access === "deployment"))("$name is the deployment's alone", async (row) => {
    expect((await call(row.method, row.path, own.admin)).status).toBe(403);
  });

  it.each(inOrganization)("$name with another organization's token is 404 or 403, never more", async (row) => {
    const answer = await call(row.method, row.path, other.admin, bodyFor(row.method));
    const allowed =
      row.access === "deployment" ? 403 : row.name === "revokeGrants" || hasBody(row.method) ? [404, 422] : 404;
    expect([allowed].flat()).toContain(answer.status);
    expect(JSON.stringify(answer.body)).not.toContain("Own");
  });

  it.each(["mcpstack_sk_unknown", "x", "test-admin-token-012345678"])("the token %s is 401", async (token) => {
    expect((await call("GET", own.path, token)).status).toBe(401);
  });

  it("a revoked token is 401 from the next request on, and stays listed", async () => {
    const { body } = await call("POST", `${own.path}/tokens`, own.admin, { name: "short", role: "admin" });
    expect((await call("GET", own.path, body.token)).status).toBe(200);
    expect((await call("DELETE", `${own.path}/tokens/${body.id}`, own.admin)).status).toBe(204);
    expect((await call("GET", own.path, body.token)).status).toBe(401);
    const listed = (await call("GET", `${own.path}/tokens?pageSize=200`, own.admin)).body.items;
    expect(listed.find((token: { id: string }) => token.id === body.id).revokedAt).toBe("2027-01-15T08:00:00.000Z");
  });

  it("too many requests without a valid token are 429 with Retry-After, and a valid token still works", async () => {
    stage.failuresAllowed = false;
    const refused = await call("GET", own.path, "wrong");
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "60"]);
    expect((await call("GET", own.path, own.viewer)).status).toBe(200);
  });

  it("an organization's token lists its own organization only, the deployment's lists all", async () => {
    const mine = await call("GET", "/organizations", own.viewer);
    expect(mine.body.items.map((entry: { id: string }) => entry.id)).toEqual([own.id]);
    expect((await call("GET", "/organizations", adminToken)).body.total).toBe(2);
  });
});

const hasBody = (method: string) => method === "POST" || method === "PATCH" || method === "PUT";
const bodyFor = (method: string) => (hasBody(method) ? { name: "x" } : undefined);

describe("another organization's ids inside one's own path", () => {
  it.each([
    ["GET", `/gateways/${gateway.id}`, undefined],
    ["PATCH", `/gateways/${gateway.id}`, { name: "stolen" }],
    ["DELETE", `/gateways/${gateway.id}`, undefined],
    ["GET", `/gateways/${encodeURIComponent("Own gateway")}`, undefined],
    ["GET", `/gateways/${gateway.id}/grants`, undefined],
    ["DELETE", `/gateways/${gateway.id}/grants?all=true`, undefined],
    ["GET", `/mcp-servers/${server.id}`, undefined],
    ["GET", "/mcp-servers/own-server", undefined],
    ["PATCH", "/mcp-servers/own-server", { name: "stolen" }],
    ["DELETE", "/mcp-servers/own-server", undefined],
    ["PUT", "/mcp-servers/own-server/gateway", { gatewayId: gateway.id }],
    ["DELETE", "/mcp-servers/own-server/gateway", undefined],
  ])("%s %s is 404", async (method, path, body) => {
    const answer = await call(method, other.path + path, other.admin, body);
    expect([answer.status, answer.body.error.code]).toEqual([404, "not_found"]);
  });

  it("a gateway cannot be attached across organizations", async () => {
    await call("POST", `${other.path}/mcp-servers`, other.admin, newServer("other-server"));
    const answer = await call("PUT", `${other.path}/mcp-servers/other-server/gateway`, other.admin, {
      gatewayId: gateway.id,
    });
    expect([answer.status, answer.body.error.field]).toEqual([404, "gatewayId"]);
  });
});

describe("bad input", () => {
  const gateways = `${own.path}/gateways`;
  it.each([
    ["broken JSON", "POST", gateways, '{"name":', "application/json", 400, "malformed_json"],
    ["an empty body", "POST", gateways, "", "application/json", 400, "malformed_json"],
    ["a form", "POST", gateways, "name=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"],
    ["a body of 2 MB", "POST", gateways, `"${"x".repeat(2_000_000)}"`, "application/json", 413, "request_too_large"],
    ["an array", "POST", gateways, "[]", "application/json", 422, "invalid_field"],
    ["a __proto__ member", "POST", gateways, '{"name":"x","__proto__":{}}', "application/json", 422, "unknown_field"],
  ])("%s is refused", async (_, method, path, body, type, status, code) => {
    const answer = await call(method, path, own.admin, body, type);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it("a missing content type is 415", async () => {
    expect((await call("POST", gateways, own.admin, "{}", "")).status).toBe(415);
  });

  it.each([
    [{ name: "x", clientID: "y" }, "clientID", "unknown_field"],
    [{ nmae: "x" }, "nmae", "unknown_field"],
    [{ name: "x", clientPolicy: { dcr: true } }, "clientPolicy.dcr", "unknown_field"],
    [{}, "name", "invalid_field"],
    [{ name: "" }, "name", "invalid_field"],
    [{ name: "a\u0000b" }, "name", "invalid_field"],
    [{ name: "x", providerType: "nobody" }, "providerType", "invalid_field"],
    [{ name: "x", scopes: ["openid profile"] }, "scopes.0", "invalid_field"],
    [{ name: "x", authorizationServerUrl: "auth.example.com" }, "authorizationServerUrl", "invalid_field"],
    [{ name: "x", authorizationServerUrl: "http://auth.example.com" }, "authorizationServerUrl", "invalid_field"],
    [{ name: "x", tokenEndpoint: "https://169.254.169.254/" }, "tokenEndpoint", "invalid_field"],
    [{ name: "x", metadataUrl: "https://gateway.example.com/x" }, "metadataUrl", "invalid_field"],
    [
      { name: "x", tokenIssuers: [{ issuer: "https://a.example", jwksUri: "https://localhost/" }] },
      "tokenIssuers.0.jwksUri",
      "invalid_field",
    ],
    [{ name: "x", accessTokenTtl: 5 }, "accessTokenTtl", "invalid_field"],
    [{ name: "x", grantIdleTtl: 8_000_000 }, "grantIdleTtl", "invalid_field"],
  ])("a gateway %j is 422 naming %s", async (body, field, code) => {
    const answer = await call("POST", gateways, own.admin, body);
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ field, code });
    expect(answer.body.error.message.length).toBeGreaterThan(5);
  });

  it("an unknown field's message lists the right spellings", async () => {
    const answer = await call("POST", gateways, own.admin, { name: "x", clientID: "y" });
    expect(answer.body.error.message).toContain("clientId");
  });

  it.each([
    ["?pagesize=5", "pagesize"],
    ["?page=0", "page"],
    ["?page=one", "page"],
    ["?pageSize=201", "pageSize"],
    ["?page=1&page=2", "page"],
  ])("the query %s is 422 naming the parameter", async (query, field) => {
    const answer = await call("GET", gateways + query, own.admin);
    expect([answer.status, answer.body.error.field]).toEqual([422, field]);
  });

  it("an unknown path is a JSON 404, a known one with another method a 405 with Allow", async () => {
    expect((await call("GET", "/nothing", own.admin)).body.error.code).toBe("not_found");
    const answer = await call("PUT", gateways, own.admin);
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "POST, GET, HEAD"]);
  });

  it("nothing that was refused was written", async () => {
    expect((await call("GET", gateways, own.admin)).body.total).toBe(1);
  });
});

it("openapi.json is public and has every row of the table", async () => {
  const { status, body } = await call("GET", "/openapi.json");
  expect([status, body.openapi]).toEqual([200, "3.1.0"]);
  for (const route of Object.values<Route>(routes)) expect(body.paths[route.path]).toHaveProperty(route.method);
  const create = body.paths["/organizations/{orgId}/gateways"].post;
  expect(create.requestBody.content["application/json"].schema.properties).toHaveProperty("authorizationServerUrl");
  expect(create.responses["201"].content["application/json"].schema.properties).not.toHaveProperty("clientSecret");
});

it("lists answer page by page, each item once", async () => {
  const { path, admin } = await organization("Paged");
  for (const name of ["a", "b", "c"]) await call("POST", `${path}/gateways`, admin, { name });
  const pages = await Promise.all(
    [1, 2, 3].map((page) => call("GET", `${path}/gateways?page=${page}&pageSize=2`, admin)),
  );
  expect(pages.map(({ body }) => body.items.length)).toEqual([2, 1, 0]);
  expect(new Set(pages.flatMap(({ body }) => body.items.map((item: { name: string }) => item.name))).size).toBe(3);
  expect(pages[1]?.body).toMatchObject({ page: 2, pageSize: 2, total: 3 });
});

it("a fault of storage is 500 without a word about it", async () => {
  stage.d1Fails = true;
  const answer = await call("GET", own.path, own.admin);
  stage.d1Fails = false;
  expect([answer.status, answer.body.error.code, stage.faults.length]).toEqual([500, "internal_error", 1]);
  expect(JSON.stringify(answer.body)).not.toContain("away");
});

it("a token's last use is kept to the day", async () => {
  await settled();
  const listed = (await call("GET", `${own.path}/tokens`, own.admin)).body.items;
  expect(listed.find((token: { role: string }) => token.role === "admin").lastUsedAt).toBe("2027-01-15T08:00:00.000Z");
});
