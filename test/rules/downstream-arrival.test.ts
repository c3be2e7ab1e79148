// A person at a real provider and back: what the gateway asks for, and which answers it refuses.
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { appUserId } from "../../src/worker/oauth/identity-claims.ts";
import type { GatewayProfile } from "../../src/worker/oauth/profile.ts";
import { callbackPrefix, connectorFor, departure, profileOf, seal, travel } from "../rig/connector.ts";
import { providerClients, signIn, startProvider, type TestProvider } from "../rig/provider.ts";

let provider: TestProvider;
let privateJwk: string;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  privateJwk = JSON.stringify({ ...(await exportJWK(privateKey)), kid: "client-1", alg: "ES256" });
  provider = await startProvider({ clientKey: { ...(await exportJWK(publicKey)), kid: "client-1", alg: "ES256" } });
});
afterAll(() => provider.close());
beforeEach(() => provider.clear());

const profile = (fields: Partial<GatewayProfile> = {}) =>
  profileOf({ authorizationServerUrl: provider.issuer, ...fields });

describe("authorization URL", () => {
  test("P-79 it carries the gateway's own S256 challenge, state, nonce and callback", async () => {
    const url = new URL(await connectorFor().authorizationUrl(profile(), await departure()));
    const query = Object.fromEntries(url.searchParams);
    expect(query).toMatchObject({
      response_type: "code",
      client_id: "public-client",
      redirect_uri: `${callbackPrefix}gw_test`,
      state: "state-1",
      nonce: "nonce-1",
      code_challenge_method: "S256",
    });
    expect(query.code_challenge).toMatch(/^[\w-]{43}$/);
  });

  test("scopes are the profile's and the requested ones; offline access is asked for where it is advertised", async () => {
    const url = new URL(await connectorFor().authorizationUrl(profile(), await departure()));
    expect(url.searchParams.get("scope")).toBe("openid profile email tickets.read offline_access");
    expect(url.searchParams.get("prompt")).toBe("consent");
    expect(url.search).not.toContain("+");
  });

  test.each([
    ["nothing said", {}, { resource: "https://api.example.com", audience: null }],
    ["audience", { resourceParameter: "audience" }, { resource: null, audience: "https://api.example.com" }],
    ["none", { resourceParameter: "none" }, { resource: null, audience: null }],
    ["no resource in the profile", { resource: null }, { resource: null, audience: null }],
  ] as const)("the API is named as the profile says: %s", async (_name, fields, expected) => {
    const url = new URL(await connectorFor().authorizationUrl(profile(fields), await departure()));
    expect({ resource: url.searchParams.get("resource"), audience: url.searchParams.get("audience") }).toEqual(
      expected,
    );
  });

  test("without openid there is no nonce and no offline access", async () => {
    const url = new URL(await connectorFor().authorizationUrl(profile({ scopes: [] }), await departure()));
    expect(url.searchParams.get("scope")).toBe("tickets.read");
    expect(url.searchParams.get("nonce")).toBeNull();
  });

  test("a profile without client id names the field", async () => {
    const refused = connectorFor().authorizationUrl(profile({ clientId: null }), await departure());
    await expect(refused).rejects.toMatchObject({ reason: "profile_incomplete", detail: { field: "clientId" } });
  });
});

