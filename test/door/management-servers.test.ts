// MCP servers through the API: attaching and detaching a gateway, what never changes, whose a slug is.
import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { adminToken, call, connected, copyOf, newServer, organization, stage } from "./management-room.ts";

const org = await organization();
const servers = `${org.path}/mcp-servers`;
await call("POST", `${org.path}/gateways`, org.admin, { name: "gw_support" });
await call("POST", servers, org.admin, newServer("support-api"));

beforeEach(() => {
  stage.told = [];
});

describe("attaching", () => {
  it("a gateway to a static_headers server is refused with the reason", async () => {
    const body = { ...newServer("shared-api"), authentication: "static_headers" };
    await call("POST", servers, org.admin, body);
    const answer = await call("PUT", `${servers}/shared-api/gateway`, org.admin, { gatewayId: "gw_support" });
    expect([answer.status, answer.body.error.code]).toEqual([409, "shared_credential"]);
    expect(answer.body.error.message).toContain("one shared credential");
  });

  it("the same gateway again changes nothing; PUT is idempotent", async () => {
    const { org, gateway, server, grant } = await connected("idempotent");
    const grantId = await grant();
    const before = await copyOf("idempotent");
    const again = await call("PUT", `${org.path}/mcp-servers/${server.id}/gateway`, org.admin, {
      gatewayId: gateway.name,
    });
    expect([again.status, again.body.gatewayId]).toEqual([200, gateway.id]);
    expect(await copyOf("idempotent")).toEqual(before);
    expect(stage.told).toEqual([]);
    expect(grantId).toMatch(/^grt_/);
  });

  it("detaching raises the epoch, ends the grants, and may be repeated", async () => {
    const { org, gateway, grant, grantsPath } = await connected("detached");
    const grantId = await grant();
    const before = await copyOf("detached");
    for (let i = 0; i < 2; i++) {
      expect((await call("DELETE", `${org.path}/mcp-servers/detached/gateway`, org.admin)).status).toBe(204);
    }
    const after = await copyOf("detached");
    expect(after).toMatchObject({ gateway: null, epoch: (before?.epoch ?? 0) + 1 });
    expect(stage.told).toEqual([{ grantId, reason: "gateway_detached", profile: gateway.id }]);
    expect((await call("GET", grantsPath, org.viewer)).body.total).toBe(0);
  });

  it("a gateway in use cannot be deleted, a free one can", async () => {
    const { org, gateway } = await connected("in-use");
    const path = `${org.path}/gateways/${gateway.id}`;
    const refused = await call("DELETE", path, org.admin);
    expect([refused.status, refused.body.error.code]).toEqual([409, "gateway_attached"]);
    expect(refused.body.error.message).toContain("in-use");
    await call("DELETE", `${org.path}/mcp-servers/in-use/gateway`, org.admin);
    expect((await call("DELETE", path, org.admin)).status).toBe(204);
    expect((await call("GET", path, org.admin)).status).toBe(404);
  });
});

describe("servers", () => {
  it.each([
    [{ slug: "other" }, "slug"],
    [{ authentication: "gateway" }, "authentication"],
    [{ scopes: ["openid"] }, "scopes"],
    [
      {
        tools: [
          { name: "a", scopes: [] },
          { name: "a", scopes: [] },
        ],
      },
      "tools",
    ],
    [{ allowedOrigins: ["https://app.example.com/"] }, "allowedOrigins.0"],
    [{ allowedOrigins: ["*", "null"] }, "allowedOrigins.1"],
    [{ allowedOrigins: ["https://*.example.com"] }, "allowedOrigins.0"],
    [{ allowedOrigins: ["**"] }, "allowedOrigins.0"],
    [{ broaderScopes: [{ name: "a b", scopes: ["c"] }] }, "broaderScopes.0.name"],
    [{ broaderScopes: [{ name: "a", scopes: [] }] }, "broaderScopes.0.scopes"],
    [{ broaderScopes: [{ name: "a", scopes: ["openid"] }] }, "broaderScopes.0.scopes"],
    [{ runtimeUrl: "http://10.0.0.1/mcp" }, "runtimeUrl"],
    [{ staticHeaders: { "X-A": "b" } }, "staticHeaders"],
  ])("a change %j is 422 naming %s", async (body, field) => {
    const answer = await call("PATCH", `${servers}/support-api`, org.admin, body);
    expect([answer.status, answer.body.error.field]).toEqual([422, field]);
  });

  it("P-99 may be called from every page, where the operator says so", async () => {
    const allowedOrigins = ["*"];
    const { status, body } = await call("PATCH", `${servers}/support-api`, org.admin, { allowedOrigins });
    expect([status, body.allowedOrigins]).toEqual([200, allowedOrigins]);
    expect(await copyOf("support-api")).toMatchObject({ allowedOrigins });
    const refused = await call("PATCH", `${servers}/support-api`, org.admin, { allowedOrigins: ["null"] });
    expect(refused.body.error.message).toContain('"*" alone, for every web page');
  });

  it("a slug in use is 409; a deleted server's slug stays with its organization and its epoch goes on", async () => {
    const stranger = await organization("Stranger");
    const create = (path: string, token: string) => call("POST", `${path}/mcp-servers`, token, newServer("kept-slug"));
    expect((await create(org.path, org.admin)).status).toBe(201);
    expect((await create(stranger.path, stranger.admin)).body.error).toMatchObject({
      code: "slug_taken",
      field: "slug",
    });
    const first = await copyOf("kept-slug");
    expect((await call("DELETE", `${servers}/kept-slug`, org.admin)).status).toBe(204);
    expect(await copyOf("kept-slug")).toBeNull();
    expect((await create(stranger.path, stranger.admin)).status).toBe(409);
    expect((await create(org.path, org.admin)).status).toBe(201);
    const second = await copyOf("kept-slug");
    expect(second?.epoch).toBe((first?.epoch ?? 0) + 1);
    expect(second?.revision).toBeGreaterThan(first?.revision ?? 0);
  });
});

it("through the worker's own entry a server that was just made is published and can be read", async () => {
  const ask = (method: string, path: string, body?: unknown) =>
    exports.default.fetch(`${env.PUBLIC_ORIGIN}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const { path } = await organization("Through the entry");
  const created = await ask("POST", `${path}/mcp-servers`, newServer("through-entry"));
  expect(created.status).toBe(201);
  expect(await created.json()).toMatchObject({ mcpUrl: `${env.PUBLIC_ORIGIN}/s/through-entry/mcp`, gatewayId: null });
  expect(await copyOf("through-entry")).toMatchObject({ slug: "through-entry" });
  expect((await ask("GET", `${path}/mcp-servers/nothing`)).status).toBe(404);
  expect((await ask("GET", "/openapi.json")).status).toBe(200);
});
