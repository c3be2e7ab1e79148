// SqlOS, old and new: appended discovery only, resource at every step, scope and organization lost at refresh, logout.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectorFor, departure, profileOf } from "../rig/connector.ts";
import { type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

const resource = "https://app.example.com/api";
const base = "/sqlos/auth";
let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.reset();
  provider.on(`${base}/.well-known/oauth-authorization-server`, {
    body: {
      issuer: `${provider.origin}${base}`,
      authorization_endpoint: `${provider.origin}${base}/authorize`,
      token_endpoint: `${provider.origin}${base}/token`,
      jwks_uri: `${provider.origin}${base}/jwks.json`,
      code_challenge_methods_supported: ["S256"],
      scopes_supported: ["openid", "profile", "email", "items.read", "offline_access"],
      token_endpoint_auth_methods_supported: ["none"],
      resource_parameter_supported: true,
    },
  });
  provider.on(`${base}/jwks.json`, { body: { keys: [provider.publicKey] } });
});

const profile = (fields: Parameters<typeof profileOf>[0] = {}) =>
  profileOf({ providerType: "sqlos", authorizationServerUrl: `${provider.origin}${base}`, resource, ...fields });

const claims = (more: Record<string, unknown> = {}) => ({
  iss: `${provider.origin}${base}`,
  sub: "usr_0001",
  sid: "ses_0001",
  client_id: "public-client",
  aud: resource,
  ...more,
});

async function arrive(token: string, answer: Record<string, unknown> = {}, fields = {}) {
  provider.on(`${base}/token`, { body: { access_token: token, refresh_token: "rt-1", expires_in: 600, ...answer } });
  const request = await departure(["items.read"]);
  const parameters = new URLSearchParams({ code: "c", state: request.state });
  return connectorFor().arrive(profile(fields), { ...request, parameters });
}

const sent = (path: string) =>
  provider.asked.filter((request) => request.path === path).map(({ body }) => new URLSearchParams(body));

describe("departure", () => {
  test("resource is asked for, offline access is not", async () => {
    const url = new URL(await connectorFor().authorizationUrl(profile(), await departure(["items.read"])));
    expect(url.searchParams.get("resource")).toBe(resource);
    expect(url.searchParams.get("scope")).toBe("openid profile email items.read");
    expect(url.searchParams.has("prompt")).toBe(false);
  });
});

describe("arrival", () => {
  test("a release without ID tokens: the access token tells user and workspace, resource goes to the token endpoint", async () => {
    const token = await provider.sign(claims({ org_id: "org_1", email: "ada@example.com" }), { typ: "JWT" });
    const { identity, tokens } = await arrive(token, { scope: "items.read openid" });
    expect(identity).toMatchObject({ subject: "usr_0001", workspace: "org_1", email: "ada@example.com" });
    expect(tokens).toMatchObject({ scope: ["items.read"], refreshToken: "rt-1" });
    expect(sent(`${base}/token`)[0]?.get("resource")).toBe(resource);
  });

  test("a scope that was dropped in silence is not granted", async () => {
    const { tokens } = await arrive(await provider.sign(claims()), { scope: "" });
    expect(tokens.scope).toEqual([]);
  });

  test("the token of a machine stands for no person", async () => {
    const refused = arrive(await provider.sign(claims({ token_kind: "service" })));
    await expect(refused).rejects.toMatchObject({
      reason: "access_token_invalid",
      detail: { seen: "token_kind service" },
    });
  });

  test("a token for the client audience is refused with both values", async () => {
    const refused = arrive(await provider.sign(claims({ aud: "sqlos" })));
    await expect(refused).rejects.toMatchObject({
      reason: "audience_mismatch",
      detail: { expected: resource, seen: "sqlos" },
    });
  });

  test("an issuer left at its default is refused with both values", async () => {
    const refused = arrive(await provider.sign(claims({ iss: "https://localhost/sqlos/auth" })));
    await expect(refused).rejects.toMatchObject({
      reason: "access_token_invalid",
      detail: { expected: `iss ${provider.origin}${base}`, seen: "iss https://localhost/sqlos/auth" },
    });
  });

  test("a list of [none] says nothing about this client: a secret goes into the header", async () => {
    const token = await provider.sign(claims());
    await arrive(token, {}, { clientId: "confidential", clientSecretsSealed: ["sealed:s"] });
    const [request] = provider.asked.filter(({ path }) => path === `${base}/token`);
    expect(request?.headers.authorization).toBe(`Basic ${btoa("confidential:s")}`);
    expect(request?.body).not.toContain("client_secret");
  });
});

describe("renewal", () => {
  const grant = { refreshToken: "rt-1", scope: ["items.read"], workspace: "org_1" };

  test("an empty scope and a lost organization change nothing; resource is repeated", async () => {
    const token = await provider.sign(claims());
    provider.on(`${base}/token`, { body: { access_token: token, refresh_token: "rt-2", scope: "", expires_in: 600 } });
    const renewal = await connectorFor().renew(profile(), grant);
    expect(renewal).toMatchObject({
      outcome: "renewed",
      workspace: "org_1",
      tokens: { refreshToken: "rt-2", scope: ["items.read"] },
    });
    expect(sent(`${base}/token`)[0]?.get("resource")).toBe(resource);
  });

  test("inside the grace of 30 seconds a fault is tried once more with the same token", async () => {
    provider.on(`${base}/token`, { status: 502, body: "" });
    expect(await connectorFor().renew(profile(), grant)).toMatchObject({ outcome: "unavailable" });
    expect(sent(`${base}/token`).map((body) => body.get("refresh_token"))).toEqual(["rt-1", "rt-1"]);
  });

  test("a request to wait is respected", async () => {
    provider.on(`${base}/token`, { status: 429, headers: { "retry-after": "9" }, body: "" });
    expect(await connectorFor().renew(profile(), grant)).toMatchObject({ outcome: "unavailable", retryAfter: 9 });
    expect(sent(`${base}/token`)).toHaveLength(1);
  });

  test("a spent refresh token ends the grant with the provider's words", async () => {
    const body = { error: "invalid_grant", error_description: "Refresh token has already been used." };
    provider.on(`${base}/token`, { status: 400, body });
    expect(await connectorFor().renew(profile(), grant)).toEqual({
      outcome: "ended",
      reason: "provider_grant_ended",
      seen: "invalid_grant: Refresh token has already been used.",
      diagnosis: "REFRESH_REUSED",
    });
  });
});

describe("revocation", () => {
  test("its own logout takes the refresh token as JSON", async () => {
    provider.on(`${base}/logout`, { status: 204 });
    const tokens = { refreshToken: "rt-1", accessToken: "a" };
    expect(await connectorFor().revoke(profile(), tokens)).toBe("revoked");
    const [request] = provider.asked.filter(({ path }) => path === `${base}/logout`);
    expect(request).toMatchObject({ method: "POST", body: '{"refreshToken":"rt-1"}' });
    expect(request?.headers["content-type"]).toBe("application/json");
  });

  test("without a refresh token there is nothing to revoke", async () => {
    expect(await connectorFor().revoke(profile(), { refreshToken: null, accessToken: "a" })).toBe("nothing_to_revoke");
  });
});
