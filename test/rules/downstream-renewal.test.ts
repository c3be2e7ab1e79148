// Refresh and revocation at a real provider: what ends a grant, and the much longer list of what does not (P-85).
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GatewayProfile } from "../../src/worker/oauth/profile.ts";
import { connectorFor, createClock, profileOf, seal, travel } from "../rig/connector.ts";
import { providerClients, startProvider, type TestProvider } from "../rig/provider.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.clear());

const profile = (fields: Partial<GatewayProfile> = {}) =>
  profileOf({ authorizationServerUrl: provider.issuer, ...fields });

describe("renewal", () => {
  async function grant(fields: Partial<GatewayProfile> = {}) {
    const connector = connectorFor({ timeout: 400 });
    const used = profile(fields);
    const { arrival } = await travel(connector, used, "user1", ["tickets.read", "tickets.write"]);
    const { tokens, identity } = await connector.arrive(used, arrival);
    return {
      connector,
      profile: used,
      tokens,
      grant: { refreshToken: tokens.refreshToken ?? "", scope: tokens.scope, workspace: identity.workspace },
    };
  }

  test("P-85 tokens are renewed, the refresh token rotates, scope and workspace stay", async () => {
    const { connector, profile, tokens, grant: held } = await grant();
    const renewal = await connector.renew(profile, held);
    expect(renewal).toMatchObject({ outcome: "renewed", workspace: "org_north" });
    if (renewal.outcome !== "renewed") return;
    expect(renewal.tokens.refreshToken).not.toBe(held.refreshToken);
    expect(renewal.tokens.accessToken).not.toBe(tokens.accessToken);
    expect(renewal.tokens.scope).toEqual(["tickets.read", "tickets.write"]);
    expect(JSON.parse(atob(renewal.tokens.accessToken.split(".")[1] ?? ""))).toMatchObject({ aud: provider.resource });
  });

  test("P-85 only the provider's own invalid_grant ends the grant", async () => {
    const { connector, profile, grant: held } = await grant();
    await connector.renew(profile, held);
    const again = await connector.renew(profile, held);
    expect(again).toMatchObject({ outcome: "ended", reason: "provider_grant_ended" });
  });

  test.each([
    ["500 with invalid_grant in it", { status: 500, body: '{"error":"invalid_grant"}' }, 5],
    ["503 with a long Retry-After", { status: 503, headers: { "retry-after": "4000" } }, 60],
    ["429", { status: 429, headers: { "retry-after": "0" } }, 1],
    ["HTML", { body: "<html>sign in to the hotel</html>" }, 5],
    ["broken JSON", { body: '{"access_token":', headers: { "content-type": "application/json" } }, 5],
    ["200 without a token", { body: "{}", headers: { "content-type": "application/json" } }, 5],
    ["an HTML 404", { status: 404, body: "<html>" }, 5],
    ["temporarily_unavailable", { status: 400, body: '{"error":"temporarily_unavailable"}' }, 5],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/" } }, 5],
    ["silence", { hang: true }, 5],
  ])("P-85 %s leaves the grant alive, and it renews afterwards", async (_name, fault, retryAfter) => {
    const { connector, profile, grant: held } = await grant();
    provider.fault({ endpoint: "token", times: 1, ...fault });
    const first = await connector.renew(profile, held);
    expect(first).toMatchObject({ outcome: "unavailable", retryAfter });
    expect(JSON.stringify(first)).not.toContain("hotel");
    expect(await connector.renew(profile, held)).toMatchObject({ outcome: "renewed" });
  });

  test("a refused client leaves the grant alive: the operator can repair the secret", async () => {
    const { id, secret } = providerClients.client_secret_basic;
    const confidential = { clientId: id, clientSecretsSealed: [seal(secret)] };
    const { connector, profile, grant: held } = await grant(confidential);
    const broken = { ...profile, clientSecretsSealed: [seal("expired")] };
    const refused = await connector.renew(broken, held);
    expect(refused).toMatchObject({ outcome: "unavailable", reason: "provider_client_rejected" });
    expect(await connector.renew(profile, held)).toMatchObject({ outcome: "renewed" });
  });

  test("absent refresh token and empty scope mean unchanged", async () => {
    const { connector, profile, grant: held } = await grant();
    provider.fault({ endpoint: "token", times: 1, body: '{"access_token":"opaque","token_type":"bearer","scope":""}' });
    expect(await connector.renew(profile, held)).toEqual({
      outcome: "renewed",
      tokens: { accessToken: "opaque", expiresAt: null, refreshToken: held.refreshToken, scope: held.scope },
      workspace: "org_north",
    });
  });

  test("a provider that is gone altogether leaves the grant alive", async () => {
    const gone = profileOf({ authorizationServerUrl: "http://127.0.0.1:1" });
    const renewal = await connectorFor().renew(gone, { refreshToken: "r", scope: [], workspace: null });
    expect(renewal).toMatchObject({ outcome: "unavailable", reason: "provider_unavailable" });
  });

  test("an outage of the metadata is bridged by the last good copy", async () => {
    const clock = createClock();
    const connector = connectorFor({ now: clock.now });
    const { arrival } = await travel(connector, profile(), "user1");
    const { tokens } = await connector.arrive(profile(), arrival);
    clock.forward(2 * 3600);
    provider.fault({ endpoint: "metadata", status: 503 });
    const held = { refreshToken: tokens.refreshToken ?? "", scope: tokens.scope, workspace: null };
    expect(await connector.renew(profile(), held)).toMatchObject({ outcome: "renewed" });
  });
});

describe("revocation", () => {
  test("RFC 7009: a revoked refresh token no longer renews", async () => {
    const connector = connectorFor();
    const { arrival } = await travel(connector, profile(), "user1");
    const { tokens } = await connector.arrive(profile(), arrival);
    expect(await connector.revoke(profile(), tokens)).toBe("revoked");
    const held = { refreshToken: tokens.refreshToken ?? "", scope: [], workspace: null };
    expect(await connector.renew(profile(), held)).toMatchObject({ outcome: "ended" });
  });

  test.each([
    ["unavailable", { status: 503 }],
    ["refused", { status: 400, body: '{"error":"invalid_request"}' }],
  ])("a failing endpoint is %s", async (outcome, fault) => {
    provider.fault({ endpoint: "revocation", ...fault });
    const revoked = await connectorFor().revoke(profile(), { refreshToken: "r", accessToken: "a" });
    expect(revoked).toBe(outcome);
  });

  test("a provider without an endpoint for it is unsupported", async () => {
    const byHand = profile({
      authorizationServerUrl: null,
      issuer: provider.issuer,
      authorizationEndpoint: `${provider.issuer}/auth`,
      tokenEndpoint: `${provider.issuer}/token`,
      jwksUri: `${provider.issuer}/jwks`,
    });
    expect(await connectorFor().revoke(byHand, { refreshToken: "r", accessToken: "a" })).toBe("unsupported");
    expect(provider.counts.metadata).toBe(0);
  });
});
