// Tokens with any claims from a scripted provider: what verifies, what is refused, and how often keys are fetched.
import { SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GatewayProfile } from "../../src/worker/oauth/profile.ts";
import { connectorFor, createClock, departure, profileOf } from "../rig/connector.ts";
import { type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

let provider: ScriptedProvider;
const resource = "https://api.example.com";
const client = "public-client";

beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.reset();
  provider.on("/.well-known/openid-configuration", { body: provider.metadata() });
  provider.on("/jwks", { body: { keys: [provider.publicKey] } });
});

const profile = (fields: Partial<GatewayProfile> = {}) =>
  profileOf({ authorizationServerUrl: provider.origin, ...fields });

/** The provider answers the code with these tokens. */
async function arriveWith(
  tokens: Record<string, unknown>,
  fields: Partial<GatewayProfile> = {},
  connector = connectorFor(),
  scope = ["tickets.read"],
) {
  provider.on("/token", { body: { token_type: "Bearer", ...tokens } });
  const request = await departure(scope);
  const parameters = new URLSearchParams({ code: "c", state: request.state });
  return connector.arrive(profile(fields), { ...request, parameters });
}

const idToken = (claims: Record<string, unknown> = {}) =>
  provider.sign({ sub: "u", aud: client, nonce: "nonce-1", ...claims });
const accessToken = (claims: Record<string, unknown> = {}, header = {}) =>
  provider.sign({ sub: "u", aud: resource, ...claims }, { typ: "at+jwt", ...header });

describe("ID token (P-82)", () => {
  test.each<[string, Record<string, unknown>]>([
    ["one audience", {}],
    ["several audiences with the authorized party", { aud: [client, "other"], azp: client }],
    ["a minute of clock difference", { exp: Math.floor(Date.now() / 1000) - 50 }],
  ])("%s is accepted", async (_name, claims) => {
    const { identity } = await arriveWith({ access_token: "opaque", id_token: await idToken(claims) });
    expect(identity.subject).toBe("u");
  });

  test.each<[string, Record<string, unknown>]>([
    ["another issuer", { iss: "https://evil.example" }],
    ["the issuer with a slash", { iss: "SLASH" }],
    ["another audience", { aud: "other" }],
    ["no audience", { aud: undefined }],
    ["several audiences without the authorized party", { aud: [client, "other"] }],
    ["another authorized party", { azp: "other" }],
    ["another nonce", { nonce: "x" }],
    ["no nonce", { nonce: undefined }],
    ["expired", { exp: 1_000_000 }],
    ["no expiry", { exp: undefined }],
    ["an expiry that is text", { exp: "2099" }],
    ["no time of issue", { iat: undefined }],
    ["not valid yet", { nbf: Math.floor(Date.now() / 1000) + 3600 }],
  ])("%s is refused", async (_name, claims) => {
    const told = claims.iss === "SLASH" ? { iss: `${provider.origin}/` } : claims;
    const refused = arriveWith({ access_token: "opaque", id_token: await idToken(told) });
    await expect(refused).rejects.toMatchObject({ reason: "id_token_invalid", transient: false });
  });

  test("CVE-2026-22817 a token signed with the public key as a shared secret is refused before keys are fetched", async () => {
    const now = Math.floor(Date.now() / 1000);
    const forged = await new SignJWT({
      iss: provider.origin,
      sub: "u",
      aud: client,
      nonce: "nonce-1",
      iat: now,
      exp: now + 60,
    })
      .setProtectedHeader({ alg: "HS256", kid: "key-1" })
      .sign(new TextEncoder().encode(JSON.stringify(provider.publicKey)));
    await expect(arriveWith({ access_token: "opaque", id_token: forged })).rejects.toMatchObject({
      reason: "id_token_invalid",
      detail: { seen: "alg HS256" },
    });
    expect(provider.count("/jwks")).toBe(0);
  });

  test("CVE-2026-22818 an unsigned token is refused", async () => {
    const [, payload] = (await idToken()).split(".");
    const unsigned = `${btoa('{"alg":"none"}').replaceAll("=", "")}.${payload}.`;
    const refused = arriveWith({ access_token: "opaque", id_token: unsigned });
    await expect(refused).rejects.toMatchObject({ reason: "id_token_invalid", detail: { seen: "alg none" } });
  });

  test("an algorithm that the provider does not list for ID tokens is refused", async () => {
    const metadata = provider.metadata("", { id_token_signing_alg_values_supported: ["ES256"] });
    provider.on("/.well-known/openid-configuration", { body: metadata });
    const refused = arriveWith({ access_token: "opaque", id_token: await idToken() });
    await expect(refused).rejects.toMatchObject({ reason: "id_token_invalid", detail: { seen: "alg RS256" } });
  });

  test("CVE-2025-61920 an oversized token is refused unread", async () => {
    const refused = arriveWith({ access_token: "opaque", id_token: `${"a".repeat(40_000)}.b.c` });
    await expect(refused).rejects.toMatchObject({ reason: "id_token_invalid", detail: { seen: "40004 characters" } });
  });

  test("a changed payload is refused", async () => {
    const [header, , signature] = (await idToken()).split(".");
    const [, payload] = (await provider.sign({ sub: "admin", aud: client, nonce: "nonce-1" })).split(".");
    const refused = arriveWith({ access_token: "opaque", id_token: `${header}.${payload}.${signature}` });
    await expect(refused).rejects.toMatchObject({ reason: "id_token_invalid" });
  });
});

