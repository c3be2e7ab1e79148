// private_key_jwt at the token endpoint: whose assertion is believed, and whose is not (P-69, attack group 18).
import { beforeAll, describe, expect, test } from "vitest";
import { expectError, ownShop, tokensOf } from "./grant-visit.ts";
import { Client, Person, type Shop, type Tokens } from "./journey.ts";
import { assertionType, forged, type KeyClient, keyClient, newKey, type Signed } from "./key-client.ts";

let shop: Shop;
let client: KeyClient;
let tokens: Tokens;
const person = new Person();
const seconds = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  shop = await ownShop("code");
  client = await keyClient(shop);
  tokens = await client.signIn(person);
});

/** Refreshes with its newest token, and keeps what it gets. */
async function refreshed(parameters: Record<string, string | null> = {}): Promise<void> {
  tokens = await tokensOf(await client.refresh(tokens.refresh_token, parameters));
}

describe("P-69 an assertion is believed", () => {
  test.each<[string, () => Signed]>([
    ["with the issuer as audience", () => ({})],
    ["with the issuer as the only member of a list", () => ({ claims: { aud: [shop.issuer] } })],
    ["with a type of its own", () => ({ header: { typ: "client-authentication+jwt" } })],
    ["with its whole media type", () => ({ header: { typ: "application/client-authentication+jwt" } })],
    ["untyped, with the token endpoint as audience", () => ({ claims: { aud: `${shop.endpoints}/token` } })],
    [
      "typed JWT, with the token endpoint as audience",
      () => ({ header: { typ: "JWT" }, claims: { aud: `${shop.endpoints}/token` } }),
    ],
    ["without kid", () => ({ header: { kid: undefined } })],
    ["without iat", () => ({ claims: { iat: undefined } })],
    ["from a clock that is half a minute fast", () => ({ claims: { iat: seconds() + 30, nbf: seconds() + 30 } })],
    ["from a clock that is half a minute slow", () => ({ claims: { iat: seconds() - 330, exp: seconds() - 30 } })],
  ])("%s", async (_, signed) => {
    await refreshed({ client_assertion: await client.assertion(signed()) });
  });

  test("and names the client alone: client_id may be left out", async () => {
    await refreshed({ client_id: null });
    const code = await client.code(person);
    await tokensOf(await client.redeem(code, { client_id: null }));
  });

  test.each(["RS256", "PS256", "ES384", "EdDSA"])("signed with %s", async (alg) => {
    const key = await newKey(`key-${alg}`, alg);
    const other = await keyClient(shop);
    await other.rotate([key]);
    const code = await other.code(person);
    const signed = { header: { alg, kid: `key-${alg}` }, key: key.privateKey };
    await tokensOf(await other.redeem(code, { client_assertion: await other.assertion(signed) }));
  });

  test("signed, without kid, with the second of two keys that fit", async () => {
    const other = await keyClient(shop);
    const [first, second] = [await newKey("a"), await newKey("b")];
    await other.rotate([first, second]);
    const signed = { header: { kid: undefined }, key: second.privateKey };
    await tokensOf(await other.redeem(await other.code(person), { client_assertion: await other.assertion(signed) }));
  });
});

