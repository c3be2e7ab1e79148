// Static headers servers at the door: who may call, what the runtime gets, and that nobody signs in there.
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { sha256 } from "../../src/worker/oauth/digest.ts";
import type { ServerSnapshot } from "../../src/worker/store/promises/snapshot.ts";
import { call, door, echoed, freshKey, knock, refusal, sealer } from "./proxy-visit.ts";
import { api, errorOf, fetchUrl, openShop, origin, runtimeSaw } from "./shop.ts";
import {
  addToken,
  callShared,
  configured,
  lastHeaders,
  openShared,
  type SharedServer,
} from "./static-headers-visit.ts";

let shared: SharedServer;

beforeAll(async () => {
  shared = await openShared();
});

describe("a caller's call", () => {
  it("carries the configured headers, which win over the client's, and never the API token", async () => {
    const { token } = shared.caller;
    const response = await callShared(shared, token, undefined, { "Accept-Language": "de", "X-Api-Key": "mine" });
    expect(response.status).toBe(200);
    const headers = await lastHeaders(shared);
    expect(headers).toMatchObject({
      authorization: configured.Authorization,
      "accept-language": configured["Accept-Language"],
      "x-api-key": configured["X-Api-Key"],
    });
    expect(JSON.stringify(await runtimeSaw(shared))).not.toContain(token);
  });

  it("P-109 tells the runtime which token called", async () => {
    await callShared(shared, shared.caller.token);
    const keys: JSONWebKeySet = await (await fetchUrl(`${origin}/.well-known/jwks.json`)).json();
    const assertion = (await lastHeaders(shared))["x-mcpstack-assertion"] ?? "";
    const rules = { issuer: origin, audience: shared.resource, typ: "mcpstack-assertion+jwt", algorithms: ["ES256"] };
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(keys), rules);
    expect(payload).toMatchObject({
      sub: shared.caller.id,
      client_id: shared.caller.id,
      client_name: "Nightly import",
      channel: "static",
      org: shared.organizationId,
      server: shared.serverId,
      scope: "tickets.read tickets.write",
    });
    expect(payload.sub).toMatch(/^tok_/);
    expect(payload).not.toHaveProperty("grant");
  });

  it("may use every tool, and is held to the same body rules as anybody", async () => {
    const tool = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "create_ticket" } };
    expect((await callShared(shared, shared.caller.token, tool)).status).toBe(200);
    const forged = await callShared(shared, shared.caller.token, tool, { "Mcp-Method": "tools/list" });
    expect([forged.status, (await forged.json<{ error: { code: number } }>()).error.code]).toEqual([400, -32020]);
    const page = await callShared(shared, shared.caller.token, tool, { Origin: "https://evil.example" });
    expect([page.status, (await errorOf(page)).reason]).toEqual([403, "origin_refused"]);
  });

  it("has sessions of its own: another token's is not found", async () => {
    const runtimeUrl = `${inject("runtimeUrl")}/do/status/${freshKey()}?code=200&mcp-session-id=s1&body=%7B%7D`;
    const server = await openShared({ runtimeUrl });
    const second = await addToken(server, "caller", "Second");
    const session = (await callShared(server, server.caller.token)).headers.get("mcp-session-id") ?? "";
    expect(session).toMatch(/^s1\../);
    const inSession = (token: string) => callShared(server, token, undefined, { "Mcp-Session-Id": session });
    expect((await inSession(server.caller.token)).status).toBe(200);
    expect((await inSession(second.token)).status).toBe(404);
  });

  it("carries new headers once they are changed, and none once they are removed", async () => {
    const server = await openShared();
    const path = `${server.base}/mcp-servers/${server.slug}`;
    const changed = await api("PATCH", path, server.token, { staticHeaders: { "X-Api-Key": "k-2" } });
    expect(changed).toMatchObject({ authentication: "static_headers", hasStaticHeaders: true });
    expect(JSON.stringify(changed)).not.toContain("k-2");
    await callShared(server, server.caller.token);
    expect(await lastHeaders(server)).toMatchObject({ "x-api-key": "k-2" });
    expect(await lastHeaders(server)).not.toHaveProperty("authorization");
    expect(await api("PATCH", path, server.token, { staticHeaders: {} })).toMatchObject({ hasStaticHeaders: false });
    await callShared(server, server.caller.token);
    expect(await lastHeaders(server)).not.toHaveProperty("x-api-key");
  });
});

