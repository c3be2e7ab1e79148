// Who may ask at the embedded door, how, and which pages may read the answer (group 32).
import { beforeAll, describe, expect, test } from "vitest";
import { keyHeader } from "../../src/contract/embed.ts";
import { type Agent, addAgent, appOrigin, exchange, openScripted, Signer, told } from "./exchange-visit.ts";
import { api, apiResource, fetchUrl, type Shop } from "./journey.ts";

let shop: Shop & { tokenIssuer: string };
let agent: Agent;
let signer: Signer;
const now = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  signer = await Signer.make();
  shop = await openScripted("refusals", { keys: [{ ...signer.jwk, kid: "key-1", use: "sig" }] });
  agent = await addAgent(shop, { allowedOrigins: [appOrigin, "https://*.wild.example"] });
});

const claims = (changes: Record<string, unknown> = {}) => ({
  ...{ iss: shop.tokenIssuer, sub: "ada", aud: apiResource, iat: now(), exp: now() + 300, org_id: "org_acme" },
  ...{ scope: "tickets.read tickets.write", email: "ada@acme.example" },
  ...changes,
});
const good = (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  signer.sign(claims(changes), header);
const path = (rest = "") => `/organizations/${shop.organizationId}${rest}`;

describe("who asks", () => {
  test.each<[string, Record<string, unknown>, Record<string, string>, object]>([
    [
      "an unknown key",
      { apiKey: "mcpstack_pk_nobody" },
      {},
      { status: 401, error: "invalid_client", reason: "agent_key_unknown" },
    ],
    [
      "another agent's id",
      { agentId: "ag_somebody" },
      {},
      { status: 401, error: "invalid_client", reason: "agent_mismatch", field: "agentId" },
    ],
    [
      "another origin",
      {},
      { origin: "https://evil.example" },
      { status: 403, error: "access_denied", reason: "agent_origin_refused", seen: "https://evil.example" },
    ],
    ["P-90 origin null", {}, { origin: "null" }, { reason: "agent_origin_refused" }],
    ["P-90 a sub-domain", {}, { origin: "https://x.app.example.com" }, { reason: "agent_origin_refused" }],
    ["P-90 another port", {}, { origin: `${appOrigin}:8443` }, { reason: "agent_origin_refused" }],
    ["P-90 plain http", {}, { origin: "http://app.example.com" }, { reason: "agent_origin_refused" }],
    ["the bare domain of a wildcard", {}, { origin: "https://wild.example" }, { reason: "agent_origin_refused" }],
    ["two labels at a wildcard", {}, { origin: "https://a.b.wild.example" }, { reason: "agent_origin_refused" }],
  ])("%s is refused", async (_, overrides, headers, expected) => {
    expect(await told(await exchange(shop, agent, await good(), overrides, headers))).toMatchObject(expected);
  });

  test("one label at a wildcard is accepted", async () => {
    expect((await exchange(shop, agent, await good(), {}, { origin: "https://a.wild.example" })).status).toBe(200);
  });

  test("P-90 no origin is refused", async () => {
    const body = JSON.stringify({ apiKey: agent.key, agentId: agent.id, token: await good() });
    const headers = { "content-type": "application/json" };
    const response = await fetchUrl(`${shop.issuer}/embedded/exchange`, { method: "POST", headers, body });
    expect(await told(response)).toMatchObject({ status: 403, reason: "agent_origin_missing" });
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
  });

  test("another agent's key does not speak for this one", async () => {
    const other = await addAgent(shop, { name: "Other" });
    const answer = await told(await exchange(shop, { ...agent, key: other.key }, await good()));
    expect(answer.reason).toBe("agent_mismatch");
  });

  test("P-91 an agent that is not linked is told so, and one of another organization is unknown", async () => {
    const loose = await addAgent(shop, { name: "Loose", servers: [] });
    expect(await told(await exchange(shop, loose, await good()))).toMatchObject({
      status: 403,
      reason: "agent_not_linked",
    });
    const elsewhere = await openScripted("elsewhere", { keys: [] });
    const foreign = await addAgent(elsewhere);
    expect(await told(await exchange(shop, foreign, await good()))).toMatchObject({ reason: "agent_key_unknown" });
  });

  test("a rotated key works until its overlap ends", async () => {
    const fresh = await addAgent(shop, { name: "Rotating" });
    await api("POST", path(`/agents/${fresh.id}/keys`), shop.token, { overlapSeconds: 600 });
    expect((await exchange(shop, fresh, await good())).status).toBe(200);
    await api("POST", path(`/agents/${fresh.id}/keys`), shop.token, { overlapSeconds: 0 });
    expect(await told(await exchange(shop, fresh, await good()))).toMatchObject({ reason: "agent_key_unknown" });
  });

  test("without a gateway nothing is exchanged", async () => {
    const bare = await openScripted("bare", { keys: [] });
    const its = await addAgent(bare);
    await api("DELETE", `/organizations/${bare.organizationId}/mcp-servers/${bare.serverId}/gateway`, bare.token);
    expect(await told(await exchange(bare, its, await good()))).toMatchObject({
      ...{ status: 400, error: "invalid_target", reason: "gateway_detached" },
    });
  });
});

describe("the request", () => {
  const knock = (body: BodyInit | null, headers: Record<string, string> = {}, method = "POST") =>
    fetchUrl(`${shop.issuer}/embedded/exchange`, {
      method,
      headers: { "content-type": "application/json", origin: appOrigin, ...headers },
      ...(body !== null && { body }),
    });

  test.each<[string, string, Record<string, string>, object]>([
    [
      "an unknown member",
      '{"apiKey":"k","agentId":"a","token":"t","refresh":1}',
      {},
      { status: 400, field: "refresh" },
    ],
    [
      "an unknown member inside",
      '{"apiKey":"k","agentId":"a","token":"t","userIdentity":{"id":1}}',
      {},
      { field: "userIdentity.id" },
    ],
    ["a missing member", '{"apiKey":"k","agentId":"a"}', {}, { status: 400, field: "token" }],
    ["no JSON", "{", {}, { status: 400, field: "body" }],
    ["a list", "[]", {}, { status: 400, field: "body" }],
    [
      "a scope with a space",
      '{"apiKey":"k","agentId":"a","token":"t","scopes":["a\\u0000b"]}',
      {},
      { error: "invalid_scope" },
    ],
    ["another type", "x", { "content-type": "text/plain" }, { status: 400, reason: "unsupported_media_type" }],
    ["a large body", `{"token":"${"x".repeat(70_000)}"}`, {}, { status: 413, reason: "request_too_large" }],
  ])("%s is refused", async (_, body, headers, expected) => {
    expect(await told(await knock(body, headers))).toMatchObject({ error: expect.any(String), ...expected });
  });

  test("other methods are refused by name", async () => {
    const response = await knock(null, {}, "GET");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("pages", () => {
  const preflight = (origin: string) =>
    fetchUrl(`${shop.issuer}/embedded/exchange`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });

  test("P-90 a preflight of a listed origin names that origin alone, without credentials", async () => {
    const { status, headers } = await preflight(appOrigin);
    expect([status, headers.get("access-control-allow-origin"), headers.get("vary")]).toEqual([
      204,
      appOrigin,
      "Origin",
    ]);
    expect(headers.get("access-control-allow-headers")).toBe(`content-type, ${keyHeader.toLowerCase()}`);
    expect(headers.has("access-control-allow-credentials")).toBe(false);
  });

  test.each(["https://evil.example", "null", "https://x.app.example.com"])(
    "a preflight of %s is not",
    async (origin) => {
      expect((await preflight(origin)).headers.has("access-control-allow-origin")).toBe(false);
    },
  );

  test("refusals can be read by listed pages, and by no other", async () => {
    const own = await exchange(shop, agent, "opaque");
    expect(own.headers.get("access-control-allow-origin")).toBe(appOrigin);
    expect(own.headers.get("access-control-expose-headers")).toBe("Retry-After");
    const foreign = await exchange(shop, agent, "opaque", {}, { origin: "https://evil.example" });
    expect([foreign.status, foreign.headers.has("access-control-allow-origin")]).toEqual([403, false]);
    expect(foreign.headers.get("vary")).toBe("Origin");
  });
});
