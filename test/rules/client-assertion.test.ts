// A client's assertion, claim by claim, at the second; time is handed in (RFC 7523 §3, P-69).
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import {
  judgeClientAssertion,
  readClientAssertion,
  verifyClientAssertion,
} from "../../src/worker/oauth/client-assertion.ts";
import { WireError } from "../../src/worker/oauth/errors.ts";

const now = 1_800_000_000;
const issuer = "https://mcp.example.com/s/support";
const at = { issuer, tokenEndpoint: `${issuer}/token` };
const usual = { iss: "c", sub: "c", aud: issuer, exp: now + 300, iat: now, jti: "1" };
const own = { alg: "ES256", typ: "client-authentication+jwt" };

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const unsigned = (claims: object, header: object = { alg: "ES256" }) =>
  `${part(header)}.${part({ ...usual, ...claims })}.AAAA`;
const judge = (claims: object, header?: object) =>
  judgeClientAssertion(readClientAssertion(unsigned(claims, header)), at, now);

function refusal(work: () => unknown): WireError {
  try {
    work();
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("P-69 what is accepted", () => {
  test.each<[string, object, object | undefined]>([
    ["the usual", {}, undefined],
    ["a list of one audience", { aud: [issuer] }, undefined],
    ["an own type", {}, own],
    ["an own type in upper case", {}, { ...own, typ: "Client-Authentication+JWT" }],
    ["the token endpoint, untyped", { aud: at.tokenEndpoint }, undefined],
    ["the token endpoint, typed JWT", { aud: [at.tokenEndpoint] }, { alg: "ES256", typ: "jwt" }],
    ["a fraction of a second (RFC 7519 §2)", { exp: now + 0.5, iat: now - 0.5 }, undefined],
    ["the last second of ten minutes and the skew", { exp: now + 660 }, undefined],
    ["the last second of the skew after the end", { exp: now - 59 }, undefined],
    ["nbf and iat at the edge of the skew", { nbf: now + 60, iat: now + 60 }, undefined],
    ["no iat and no nbf", { iat: undefined, nbf: undefined }, undefined],
    ["other claims", { foo: "bar", scope: "x" }, undefined],
  ])("%s", (_, claims, header) => {
    expect(judge(claims, header).jti).toBe("1");
  });

  test("it is remembered until its age alone refuses it", () => {
    for (const exp of [now + 300, now + 300.2, now - 59]) {
      const { until } = judge({ exp });
      const assertion = readClientAssertion(unsigned({ exp }));
      expect(refusal(() => judgeClientAssertion(assertion, at, until)).reason).toBe("client_assertion_expired");
    }
  });
});

describe("P-69 what is refused", () => {
  const audience = "client_assertion_audience";
  const invalid = "client_assertion_invalid";
  test.each<[string, object, object | undefined, string, string]>([
    ["the token endpoint under an own type", { aud: at.tokenEndpoint }, own, audience, "aud"],
    ["the issuer in another case", { aud: issuer.toUpperCase() }, undefined, audience, "aud"],
    ["the issuer with a slash", { aud: `${issuer}/` }, undefined, audience, "aud"],
    ["two audiences", { aud: [issuer, "x"] }, undefined, audience, "aud"],
    ["no audience in a list", { aud: [] }, undefined, audience, "aud"],
    ["a list in a list", { aud: [[issuer]] }, undefined, audience, "aud"],
    ["an audience that is an object", { aud: { url: issuer } }, undefined, audience, "aud"],
    ["no audience", { aud: undefined }, undefined, audience, "aud"],
    ["another issuer than subject", { iss: "d" }, undefined, invalid, "iss"],
    ["no issuer", { iss: undefined }, undefined, invalid, "iss"],
    ["no subject", { sub: undefined }, undefined, invalid, "sub"],
    ["an empty subject", { iss: "", sub: "" }, undefined, invalid, "sub"],
    ["a subject that is a number", { iss: 1, sub: 1 }, undefined, invalid, "sub"],
    ["the second after the skew", { exp: now - 60 }, undefined, "client_assertion_expired", "exp"],
    ["more than ten minutes ahead", { exp: now + 661 }, undefined, invalid, "exp"],
    ["no end", { exp: undefined }, undefined, invalid, "exp"],
    ["an end that is a text", { exp: `${now + 60}` }, undefined, invalid, "exp"],
    ["an end that is null", { exp: null }, undefined, invalid, "exp"],
    ["not yet valid", { nbf: now + 61 }, undefined, invalid, "nbf"],
    ["nbf that is a text", { nbf: "soon" }, undefined, invalid, "nbf"],
    ["made in the future", { iat: now + 61 }, undefined, invalid, "iat"],
    ["no id", { jti: undefined }, undefined, invalid, "jti"],
    ["an empty id", { jti: "" }, undefined, invalid, "jti"],
    ["an id that is a number", { jti: 7 }, undefined, invalid, "jti"],
    ["an access token's type", {}, { alg: "ES256", typ: "at+jwt" }, invalid, "typ"],
    ["a type that is a number", {}, { alg: "ES256", typ: 1 }, invalid, "typ"],
    ["an empty type", {}, { alg: "ES256", typ: "" }, invalid, "typ"],
    ["alg none", {}, { alg: "none" }, invalid, "alg"],
    ["alg HS256", {}, { alg: "HS256" }, invalid, "alg"],
    ["alg in lower case", {}, { alg: "es256" }, invalid, "alg"],
    ["alg that is a list", {}, { alg: ["ES256"] }, invalid, "alg"],
    ["no alg", {}, { kid: "1" }, invalid, "alg"],
  ])("%s", (_, claims, header, reason, claim) => {
    const refused = refusal(() => judge(claims, header));
    expect(refused).toMatchObject({ status: 401, error: "invalid_client", reason });
    expect(refused.detail.field).toBe(`client_assertion ${claim}`);
  });

  test.each([
    "",
    "x",
    "a.b",
    "a.b.c",
    "a.b.c.d",
    "a.b.c.d.e",
    `${part({ alg: "ES256" })}..`,
    `${part(7)}.${part({})}.x`,
  ])("%j is no JWT", (token) => {
    expect(refusal(() => readClientAssertion(token))).toMatchObject({ status: 401, error: "invalid_client" });
  });

  test("what is shown of it is harmless", () => {
    const { detail } = refusal(() => judge({ aud: '"><script>\r\n' }));
    expect(detail.seen).not.toMatch(/["\r\n]/);
  });
});

describe("P-69 whose signature it is", () => {
  async function pair(kid?: string, more: object = {}) {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    return { privateKey, jwk: { ...(await exportJWK(publicKey)), ...(kid && { kid }), ...more } };
  }
  const sign = async (key: CryptoKey, kid?: string) =>
    readClientAssertion(await new SignJWT(usual).setProtectedHeader({ alg: "ES256", ...(kid && { kid }) }).sign(key));
  const refused = { reason: "client_assertion_signature" };

  test("the key that kid names, among others", async () => {
    const [a, b] = [await pair("a"), await pair("b")];
    await verifyClientAssertion(await sign(b.privateKey, "b"), [a.jwk, b.jwk]);
    await expect(verifyClientAssertion(await sign(b.privateKey, "a"), [a.jwk, b.jwk])).rejects.toMatchObject(refused);
    await expect(verifyClientAssertion(await sign(b.privateKey, "c"), [a.jwk, b.jwk])).rejects.toMatchObject(refused);
  });

  test("without kid any that fits, of which eight are tried", async () => {
    const keys = await Promise.all(Array.from({ length: 9 }, () => pair()));
    const jwks = keys.map(({ jwk }) => jwk);
    const [first, eighth, ninth] = [keys[0], keys[7], keys[8]];
    if (!first || !eighth || !ninth) throw new Error("nine were made");
    await verifyClientAssertion(await sign(first.privateKey), jwks);
    await verifyClientAssertion(await sign(eighth.privateKey), jwks);
    await expect(verifyClientAssertion(await sign(ninth.privateKey), jwks)).rejects.toMatchObject(refused);
    await verifyClientAssertion(await sign(ninth.privateKey), [ninth.jwk]);
  });

  test.each<[string, (jwk: object) => readonly Record<string, unknown>[]]>([
    ["no key at all", () => []],
    ["a key for encryption", (jwk) => [{ ...jwk, use: "enc" }]],
    ["a key of another algorithm", (jwk) => [{ ...jwk, alg: "ES384" }]],
    ["a broken key", () => [{ kty: "EC", crv: "P-256", x: "x" }]],
    ["a symmetric key", () => [{ kty: "oct", k: "AAAA" }]],
    ["something without a kind", () => [{}]],
  ])("%s signed nothing", async (_, keysOf) => {
    const { privateKey, jwk } = await pair();
    await expect(verifyClientAssertion(await sign(privateKey), keysOf(jwk))).rejects.toMatchObject(refused);
  });
});
