// Several servers with hosts of their own on one Worker: each is alone at its host, people are asked at the main origin.
import { beforeAll, describe, expect, it } from "vitest";
import type { Bindings } from "../../src/worker/settings.ts";
import { Client, errorOf, openShop, origin, Person, runtimeSaw, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";
import { mcpCall, openShared, type SharedServer } from "./static-headers-visit.ts";

const suffix = "mcp.localhost:8787";
const host = (slug: string) => `http://${slug}.${suffix}`;
const hosted = (): Bindings => deployment({ SERVER_HOST_SUFFIX: suffix });
const ask = (url: string, init: RequestInit = {}) => knock(hosted(), url, init);

let one: Shop;
let two: Shop;
let shared: SharedServer;
let tokens: Map<Shop, string>;

beforeAll(async () => {
  [one, two, shared] = [await openShop(), await openShop(), await openShared()];
  tokens = new Map();
  for (const shop of [one, two]) tokens.set(shop, await signIn(shop));
});

const bearer = (shop: Shop) => tokens.get(shop) ?? "";

async function signIn(shop: Shop): Promise<string> {
  const redeemed = await ask(`${host(shop.slug)}/token`, { method: "POST", body: await redemption(shop) });
  expect(redeemed.status).toBe(200);
  return (await redeemed.json<{ access_token: string }>()).access_token;
}

/**
 * What a client of 2025-03-26 then sends to the token endpoint: registration and authorization at the root of the host,
 * and no resource named.
 */
async function redemption(shop: Shop): Promise<URLSearchParams> {
  const client = new Client(shop, "http://127.0.0.1:7000/client/cb");
  const registration = JSON.stringify({ redirect_uris: [client.redirectUri], token_endpoint_auth_method: "none" });
  const json = { "content-type": "application/json" };
  const registered = await ask(`${host(shop.slug)}/register`, { method: "POST", headers: json, body: registration });
  expect(registered.status).toBe(201);
  client.clientId = (await registered.json<{ client_id: string }>()).client_id;

  const { search } = await client.authorizeUrl({ resource: null });
  const sent = await ask(`${host(shop.slug)}/authorize${search}`);
  expect([sent.status, sent.headers.get("location")]).toEqual([302, `${origin}/s/${shop.slug}/authorize${search}`]);
  const began = await ask(sent.headers.get("location") ?? "");
  expect(began.status).toBe(303);
  const { final } = await new Person().walk(began.headers.get("location") ?? "");
  return new URLSearchParams({
    grant_type: "authorization_code",
    code: final.searchParams.get("code") ?? "",
    code_verifier: client.verifier,
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
  });
}

describe("a host per server, on one Worker", () => {
  it.each(["/mcp", "/mcp/"])(
    "P-118 %s of a host takes the token of its own server, and reaches its runtime",
    async (path) => {
      for (const shop of [one, two]) {
        const before = (await runtimeSaw(shop)).length;
        expect((await ask(host(shop.slug) + path, mcpCall(bearer(shop)))).status).toBe(200);
        expect((await runtimeSaw(shop)).length).toBe(before + 1);
      }
    },
  );

  it("HEAD with a token reaches the runtime, and without one is challenged", async () => {
    const headers = { authorization: `Bearer ${bearer(one)}` };
    expect((await ask(`${host(one.slug)}/mcp`, { method: "HEAD", headers })).status).toBe(200);
    const refused = await ask(`${host(one.slug)}/mcp`, { method: "HEAD" });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain(host(one.slug));
  });

  it("19 a token of one host is refused at every other", async () => {
    const before = [(await runtimeSaw(two)).length, (await runtimeSaw(one)).length];
    const foreign: [string, string, number, string][] = [
      [host(two.slug), bearer(one), 401, "token_audience"],
      [host(one.slug), bearer(two), 401, "token_audience"],
      [host(shared.slug), bearer(one), 401, "caller_token_unknown"],
      [host(one.slug), shared.caller.token, 401, "token_invalid"],
      [host("nobody"), bearer(one), 404, "server_unknown"],
      [`http://a.${one.slug}.${suffix}`, bearer(one), 404, "server_unknown"],
    ];
    for (const [base, token, status, reason] of foreign) {
      const response = await ask(`${base}/mcp`, mcpCall(token));
      expect([base, response.status, (await errorOf(response)).reason]).toEqual([base, status, reason]);
    }
    expect([(await runtimeSaw(two)).length, (await runtimeSaw(one)).length]).toEqual(before);
  });

  it("a static headers server at its host takes its callers' tokens, and has no authorization server", async () => {
    expect((await ask(`${host(shared.slug)}/mcp`, mcpCall(shared.caller.token))).status).toBe(200);
    const challenged = await ask(`${host(shared.slug)}/mcp`, { method: "POST" });
    expect(challenged.status).toBe(401);
    expect(challenged.headers.get("www-authenticate")).not.toContain("resource_metadata");
    for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server", "/token"]) {
      const response = await ask(host(shared.slug) + path);
      expect([response.status, (await errorOf(response)).reason]).toEqual([404, "static_headers_server"]);
    }
  });

  it("each host's documents name that host, and nothing of another", async () => {
    for (const [shop, other] of [
      [one, two],
      [two, one],
    ] as const) {
      for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server"]) {
        const text = await (await ask(host(shop.slug) + path)).text();
        expect(text).toContain(host(shop.slug));
        expect(text).not.toContain(other.slug);
      }
    }
  });

  it.each(["/", "/consent", "/account", "/dashboard", "/healthz", "/api/v1/openapi.json", "/.well-known/jwks.json"])(
    "what belongs to the main origin is not at a host: %s",
    async (path) => {
      expect((await ask(host(one.slug) + path)).status).toBe(404);
    },
  );

  it("another server's path on a host is not that server", async () => {
    const response = await ask(`${host(one.slug)}/s/${two.slug}/mcp`, mcpCall(bearer(two)));
    expect(response.status).toBe(404);
  });

  it("a code of one host is not redeemed at another, and is still good at its own", async () => {
    const body = await redemption(one);
    const elsewhere = await ask(`${host(two.slug)}/token`, { method: "POST", body });
    expect([elsewhere.status, (await errorOf(elsewhere)).error]).toEqual([401, "invalid_client"]);
    expect((await ask(`${host(one.slug)}/token`, { method: "POST", body })).status).toBe(200);
  });

  it("P-99 pages of the host itself and of the main origin may call it, pages of another server's host may not", async () => {
    const from = (Origin: string) => ask(`${host(one.slug)}/mcp`, mcpCall(bearer(one), undefined, { Origin }));
    expect((await from(host(one.slug))).status).toBe(200);
    expect((await from(origin)).status).toBe(200);
    expect((await from(host(two.slug))).status).toBe(403);
  });
});
