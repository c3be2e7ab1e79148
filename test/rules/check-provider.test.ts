// The doctor at a real provider: a good profile passes, and each mistake is named with what to change.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checks } from "../../src/contract/management/check.ts";
import { seal } from "../rig/connector.ts";
import { examine, serverOf, startRuntime } from "../rig/doctor.ts";
import { providerClients, startProvider, type TestProvider } from "../rig/provider.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.clear());

const post = () => ({
  authorizationServerUrl: provider.issuer,
  clientId: providerClients.client_secret_post.id,
  clientSecretsSealed: [seal(providerClients.client_secret_post.secret)],
  tokenEndpointAuthMethod: "client_secret_post" as const,
  resource: provider.resource,
  id: "gw_test",
});

describe("a good profile", () => {
  test("passes; what cannot be known is skipped with the reason", async () => {
    const { all, with: having } = await examine(post());
    expect(having("fail")).toEqual([]);
    expect(having("warn")).toEqual(["servers"]);
    expect(having("skip")).toEqual(["registration", "introspection"]);
    for (const { status, seen } of all) if (status === "skip") expect(seen).toBeTruthy();
  });

  test("says what was seen, and asks for nothing to be changed", async () => {
    const { of } = await examine(post(), { servers: [] });
    expect(of("discovery.oidc-append").seen).toContain(`issuer ${provider.issuer}`);
    expect(of("issuer")).toMatchObject({ expected: provider.issuer, seen: `document says ${provider.issuer}` });
    expect(of("pkce")).toMatchObject({ status: "pass", seen: "S256" });
    expect(of("keys").seen).toMatch(/^\d+ for signatures: RS256 /);
    expect(of("client").seen).toMatch(/^client_secret_post: invalid_grant/);
    expect(of("authorize")).toMatchObject({ status: "pass", field: null, fix: null });
    expect(of("clock").seen).toMatch(/^\d s (?:ahead|behind)$/);
  });

  test("findings come in the order of the table, and no secret is in them", async () => {
    const { all } = await examine(post(), { servers: [serverOf()] });
    const names = Object.keys(checks);
    const places = all.map(({ check }) => names.indexOf(check));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(JSON.stringify(all)).not.toContain(providerClients.client_secret_post.secret);
  });

  test.each(["none", "client_secret_basic"] as const)("a client of method %s is accepted", async (method) => {
    const { id, secret } = { secret: null, ...providerClients[method] };
    const client = { clientId: id, clientSecretsSealed: secret ? [seal(secret)] : [], tokenEndpointAuthMethod: method };
    expect((await examine({ ...post(), ...client })).of("client").status).toBe("pass");
  });

  test("nobody is signed in by looking: one page was asked for, and no token given", async () => {
    await examine(post());
    expect(provider.counts.token).toBeLessThanOrEqual(2);
    expect(provider.counts.userinfo).toBe(0);
  });
});