/** Group 18, and what else must never pass; each is tried on a grant that stays as good as it was. */
const wrong: [string, () => Signed | Promise<Signed>, string][] = [
  [
    "18 aud is the token endpoint, and the assertion has a type of its own",
    () => ({ header: { typ: "client-authentication+jwt" }, claims: { aud: `${shop.endpoints}/token` } }),
    "client_assertion_audience",
  ],
  ["18 aud is another issuer", () => ({ claims: { aud: "https://as.example" } }), "client_assertion_audience"],
  [
    "18 aud is another server of this gateway",
    () => ({ claims: { aud: "http://localhost:8787/s/other" } }),
    "client_assertion_audience",
  ],
  ["18 aud is the gateway's origin", () => ({ claims: { aud: "http://localhost:8787" } }), "client_assertion_audience"],
  ["18 aud is the issuer with a slash", () => ({ claims: { aud: `${shop.issuer}/` } }), "client_assertion_audience"],
  ["18 aud is the MCP URL", () => ({ claims: { aud: shop.resource } }), "client_assertion_audience"],
  [
    "18 aud is the revocation endpoint",
    () => ({ claims: { aud: `${shop.endpoints}/revoke` } }),
    "client_assertion_audience",
  ],
  [
    "18 aud is the issuer and another",
    () => ({ claims: { aud: [shop.issuer, "https://as.example"] } }),
    "client_assertion_audience",
  ],
  [
    "18 aud is the issuer and its token endpoint",
    () => ({ claims: { aud: [shop.issuer, `${shop.endpoints}/token`] } }),
    "client_assertion_audience",
  ],
  ["18 aud is the issuer twice", () => ({ claims: { aud: [shop.issuer, shop.issuer] } }), "client_assertion_audience"],
  ["18 aud is an empty list", () => ({ claims: { aud: [] } }), "client_assertion_audience"],
  ["18 aud is absent", () => ({ claims: { aud: undefined } }), "client_assertion_audience"],
  ["18 sub is another client's", () => ({ claims: { sub: `${client.clientId}x` } }), "client_assertion_invalid"],
  ["18 sub is absent", () => ({ claims: { sub: undefined } }), "client_assertion_invalid"],
  ["18 iss is another client's", () => ({ claims: { iss: `${client.clientId}x` } }), "client_assertion_invalid"],
  ["18 iss is absent", () => ({ claims: { iss: undefined } }), "client_assertion_invalid"],
  ["without jti", () => ({ claims: { jti: undefined } }), "client_assertion_invalid"],
  ["with an empty jti", () => ({ claims: { jti: "" } }), "client_assertion_invalid"],
  ["without exp", () => ({ claims: { exp: undefined } }), "client_assertion_invalid"],
  ["that lives an hour", () => ({ claims: { exp: seconds() + 3600 } }), "client_assertion_invalid"],
  ["that has expired", () => ({ claims: { iat: seconds() - 400, exp: seconds() - 61 } }), "client_assertion_expired"],
  ["not yet valid", () => ({ claims: { nbf: seconds() + 120 } }), "client_assertion_invalid"],
  ["made in the future", () => ({ claims: { iat: seconds() + 120 } }), "client_assertion_invalid"],
  ["that is an access token by its type", () => ({ header: { typ: "at+jwt" } }), "client_assertion_invalid"],
  ["that is an identity assertion", () => ({ header: { typ: "oauth-id-jag+jwt" } }), "client_assertion_invalid"],
  [
    "signed by a stranger under the client's kid",
    async () => ({ key: (await newKey()).privateKey }),
    "client_assertion_signature",
  ],
  [
    "signed by a stranger without kid",
    async () => ({ key: (await newKey()).privateKey, header: { kid: undefined } }),
    "client_assertion_signature",
  ],
  ["under a kid that nobody published", () => ({ header: { kid: "key-9" } }), "client_assertion_signature"],
];