describe("access token", () => {
  test("CVE-2026-67332 another audience is refused with both values", async () => {
    const token = await accessToken({ aud: ["https://other.example.com", "account"] });
    await expect(arriveWith({ access_token: token, id_token: await idToken() })).rejects.toMatchObject({
      reason: "audience_mismatch",
      detail: { expected: resource, seen: "https://other.example.com account", field: "resource" },
    });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["no audience", { aud: undefined }, "audience_mismatch"],
    ["the audience with a slash", { aud: `${resource}/` }, "audience_mismatch"],
    ["another issuer", { iss: "https://evil.example" }, "access_token_invalid"],
    ["expired", { exp: 1_000_000 }, "access_token_invalid"],
    ["no expiry", { exp: undefined }, "access_token_invalid"],
    ["an ID token in its place", { nonce: "n" }, "access_token_invalid"],
    ["an ID token by its hash", { at_hash: "h" }, "access_token_invalid"],
  ])("%s is refused", async (_name, claims, reason) => {
    const refused = arriveWith({ access_token: await accessToken(claims), id_token: await idToken() });
    await expect(refused).rejects.toMatchObject({ reason });
  });

  test("one of several audiences is enough", async () => {
    const token = await accessToken({ aud: [resource, `${provider.origin}/userinfo`] });
    await expect(arriveWith({ access_token: token })).resolves.toMatchObject({ identity: { subject: "u" } });
  });

  test("without a resource in the profile any audience is accepted", async () => {
    const token = await accessToken({ aud: "account" });
    await expect(arriveWith({ access_token: token }, { resource: null })).resolves.toMatchObject({
      identity: { subject: "u" },
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ["the answer's scope first", { scope: "tickets.read" }, { scope: "tickets.read tickets.write" }, ["tickets.read"]],
    ["then the token's", {}, { scope: "openid tickets.write" }, ["tickets.write"]],
    ["then the token's as a list", {}, { scp: ["tickets.write"] }, ["tickets.write"]],
    ["then what was asked for", {}, {}, ["tickets.read", "tickets.write"]],
    ["an empty answer grants nothing", { scope: "" }, {}, []],
    ["never more than was asked for", { scope: "tickets.read admin" }, {}, ["tickets.read"]],
  ])("granted scope: %s", async (_name, answer, claims, expected) => {
    const tokens = { access_token: await accessToken(claims), ...answer };
    const { tokens: kept } = await arriveWith(tokens, {}, connectorFor(), ["tickets.read", "tickets.write"]);
    expect(kept.scope).toEqual(expected);
  });

  test("the lifetime is the answer's, else the token's own, else unknown", async () => {
    const exp = Math.floor(Date.now() / 1000) + 777;
    const jwt = await accessToken({ exp });
    expect((await arriveWith({ access_token: jwt })).tokens.expiresAt).toBe(exp);
    const named = (await arriveWith({ access_token: jwt, expires_in: 60 })).tokens.expiresAt ?? 0;
    expect(Math.abs(named - Date.now() / 1000 - 60)).toBeLessThan(3);
    const opaque = await arriveWith({ access_token: "opaque", id_token: await idToken() });
    expect(opaque.tokens.expiresAt).toBeNull();
  });
});

describe("identity", () => {
  test("an opaque token without ID token is told by userinfo", async () => {
    const metadata = provider.metadata("", { userinfo_endpoint: `${provider.origin}/me` });
    provider.on("/.well-known/openid-configuration", { body: metadata });
    provider.on("/me", { body: { sub: "u7", org_id: "o7", email: "u7@example.com" } });
    const { identity } = await arriveWith({ access_token: "opaque" });
    expect(identity).toMatchObject({ subject: "u7", workspace: "o7", email: "u7@example.com" });
    expect(provider.asked.find(({ path }) => path === "/me")?.headers.authorization).toBe("Bearer opaque");
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["401", { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } }, "identity_missing"],
    ["no JSON", { body: "<html>" }, "identity_missing"],
    ["503", { status: 503 }, "provider_unavailable"],
    ["nobody", { body: { name: "N" } }, "identity_missing"],
  ])("userinfo that answers %s names nobody", async (_name, answer, reason) => {
    const metadata = provider.metadata("", { userinfo_endpoint: `${provider.origin}/me` });
    provider.on("/.well-known/openid-configuration", { body: metadata });
    provider.on("/me", answer);
    await expect(arriveWith({ access_token: "opaque" })).rejects.toMatchObject({ reason });
  });

  test("the pinned issuer keys the person", async () => {
    const { identity } = await arriveWith({ access_token: await accessToken() }, { pinnedIssuer: provider.origin });
    expect(identity.issuer).toBe(provider.origin);
  });
});

describe("an issuer set by hand", () => {
  test("tokens carry it, while the answer still names the document's issuer", async () => {
    const fields = { issuer: "https://tokens.example" };
    const token = await accessToken({ iss: "https://tokens.example" });
    provider.on("/token", { body: { access_token: token } });
    const request = await departure();
    const answer = (iss: string) => new URLSearchParams({ code: "c", state: request.state, iss });
    const connector = connectorFor();
    const accepted = await connector.arrive(profile(fields), { ...request, parameters: answer(provider.origin) });
    expect(accepted.identity.issuer).toBe("https://tokens.example");
    const refused = connector.arrive(profile(fields), { ...request, parameters: answer("https://tokens.example") });
    await expect(refused).rejects.toMatchObject({ reason: "issuer_response_mismatch" });
  });
});

describe("keys", () => {
  const withKid = (kid: string) => accessToken({}, { kid });

  test("a flood of unknown keys is at most one fetch in 30 seconds", async () => {
    const clock = createClock();
    const connector = connectorFor({ now: clock.now });
    await arriveWith({ access_token: await accessToken() }, {}, connector);
    for (let round = 0; round < 10; round++) {
      const refused = arriveWith({ access_token: await withKid(`flood-${round}`) }, {}, connector);
      await expect(refused).rejects.toMatchObject({ reason: "access_token_invalid" });
    }
    expect(provider.count("/jwks")).toBe(1);
    clock.forward(31);
    await Promise.allSettled(
      ["a", "b", "c", "d"].map(async (kid) => arriveWith({ access_token: await withKid(kid) }, {}, connector)),
    );
    expect(provider.count("/jwks")).toBe(2);
  });

  test("failed fetches count as well", async () => {
    const clock = createClock();
    const connector = connectorFor({ now: clock.now });
    await arriveWith({ access_token: await accessToken() }, {}, connector);
    clock.forward(31);
    provider.on("/jwks", { status: 500 });
    for (let round = 0; round < 5; round++) {
      await arriveWith({ access_token: await withKid(`x${round}`) }, {}, connector).catch(() => undefined);
    }
    expect(provider.count("/jwks")).toBe(2);
  });

  test("a key that was just rotated in is found", async () => {
    const clock = createClock();
    const connector = connectorFor({ now: clock.now });
    await arriveWith({ access_token: await accessToken() }, {}, connector);
    clock.forward(31);
    provider.on("/jwks", { body: { keys: [{ ...provider.publicKey, kid: "key-2" }] } });
    await expect(arriveWith({ access_token: await withKid("key-2") }, {}, connector)).resolves.toBeDefined();
  });

  test("a token of another issuer costs no fetch", async () => {
    const foreign = await accessToken({ iss: "https://evil.example" });
    await expect(arriveWith({ access_token: foreign })).rejects.toMatchObject({ reason: "access_token_invalid" });
    expect(provider.count("/jwks")).toBe(0);
  });

  test("a token without kid is tried with every key that fits", async () => {
    const other = { ...(await (await startOther()).key), kid: "key-0" };
    provider.on("/jwks", { body: { keys: [other, provider.publicKey] } });
    const token = await accessToken({}, { kid: undefined });
    await expect(arriveWith({ access_token: token })).resolves.toMatchObject({ identity: { subject: "u" } });
  });

  test.each<[string, Record<string, unknown>]>([
    ["HTML", { body: "<html>" }],
    ["no keys", { body: { nokeys: [] } }],
    ["404", { status: 404, body: "" }],
  ])("a key set that is %s is told as such", async (_name, answer) => {
    provider.on("/jwks", answer);
    await expect(arriveWith({ access_token: await accessToken() })).rejects.toMatchObject({
      reason: expect.stringMatching(/^metadata_/),
    });
  });

  async function startOther() {
    const { exportJWK, generateKeyPair } = await import("jose");
    const { publicKey } = await generateKeyPair("RS256");
    return { key: exportJWK(publicKey) };
  }
});
