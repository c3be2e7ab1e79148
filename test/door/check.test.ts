// POST …/check: the doctor at the door, with a real provider and a real runtime; who may ask, and how often.
import { beforeAll, describe, expect, inject, test } from "vitest";
import type { CheckView, Finding } from "../../src/contract/management/check.ts";
import { addAgent, appToken } from "./exchange-visit.ts";
import { api, apiResource, fetchUrl, openShop, origin, type Shop } from "./shop.ts";

const runtimeUrl = () => `${inject("runtimeUrl")}/guarded/mcp`;

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({ server: { runtimeUrl: runtimeUrl() } });
});

const pathOf = ({ organizationId, gatewayId }: Shop) => `/organizations/${organizationId}/gateways/${gatewayId}/check`;

async function check(at: Shop, body: Record<string, unknown> = {}) {
  const view = await api<CheckView>("POST", pathOf(at), at.token, body);
  return {
    ...view,
    of: (name: string): Finding | undefined => view.findings.find((finding) => finding.check === name),
    named: (status: Finding["status"]) =>
      view.findings.filter((finding) => finding.status === status).map((finding) => finding.check),
  };
}

async function post(token: string, body: unknown = {}, path = pathOf(shop)) {
  const response = await fetchUrl(`${origin}/api/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { error?: { code: string; field?: string } } };
}

describe("a good profile", () => {
  test("passes everywhere; only what nobody can know here is skipped", async () => {
    const { gatewayId, checkedAt, summary, findings, named, of } = await check(shop);
    expect(named("fail")).toEqual([]);
    expect(named("warn")).toEqual([]);
    expect(gatewayId).toBe(shop.gatewayId);
    expect(Math.abs(Date.parse(checkedAt) - Date.now())).toBeLessThan(60_000);
    expect(summary).toEqual({ pass: named("pass").length, warn: 0, fail: 0, skip: named("skip").length });
    expect(findings.length).toBe(summary.pass + summary.skip);
    expect(of("authorize")).toMatchObject({ status: "pass", seen: expect.stringContaining("a page to sign in at") });
    expect(of("client")?.seen).toMatch(/^client_secret_post: invalid_grant/);
    expect(of("runtime.assertion")).toMatchObject({ status: "pass", server: shop.slug });
    expect(of("runtime.mcp")?.seen).toMatch(/^protocol /);
    expect(of("mcp-url.challenge")).toMatchObject({
      status: "pass",
      seen: expect.stringContaining("seen from inside"),
    });
    expect(of("mcp-url.metadata")).toMatchObject({ status: "pass" });
  });

  test("the whole answer comes within ten seconds, and without the secret", async () => {
    const began = Date.now();
    const { findings } = await check(shop);
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(JSON.stringify(findings)).not.toContain("post-secret");
  });
});

describe("each symptom, by the check that names it", () => {
  test("wrong audience and metadata 404", async () => {
    const wrong = await openShop({ gateway: { resource: `${apiResource}/` }, server: { runtimeUrl: runtimeUrl() } });
    expect((await check(wrong)).of("authorize")).toMatchObject({
      ...{ status: "fail", diagnosis: "AUDIENCE_UNKNOWN", field: "resource" },
      expected: `the provider accepts resource ${apiResource}/`,
    });
    const lost = await openShop({
      gateway: { authorizationServerUrl: `${inject("providerUrl")}/tenant`, clientSecret: "wrong-secret" },
      server: { runtimeUrl: runtimeUrl() },
    });
    const found = await check(lost);
    expect(found.of("discovery")).toMatchObject({
      ...{ status: "fail", reason: "metadata_not_found", field: "authorizationServerUrl" },
      seen: expect.stringContaining("/tenant/.well-known/openid-configuration: status 404"),
    });
    expect(found.of("client")).toMatchObject({ status: "skip" });
    expect(found.of("runtime.assertion")).toMatchObject({ status: "pass" });
  });

  test("a runtime without the assertion check, and one that is down", async () => {
    const open = await openShop({ server: { runtimeUrl: `${inject("runtimeUrl")}/mcp` } });
    expect((await check(open)).of("runtime.assertion")).toMatchObject({
      ...{ status: "fail", reason: "runtime_open", server: open.slug, field: "runtimeUrl" },
    });
    const down = await openShop({ server: { runtimeUrl: inject("deadUrl") } });
    expect((await check(down)).of("runtime.reachable")).toMatchObject({
      ...{ status: "fail", reason: "runtime_unavailable", field: "runtimeUrl" },
    });
  });

  test("embedded refusal: a real app's token, good and for another audience", async () => {
    await addAgent(shop);
    const { accessToken, idToken } = await appToken("user1");
    const good = await check(shop, { token: accessToken });
    for (const step of ["kind", "signature", "audience", "times", "identity", "scopes", "sign-in"]) {
      expect(good.of(`token.${step}`), step).toMatchObject({ status: "pass" });
    }
    expect(JSON.stringify(good.findings)).not.toContain(accessToken.split(".")[2]);
    const opaque = await appToken("user1", { resource: `${apiResource}/opaque` });
    expect((await check(shop, { token: opaque.accessToken })).of("token.kind")).toMatchObject({
      ...{ status: "fail", reason: "app_token_opaque" },
    });
    expect((await check(shop, { token: idToken })).of("token.kind")).toMatchObject({ reason: "app_token_id_token" });
  });

  test("missing scope: what the token grants, what is missing, and the tool", async () => {
    const { accessToken } = await appToken("user1", { scope: "openid tickets.read" });
    expect((await check(shop, { token: accessToken })).of("token.scopes")).toMatchObject({
      ...{ status: "warn", reason: "scopes_missing", server: shop.slug },
      seen: expect.stringContaining("missing: tickets.write (needed by create_ticket)"),
    });
  });
});

describe("who may ask", () => {
  test("it sends requests, so a viewer may not; nor may another organization", async () => {
    const { token } = await api<{ token: string }>("POST", `/organizations/${shop.organizationId}/tokens`, shop.token, {
      ...{ name: "viewer", role: "viewer" },
    });
    expect(await post(token)).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    const other = await openShop();
    expect(await post(other.token)).toMatchObject({ status: 404 });
    const foreign = `/organizations/${other.organizationId}/gateways/${shop.gatewayId}/check`;
    expect(await post(other.token, {}, foreign)).toMatchObject({ status: 404 });
  });

  test("one attached server can be named, and none that is not", async () => {
    const { slug } = await openShop();
    expect(await post(shop.token, { server: slug })).toMatchObject({
      status: 404,
      body: { error: { field: "server" } },
    });
    const view = await check(shop, { server: shop.slug });
    expect(view.of("servers")).toMatchObject({ status: "pass", seen: shop.slug });
    expect(await post(shop.token, { tokn: "x" })).toMatchObject({ status: 422, body: { error: { field: "tokn" } } });
  });

  test("ten times a minute for each profile", async () => {
    const busy = await openShop();
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(busy.token, {}, pathOf(busy))));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect((await post(shop.token)).status).toBe(200);
  });
});