describe("P-69 an assertion is refused, and the grant is not touched", () => {
  test.each(wrong)("%s", async (_, signed, reason) => {
    const client_assertion = await client.assertion(await signed());
    const refused = await expectError(
      await client.refresh(tokens.refresh_token, { client_assertion }),
      401,
      "invalid_client",
      reason,
    );
    expect(refused.field).toMatch(/^client_assertion/);
    expect(refused.error_description.length).toBeGreaterThan(20);
    await refreshed();
  });

  const claims = () => {
    const now = seconds();
    const who = { iss: client.clientId, sub: client.clientId, aud: shop.issuer };
    return { ...who, iat: now, exp: now + 60, jti: crypto.randomUUID() };
  };
  const bytes = (text: string) => new TextEncoder().encode(text);
  test.each<[string, () => string | Promise<string>]>([
    ["18 alg none", () => forged({ alg: "none" }, claims())],
    ["18 alg None", () => forged({ alg: "None", kid: "key-1" }, claims(), "AAAA")],
    ["18 no alg", () => forged({ kid: "key-1" }, claims(), "AAAA")],
    [
      "18 HS256 with the public key's JSON as secret",
      () => client.assertion({ header: { alg: "HS256" }, key: bytes(JSON.stringify(client.key.publicJwk)) }),
    ],
    [
      "18 HS256 with the public coordinate as secret",
      () => client.assertion({ header: { alg: "HS256" }, key: bytes(client.key.publicJwk.x ?? "") }),
    ],
    ["a text", () => "not-a-jwt"],
    ["three dots of nothing", () => ".."],
    ["a signature cut off", async () => (await client.assertion()).replace(/[^.]+$/, "")],
    ["claims that are no JSON", () => `${forged({ alg: "ES256" }, {}).split(".")[0]}.AAAA.AAAA`],
  ])("%s", async (_, made) => {
    const refused = await client.refresh(tokens.refresh_token, { client_assertion: await made() });
    await expectError(refused, 401, "invalid_client");
    await refreshed();
  });

  test("18 a claim changed after it was signed", async () => {
    const [header, , signature] = (await client.assertion()).split(".");
    const [, payload] = forged({}, claims()).split(".");
    const client_assertion = `${header}.${payload}.${signature}`;
    const refused = await client.refresh(tokens.refresh_token, { client_assertion });
    await expectError(refused, 401, "invalid_client", "client_assertion_signature");
  });

  test("18 client_id beside it names another client", async () => {
    const client_id = `${client.clientId}x`;
    const refused = await client.refresh(tokens.refresh_token, { client_id });
    expect(await expectError(refused, 401, "invalid_client", "client_assertion_invalid")).toMatchObject({
      field: "client_assertion sub",
    });
  });

  test.each<[string, Record<string, string | null>, Record<string, string>]>([
    ["a secret in the body", { client_secret: "s" }, {}],
    ["a secret in the header", { client_id: null }, { authorization: `Basic ${btoa("c:s")}` }],
    ["no assertion type", { client_assertion_type: null }, {}],
    ["another assertion type", { client_assertion_type: `${assertionType}x` }, {}],
  ])("RFC 7521 §4.2 %s beside it", async (_, parameters, headers) => {
    const request = { grant_type: "refresh_token", refresh_token: tokens.refresh_token };
    await expectError(await client.post("token", { ...request, ...parameters }, headers), 400, "invalid_request");
    await refreshed();
  });

  test("RFC 7521 §4.2 an assertion type without an assertion", async () => {
    const parameters = { client_assertion: null, client_assertion_type: assertionType };
    const post = Client.prototype.post.bind(client);
    const request = { grant_type: "refresh_token", refresh_token: tokens.refresh_token };
    await expectError(await post("token", { ...request, ...parameters }), 400, "invalid_request");
  });

  test("16, 17 another client's own assertion opens neither code nor refresh token", async () => {
    const other = await keyClient(shop);
    const stolen = await other.refresh(tokens.refresh_token);
    await expectError(stolen, 400, "invalid_grant", "refresh_unknown");
    const code = await client.code(person);
    const proof = { code_verifier: client.verifier, redirect_uri: client.redirectUri };
    await expectError(await other.redeem(code, proof), 400, "invalid_grant", "code_unknown");
    await tokensOf(await client.redeem(code));
  });

  test.each(["none", "client_secret_post"])(
    "18 a registered client (%s) that has no key cannot bring one",
    async (method) => {
      const registered = await new Client(shop).register({ token_endpoint_auth_method: method });
      const { refresh_token } = await registered.signIn(person);
      const claims = { iss: registered.clientId, sub: registered.clientId };
      const client_assertion = await client.assertion({ claims });
      const request = { grant_type: "refresh_token", refresh_token, client_secret: null };
      const refused = await registered.post("token", {
        ...request,
        ...{ client_assertion, client_assertion_type: assertionType },
      });
      await expectError(refused, 401, "invalid_client", "client_keys_unknown");
      await tokensOf(await registered.refresh(refresh_token));
    },
  );

  test("of a client that nobody knows", async () => {
    const claims = { iss: "mcpstack_client_nobody", sub: "mcpstack_client_nobody" };
    const client_assertion = await client.assertion({ claims });
    const refused = await client.refresh(tokens.refresh_token, { client_id: null, client_assertion });
    await expectError(refused, 401, "invalid_client", "client_unknown");
  });
});