describe("mistakes at the provider", () => {
  test("callback mismatch: the page that no gateway ever hears of", async () => {
    const { of } = await examine(post(), {}, { callbackUrl: () => "http://localhost:8787/other/gw_test" });
    expect(of("authorize")).toMatchObject({
      status: "fail",
      diagnosis: "REDIRECT_URI_MISMATCH",
      field: "callbackUrl",
      expected: "the provider accepts callbackUrl http://localhost:8787/other/gw_test",
      fix: expect.stringContaining("Register exactly"),
    });
    expect(of("authorize").seen).toMatch(/status 400, an error page$/);
  });

  test("a resource that the provider does not know", async () => {
    const { of } = await examine({ ...post(), resource: "https://api.example.com/" });
    expect(of("authorize")).toMatchObject({
      status: "fail",
      diagnosis: "AUDIENCE_UNKNOWN",
      field: "resource",
      expected: "the provider accepts resource https://api.example.com/",
      seen: expect.stringContaining("invalid_target"),
    });
  });

  test("an unknown client", async () => {
    const { of } = await examine({ ...post(), clientId: "nobody" });
    expect(of("authorize")).toMatchObject({ status: "fail", diagnosis: "CLIENT_UNKNOWN", field: "clientId" });
    expect(of("client")).toMatchObject({ status: "fail", reason: "provider_client_rejected" });
  });

  test("a wrong secret", async () => {
    const { of, with: having } = await examine({ ...post(), clientSecretsSealed: [seal("wrong-secret-0123456789")] });
    expect(having("fail")).toEqual(["client"]);
    expect(of("client")).toMatchObject({
      reason: "provider_client_rejected",
      diagnosis: "CLIENT_SECRET_INVALID",
      field: "clientSecret",
      seen: expect.stringContaining("client_secret_post: invalid_client"),
    });
    expect(JSON.stringify(of("client"))).not.toContain("wrong-secret");
  });

  test("a right secret sent the wrong way: the right way is tried and named", async () => {
    const strict = await startRuntime(({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, body: { error: "invalid_client" } }
        : { status: 400, body: { error: "invalid_grant" } },
    );
    const { of } = await examine({ ...post(), tokenEndpoint: strict.url });
    await strict.close();
    expect(of("client")).toMatchObject({
      status: "fail",
      diagnosis: "CLIENT_AUTH_METHOD",
      field: "tokenEndpointAuthMethod",
      expected: "client_secret_basic",
      seen: "client_secret_post: invalid_client; client_secret_basic: accepted",
      fix: "Set tokenEndpointAuthMethod to client_secret_basic.",
    });
  });

  test.each([
    ["401 with a challenge", 401, { error: "invalid_client" }, "fail", "CLIENT_SECRET_INVALID"],
    [
      "access_denied for a wrong secret",
      401,
      { error: "access_denied", error_description: "Unauthorized" },
      "fail",
      "CLIENT_SECRET_INVALID",
    ],
    [
      "a secret that has expired",
      401,
      { error: "invalid_client", error_description: "AADSTS7000222: expired" },
      "fail",
      "CLIENT_SECRET_EXPIRED",
    ],
    [
      "a single-page application",
      400,
      { error: "invalid_request", error_description: "AADSTS9002327: only cross-origin" },
      "fail",
      "CLIENT_SPA_PLATFORM",
    ],
    ["a flow that is off", 400, { error: "unauthorized_client" }, "fail", "GRANT_NOT_ENABLED"],
    ["anything else cannot be told", 400, { error: "invalid_request" }, "warn", null],
  ] as const)("token endpoint: %s", async (_name, status, body, verdict, diagnosis) => {
    const providerType = /AADSTS/.test(JSON.stringify(body)) ? "entra" : "manual";
    const headers = { "www-authenticate": 'Basic realm="x"' };
    const endpoint = await startRuntime(() => ({ status, body, ...(status === 401 && { headers }) }));
    const { of } = await examine({ ...post(), providerType, tokenEndpoint: endpoint.url });
    await endpoint.close();
    expect(of("client")).toMatchObject({ status: verdict, diagnosis });
  });

  test("a secret that is missing", async () => {
    const { of } = await examine({ ...post(), clientSecretsSealed: [], tokenEndpointAuthMethod: null });
    expect(of("client")).toMatchObject({ status: "fail", diagnosis: "CLIENT_IS_CONFIDENTIAL", field: "clientSecret" });
    const asked = await examine({ ...post(), clientSecretsSealed: [] });
    expect(asked.of("profile.client-secret")).toMatchObject({ status: "fail", field: "clientSecret" });
  });

  test("of two secrets the newer is wrong", async () => {
    const { of } = await examine({ ...post(), clientSecretsSealed: [seal("wrong"), ...post().clientSecretsSealed] });
    expect(of("client")).toMatchObject({ status: "fail", field: "clientSecret" });
    expect(of("client").seen).toContain("the secret before this one is accepted");
  });

  test("a provider that is down, and one that never answers", async () => {
    const down = await examine({ ...post(), authorizationServerUrl: "http://127.0.0.1:1" });
    expect(down.of("discovery")).toMatchObject({
      ...{ status: "fail", reason: "provider_unavailable", field: "authorizationServerUrl" },
      seen: expect.stringContaining("no connection"),
    });
    expect(down.of("client")).toMatchObject({ status: "skip", seen: "needs the provider's metadata" });
    provider.fault({ endpoint: "metadata", hang: true });
    const began = Date.now();
    expect((await examine(post())).of("discovery").seen).toContain("no answer in time");
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  test("endpoints that fail while the metadata is fine", async () => {
    provider.fault({ endpoint: "token", status: 503 });
    provider.fault({ endpoint: "jwks", status: 500 });
    const { of, with: having } = await examine(post());
    expect(having("fail")).toEqual(["endpoints.token", "keys", "client"]);
    expect(of("client")).toMatchObject({ reason: "provider_unavailable", field: "tokenEndpoint" });
    expect(of("keys")).toMatchObject({ reason: "provider_unavailable", field: "jwksUri" });
  });

  test("endpoints that hang cost one check each, and less than ten seconds together", async () => {
    for (const endpoint of ["token", "jwks", "authorize"] as const) provider.fault({ endpoint, hang: true });
    const began = Date.now();
    const { of } = await examine(post());
    expect(Date.now() - began).toBeLessThan(10_000);
    for (const check of ["authorize", "client", "keys"]) {
      expect(of(check)).toMatchObject({ status: "fail", reason: "provider_unavailable" });
    }
  });
});

describe("a profile that is not finished", () => {
  test("without a client id nothing is tried in its name", async () => {
    const { of } = await examine({ ...post(), clientId: null });
    expect(of("profile.client-id")).toMatchObject({ status: "fail", field: "clientId" });
    expect(of("authorize")).toMatchObject({ status: "skip", seen: "needs the profile's clientId" });
    expect(of("client").status).toBe("skip");
    expect(of("endpoints.token").status).toBe("pass");
  });

  test("without an address there is nothing to ask", async () => {
    const { of } = await examine({ ...post(), authorizationServerUrl: null });
    expect(of("discovery")).toMatchObject({
      ...{ status: "fail", reason: "profile_incomplete", field: "authorizationServerUrl" },
    });
  });

  test("without resource and openid people look twice", async () => {
    const { of } = await examine({ ...post(), resource: null, scopes: [] });
    expect(of("profile.resource")).toMatchObject({ status: "warn", field: "resource" });
    expect(of("profile.scopes")).toMatchObject({ status: "warn", expected: "openid", field: "scopes" });
  });
});