describe("refused with the reason", () => {
  const madeUp = `mcpstack_sk_${"a".repeat(43)}`;
  const role = async (name: string) => (await addToken(shared, name)).token;
  const stranger = async () => (await addToken(await openShop(), "caller")).token;
  const revoked = async () => {
    const { id, token } = await addToken(shared, "caller", "Gone");
    await api("DELETE", `${shared.base}/tokens/${id}`, shared.token);
    return token;
  };

  it.each<[string, () => Promise<string | null> | string | null, number, string]>([
    ["no token", () => null, 401, "caller_token_missing"],
    ["an admin's token", () => role("admin"), 403, "caller_token_role"],
    ["a viewer's token", () => role("viewer"), 403, "caller_token_role"],
    ["a caller of another organization", stranger, 403, "caller_token_organization"],
    ["a revoked token", revoked, 401, "caller_token_unknown"],
    ["a token that nobody made", () => madeUp, 401, "caller_token_unknown"],
    ["the deployment's own token", () => "test-admin-token-0123456789", 401, "caller_token_unknown"],
    ["something like an access token", () => "eyJhbGciOiJkaXIifQ..aa.bb.cc", 401, "caller_token_unknown"],
    ["64 KB of token", () => "a".repeat(65536), 401, "caller_token_unknown"],
  ])("%s", async (_, token, status, reason) => {
    const response = await callShared(shared, await token());
    const body = await errorOf(response);
    expect([response.status, body.reason]).toEqual([status, reason]);
    expect(body.error_description).toContain("API token of role caller");
    const challenge = response.headers.get("www-authenticate") ?? "";
    expect(challenge).toMatch(/^Bearer realm="mcp"/);
    expect(challenge).not.toMatch(/resource_metadata|scope/);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("a caller's token at a server with a gateway is no access token", async () => {
    const { resource, ...shop } = await openShop();
    const { token } = await addToken({ ...shop, resource }, "caller");
    const response = await fetchUrl(resource, { method: "POST", headers: { authorization: `Bearer ${token}` } });
    expect([response.status, (await errorOf(response)).reason]).toEqual([401, "token_invalid"]);
    expect(response.headers.get("www-authenticate")).toContain("resource_metadata=");
  });
});

describe("nobody signs in there", () => {
  it.each([
    ["GET", "/authorize?response_type=code&client_id=x"],
    ["POST", "/token"],
    ["POST", "/register"],
    ["POST", "/revoke"],
    ["POST", "/embedded/exchange"],
    ["GET", "/.well-known/oauth-authorization-server"],
    ["GET", "/.well-known/openid-configuration"],
  ])("%s %s is a 404 that says what to do", async (method, path) => {
    const response = await fetchUrl(shared.issuer + path, { method, headers: { accept: "application/json" } });
    expect(response.status).toBe(404);
    if (!path.includes("openid")) expect((await errorOf(response)).reason).toBe("static_headers_server");
  });
});

describe("the proxy's own view", () => {
  const bearer = `mcpstack_sk_${"b".repeat(43)}`;
  const server = async (sealed: string | null): Promise<Partial<ServerSnapshot>> => ({
    authentication: "static_headers",
    gateway: null,
    staticHeaders: { sealed, callers: [{ id: "tok_import000", name: "Import", hash: await sha256(bearer) }] },
  });
  const headers = JSON.stringify({ "X-Api-Key": "k" });
  const sealedFor = (id: string) => sealer.seal("static-headers", id, headers);

  it("a call is logged with the token's id as its client, and nobody as its user", async () => {
    const at = door(await server(await sealedFor("srv_support0")));
    const answer = await knock(at, { bearer, message: call("tools/call", { name: "purge_tickets" }) });
    expect((await echoed(answer)).headers["x-api-key"]).toBe("k");
    const line = { event: "mcp_call", outcome: "ok", client: "tok_import000", clientName: "Import", channel: "static" };
    expect(at.events).toMatchObject([{ ...line, method: "tools/call", tool: "purge_tickets", status: 200 }]);
    expect(at.events[0]).not.toHaveProperty("user");
    expect(at.storage).toEqual(["use of tok_import000"]);
  });

  it("headers sealed for another server are never sent", async () => {
    const at = door(await server(await sealedFor("srv_other000")));
    expect(await refusal(knock(at, { bearer }))).toMatchObject({ status: 500, reason: "static_headers_unreadable" });
  });

  it("a runtime that refuses the configured headers is a 502 that names them", async () => {
    const behaviour = `/do/status/${freshKey()}?code=401`;
    const at = door({ ...(await server(null)), behaviour });
    const refused = await refusal(knock(at, { bearer }));
    expect(refused).toMatchObject({ status: 502, reason: "runtime_refused", detail: { field: "staticHeaders" } });
  });
});