describe("arrival", () => {
  test("a person signs in: identity, workspace, granted scope and tokens for the profile's resource", async () => {
    const connector = connectorFor();
    const { arrival } = await travel(connector, profile(), "user1");
    const { identity, tokens } = await connector.arrive(profile(), arrival);
    expect(identity).toEqual({
      userId: await appUserId("org_test0001", provider.issuer, "user1"),
      issuer: provider.issuer,
      subject: "user1",
      workspace: "org_north",
      email: "user1@example.com",
    });
    expect(tokens.scope).toEqual(["tickets.read"]);
    expect(tokens.accessToken.split(".")).toHaveLength(3);
    expect(tokens.refreshToken).toBeTypeOf("string");
    expect(tokens.expiresAt).toBeGreaterThan(Date.now() / 1000 + 500);
  });

  test.each(["client_secret_basic", "client_secret_post", "private_key_jwt"] as const)(
    "the client authenticates with %s",
    async (method) => {
      const client = providerClients[method];
      const secret = "secret" in client ? client.secret : privateJwk;
      const confidential = profile({
        clientId: client.id,
        clientSecretsSealed: [seal(secret)],
        tokenEndpointAuthMethod: method,
      });
      const connector = connectorFor();
      const { arrival } = await travel(connector, confidential, "user2");
      const { identity } = await connector.arrive(confidential, arrival);
      expect(identity).toMatchObject({ subject: "user2", workspace: "org_south" });
    },
  );

  test("the older of two live secrets is tried once when the newer one is refused", async () => {
    const { id, secret } = providerClients.client_secret_basic;
    const changing = profile({ clientId: id, clientSecretsSealed: [seal("not yet known there"), seal(secret)] });
    const connector = connectorFor();
    const { arrival } = await travel(connector, changing, "user1");
    await expect(connector.arrive(changing, arrival)).resolves.toMatchObject({ identity: { subject: "user1" } });
    expect(provider.counts.token).toBe(2);
  });

  test("a wrong secret is named as such", async () => {
    const wrong = profile({ clientId: "basic-client", clientSecretsSealed: [seal("wrong")] });
    const connector = connectorFor();
    const { arrival } = await travel(connector, wrong, "user1");
    const refused = connector.arrive(wrong, arrival);
    await expect(refused).rejects.toMatchObject({ reason: "provider_client_rejected", transient: false });
  });

  test("an opaque access token is accepted when an ID token names the person", async () => {
    const opaque = profile({ resource: `${provider.resource}/opaque` });
    const connector = connectorFor();
    const { arrival } = await travel(connector, opaque, "user1");
    const { identity, tokens } = await connector.arrive(opaque, arrival);
    expect(tokens.accessToken).not.toContain(".");
    expect(identity.subject).toBe("user1");
    expect(provider.counts.userinfo).toBe(0);
  });

  test("without openid the person is taken from the JWT access token", async () => {
    const plain = profile({ scopes: [] });
    const connector = connectorFor();
    const { arrival } = await travel(connector, plain, "user2");
    const { identity } = await connector.arrive(plain, arrival);
    expect(identity).toMatchObject({ subject: "user2", workspace: "org_south", email: null });
  });

  test("an opaque access token alone names nobody", async () => {
    const nameless = profile({ scopes: [], resource: `${provider.resource}/opaque` });
    const connector = connectorFor();
    const { arrival } = await travel(connector, nameless, "user2");
    await expect(connector.arrive(nameless, arrival)).rejects.toMatchObject({ reason: "identity_missing" });
  });

  test("P-80 another issuer in the answer is refused before the code is sent", async () => {
    const connector = connectorFor();
    const { arrival } = await travel(connector, profile(), "user1");
    arrival.parameters.set("iss", "https://evil.example");
    await expect(connector.arrive(profile(), arrival)).rejects.toMatchObject({
      reason: "issuer_response_mismatch",
      detail: { expected: `iss ${provider.issuer}`, seen: "iss https://evil.example" },
    });
    expect(provider.counts.token).toBe(0);
  });

  test("P-80 a missing iss is refused when the provider advertises it", async () => {
    const connector = connectorFor();
    const { arrival } = await travel(connector, profile(), "user1");
    arrival.parameters.delete("iss");
    await expect(connector.arrive(profile(), arrival)).rejects.toMatchObject({ reason: "issuer_response_mismatch" });
    expect(provider.counts.token).toBe(0);
  });

  test("CVE-2026-81888 an answer with another state or none is refused", async () => {
    const connector = connectorFor();
    const { arrival } = await travel(connector, profile(), "user1");
    for (const state of ["other", null]) {
      const parameters = new URLSearchParams(arrival.parameters);
      if (state) parameters.set("state", state);
      else parameters.delete("state");
      const refused = connector.arrive(profile(), { ...arrival, parameters });
      await expect(refused).rejects.toMatchObject({ reason: "state_unknown" });
    }
    expect(provider.counts.token).toBe(0);
  });

  test("P-82 an ID token with another nonce is refused", async () => {
    const connector = connectorFor();
    const { arrival } = await travel(connector, profile(), "user1");
    const refused = connector.arrive(profile(), { ...arrival, nonce: "another" });
    await expect(refused).rejects.toMatchObject({ reason: "id_token_invalid" });
  });

  test("P-79 a code with another verifier is refused by the provider and told as its error", async () => {
    const connector = connectorFor();
    const { arrival } = await travel(connector, profile(), "user1");
    const { codeVerifier } = await departure();
    const refused = connector.arrive(profile(), { ...arrival, codeVerifier });
    await expect(refused).rejects.toMatchObject({
      reason: "provider_error",
      detail: { seen: expect.stringMatching(/^invalid_grant: /) },
    });
  });

  test("a person who declines at the provider is provider_denied", async () => {
    const connector = connectorFor();
    const request = await departure();
    const url = await connector.authorizationUrl(profile(), request);
    const callback = await signIn(url, { login: "user1", callbackPrefix, deny: true });
    const refused = connector.arrive(profile(), { ...request, parameters: callback.searchParams });
    await expect(refused).rejects.toMatchObject({
      reason: "provider_denied",
      detail: { seen: "access_denied: End-User aborted interaction" },
    });
  });

  test("P-80 an error answer is checked like any other, and its text is made harmless", async () => {
    const request = await departure();
    const parameters = new URLSearchParams({
      error: "invalid_scope",
      error_description: `line one\r\n${"x".repeat(900)}`,
      state: request.state,
    });
    const arrival = { ...request, parameters };
    await expect(connectorFor().arrive(profile(), arrival)).rejects.toMatchObject({
      reason: "issuer_response_mismatch",
    });
    parameters.set("iss", provider.issuer);
    const refused = await connectorFor()
      .arrive(profile(), arrival)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      reason: "provider_error",
      detail: { seen: expect.stringMatching(/^invalid_scope: line one x+…$/) },
    });
    expect((refused as { detail: { seen: string } }).detail.seen).toHaveLength(500);
  });

  test("a pinned issuer that the metadata no longer names stops the code from being sent", async () => {
    const connector = connectorFor();
    const { arrival } = await travel(connector, profile(), "user1");
    const refused = connector.arrive(profile({ pinnedIssuer: "https://before.example" }), arrival);
    await expect(refused).rejects.toMatchObject({
      reason: "metadata_issuer_mismatch",
      detail: { expected: "https://before.example", seen: provider.issuer },
    });
    expect(provider.counts.token).toBe(0);
  });

  test.each([
    ["500", { status: 500, body: '{"error":"invalid_grant"}' }],
    ["429", { status: 429, headers: { "retry-after": "7" } }],
    ["HTML", { body: "<html>maintenance</html>" }],
    ["JSON without a token", { body: '{"token_type":"Bearer"}', headers: { "content-type": "application/json" } }],
    ["silence", { hang: true }],
    ["a lost reply", { dropReply: true }],
  ])("a token endpoint that answers with %s is a passing fault", async (_name, fault) => {
    const connector = connectorFor({ timeout: 400 });
    const { arrival } = await travel(connector, profile(), "user1");
    provider.fault({ endpoint: "token", times: 1, ...fault });
    const refused = connector.arrive(profile(), arrival);
    await expect(refused).rejects.toMatchObject({ reason: "provider_unavailable", transient: true });
  });
});
