// Attack group 33: identity assertions (ID-JAG) that are forged, stolen, replayed, or meant for somebody else.
import { decodeJwt, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { trustedAlgorithms } from "../../src/worker/oauth/signing-algorithms.ts";
import { callTool, clientId, IdentityProvider, jwtBearer, openEnterprise, present, told } from "./enterprise-visit.ts";
import { addAgent, asked, exchange } from "./exchange-visit.ts";
import { apiResource, fetchUrl, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";

const now = () => Math.floor(Date.now() / 1000);
let idp: IdentityProvider;
let stranger: IdentityProvider;
let shop: Shop;
let neighbour: Shop;

beforeAll(async () => {
  [idp, stranger] = await Promise.all([IdentityProvider.open(), IdentityProvider.open()]);
  [shop, neighbour] = [await openEnterprise(idp), await openEnterprise(idp)];
});

describe("off by default", () => {
  test("the grant type is unknown to a server whose profile lists no issuer, whoever asks", async () => {
    const off = await openEnterprise(null);
    const refused = await told(await present(off, await idp.idJag(off)));
    expect(refused).toMatchObject({
      ...{ status: 400, error: "unsupported_grant_type", reason: "grant_type_unsupported" },
      expected: "authorization_code or refresh_token",
    });
    const unknown = await told(await present(off, await idp.idJag(off), { client_secret: "wrong" }));
    expect(unknown).toMatchObject({ status: 401, error: "invalid_client" });
  });

  test("an issuer of app tokens is no enterprise issuer", async () => {
    const tokenIssuers = [{ issuer: idp.issuer, jwksUri: idp.jwksUri }];
    const apps = await openEnterprise(null, { tokenIssuers });
    expect(await told(await present(apps, await idp.idJag(apps)))).toMatchObject({ error: "unsupported_grant_type" });
  });

  test("and an enterprise issuer none of app tokens: an ID-JAG is worth nothing at the embedded door", async () => {
    const agent = await addAgent(shop);
    for (const changes of [{}, { aud: apiResource }]) {
      const refused = await told(await exchange(shop, agent, await idp.idJag(shop, changes)));
      expect(refused).toMatchObject({ status: 400, error: "invalid_request" });
      expect(refused.reason).toMatch(/^app_token_/);
    }
  });
});

describe("group 33: refused as invalid_grant", () => {
  test.each<[string, () => Record<string, unknown>, Record<string, unknown>, string]>([
    ["wrong typ: an ID token", () => ({}), { typ: "JWT" }, "id_jag_type"],
    ["wrong typ: an access token", () => ({}), { typ: "at+jwt" }, "id_jag_type"],
    ["an untrusted issuer that signs as the trusted one", () => ({}), { kid: "key-2" }, "id_jag_key_unknown"],
    ["two audiences", () => ({ aud: [shop.issuer, "https://other.example"] }), {}, "id_jag_audience"],
    ["the audience of another tenant", () => ({ aud: neighbour.issuer }), {}, "id_jag_audience"],
    ["a foreign client_id", () => ({ client_id: "somebody-else" }), {}, "id_jag_client"],
    ["the resource of another tenant", () => ({ resource: neighbour.resource }), {}, "id_jag_resource"],
    ["its resource and another", () => ({ resource: [shop.resource, neighbour.resource] }), {}, "id_jag_resource"],
    ["the gateway's base as resource", () => ({ resource: new URL(shop.issuer).origin }), {}, "id_jag_resource"],
    ["an expired one", () => ({ iat: now() - 400, exp: now() - 61 }), {}, "id_jag_expired"],
    ["one of the future", () => ({ iat: now() + 120, exp: now() + 300 }), {}, "id_jag_not_yet_valid"],
    ["one for days", () => ({ exp: now() + 86_400 }), {}, "id_jag_lifetime"],
    ["one without an id", () => ({ jti: undefined }), {}, "id_jag_claim"],
    ["one of nobody", () => ({ sub: undefined }), {}, "id_jag_claim"],
    ["one of a tenant that is not listed", () => ({ tenant: "evil" }), {}, "id_jag_tenant"],
    ["only foreign scopes", () => ({ scope: "admin" }), {}, "id_jag_scopes"],
  ])("%s", async (_, changes, header, reason) => {
    const refused = await told(await present(shop, await idp.idJag(shop, changes(), header)));
    expect(refused).toMatchObject({ status: 400, error: "invalid_grant", reason });
    expect(refused).not.toHaveProperty("access_token");
  });

  test("an untrusted issuer is never fetched, whatever it signs and wherever it points", async () => {
    const pointing = { jku: stranger.jwksUri, x5u: stranger.jwksUri, jwk: stranger.signer.jwk };
    for (const header of [{}, pointing]) {
      const refused = await told(await present(shop, await stranger.idJag(shop, {}, header)));
      expect(refused).toMatchObject({ error: "invalid_grant", reason: "id_jag_issuer", seen: stranger.issuer });
      expect(JSON.stringify(refused)).not.toContain(idp.issuer);
    }
    expect(await asked(`${stranger.place}/jwks`)).toBe(0);
    expect(await asked(`${stranger.place}/.well-known/openid-configuration`)).toBe(0);
  });

  test("a stranger's signature under the trusted name, with keys of its own in the header", async () => {
    const forged = await stranger.idJag(shop, { iss: idp.issuer }, { jwk: stranger.signer.jwk, jku: stranger.jwksUri });
    expect(await told(await present(shop, forged))).toMatchObject({
      error: "invalid_grant",
      reason: "id_jag_signature",
    });
    expect(await asked(`${stranger.place}/jwks`)).toBe(0);
  });

  test.each([
    ["no signature", async (claims: object) => new UnsecuredJWT({ ...claims }).encode(), "id_jag_type"],
    [
      "no signature, with its type",
      async (claims: object) => {
        const header = btoa(JSON.stringify({ alg: "none", typ: "oauth-id-jag+jwt" })).replaceAll("=", "");
        return `${header}.${new UnsecuredJWT({ ...claims }).encode().split(".")[1]}.`;
      },
      "id_jag_algorithm",
    ],
    [
      "the public key as a shared secret",
      (claims: object) =>
        new SignJWT({ ...claims })
          .setProtectedHeader({ alg: "HS256", typ: "oauth-id-jag+jwt", kid: "key-1" })
          .sign(new TextEncoder().encode(JSON.stringify(idp.signer.jwk))),
      "id_jag_algorithm",
    ],
  ])("%s", async (_, forge, reason) => {
    expect(trustedAlgorithms).not.toContain("none");
    const forged = await forge(decodeJwt(await idp.idJag(shop)));
    expect(await told(await present(shop, forged))).toMatchObject({ error: "invalid_grant", reason });
  });

  test.each([
    ["words", "not-a-token"],
    ["five parts", `${btoa('{"alg":"dir","enc":"A256GCM"}').replaceAll("=", "")}.a.b.c.d`],
    ["a token of this gateway", ""],
  ])("%s in place of an assertion", async (_, text) => {
    const own = text === "" ? ((await told(await present(shop, await idp.idJag(shop)))).access_token ?? "") : text;
    expect(await told(await present(shop, own))).toMatchObject({ error: "invalid_grant", reason: "id_jag_malformed" });
  });

  test("a changed claim under the old signature", async () => {
    const [header, , signature] = (await idp.idJag(shop)).split(".");
    const changed = new UnsecuredJWT({ ...decodeJwt(await idp.idJag(shop)), sub: "grace" }).encode().split(".")[1];
    const refused = await told(await present(shop, `${header}.${changed}.${signature}`));
    expect(refused).toMatchObject({ error: "invalid_grant", reason: "id_jag_signature" });
  });
});

describe("replay", () => {
  test("an assertion brings one token, and the second time none", async () => {
    const assertion = await idp.idJag(shop);
    expect(await told(await present(shop, assertion))).toMatchObject({ status: 200 });
    const again = await told(await present(shop, assertion));
    expect(again).toMatchObject({ status: 400, error: "invalid_grant", reason: "id_jag_replayed" });
  });

  test("of 20 at the same moment exactly one brings a token", async () => {
    const assertion = await idp.idJag(shop);
    const answers = await Promise.all(Array.from({ length: 20 }, async () => told(await present(shop, assertion))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ reason }) => reason === "id_jag_replayed")).toHaveLength(19);
  });

  test("the id is used up, not the text: the same id in another assertion is a replay", async () => {
    const jti = crypto.randomUUID();
    expect(await told(await present(shop, await idp.idJag(shop, { jti })))).toMatchObject({ status: 200 });
    const other = await idp.idJag(shop, { jti, scope: "tickets.write", exp: now() + 200 });
    expect(await told(await present(shop, other))).toMatchObject({ reason: "id_jag_replayed" });
  });

  test("what was refused for something else is not used up", async () => {
    const assertion = await idp.idJag(shop);
    const refusals: [Record<string, string>, string][] = [
      [{ client_secret: "a-wrong-secret-that-is-long-enough" }, "client_authentication_failed"],
      [{ scope: "tickets.write" }, "id_jag_scopes"],
      [{ resource: neighbour.resource }, "resource_unknown"],
      [{ scope: 'a"b' }, "malformed_request"],
    ];
    for (const [parameters, reason] of refusals) {
      expect(await told(await present(shop, assertion, parameters))).toMatchObject({ reason });
    }
    expect(await told(await present(shop, assertion))).toMatchObject({ status: 200 });
  });

  test("another issuer's id is another id", async () => {
    const both = await openEnterprise(null, {
      enterpriseIssuers: [{ issuer: idp.issuer }, { issuer: stranger.issuer }],
    });
    const jti = crypto.randomUUID();
    expect(await told(await present(both, await idp.idJag(both, { jti })))).toMatchObject({ status: 200 });
    expect(await told(await present(both, await stranger.idJag(both, { jti })))).toMatchObject({ status: 200 });
  });
});

describe("scope superset", () => {
  test.each<[string, string | undefined, string, string]>([
    ["a wish beyond the assertion", "tickets.read tickets.write admin", "tickets.read", "tickets.read"],
    ["an assertion beyond the wish", "tickets.read", "tickets.read tickets.write", "tickets.read"],
    ["an assertion beyond the server", undefined, "tickets.read admin openid", "tickets.read"],
  ])("P-95 %s is cut down to what both and the server have", async (_, scope, granted, issued) => {
    const answer = await told(await present(shop, await idp.idJag(shop, { scope: granted }), { scope }));
    expect(answer).toMatchObject({ status: 200, scope: issued });
    expect((await callTool(shop, answer.access_token ?? "", "create_ticket")).status).toBe(403);
  });
});

describe("the client", () => {
  test("without its secret, with a wrong one, or under another's name gets nothing", async () => {
    const assertion = await idp.idJag(shop);
    for (const parameters of [{ client_secret: undefined }, { client_secret: "a-wrong-secret-of-some-length" }]) {
      const refused = await told(await present(shop, assertion, parameters));
      expect(refused).toMatchObject({ status: 401, error: "invalid_client", reason: "client_authentication_failed" });
    }
    const unknown = await told(await present(shop, assertion, { client_id: "nobody" }));
    expect(unknown).toMatchObject({ status: 401, error: "invalid_client", reason: "client_unknown" });
  });

  test.each([
    ["no assertion", (form: URLSearchParams) => form.delete("assertion"), { field: "assertion", seen: "absent" }],
    ["two assertions", (form: URLSearchParams) => form.append("assertion", "x"), { reason: "duplicate_parameter" }],
  ])("%s is a broken request", async (_, change, expected) => {
    const body = new URLSearchParams({ grant_type: jwtBearer, assertion: "x", client_id: clientId });
    body.set("client_secret", "a-secret-of-the-chat-application");
    change(body);
    const response = await fetchUrl(`${shop.endpoints}/token`, { method: "POST", body });
    expect(await told(response)).toMatchObject({ status: 400, error: "invalid_request", ...expected });
  });
});

describe("guessing", () => {
  test("refusals are counted as failed token requests, and successes are not", async () => {
    const full = deployment({ LIMIT_FAILURES: { limit: async () => ({ success: false }) } });
    const ask = async (changes: Record<string, unknown>) =>
      told(await present(shop, await idp.idJag(shop, changes), {}, (url, init) => knock(full, url, init)));
    expect(await ask({ aud: neighbour.issuer })).toMatchObject({ status: 429, reason: "rate_limited" });
    expect(await ask({})).toMatchObject({ status: 200 });
  });
});

describe("the token", () => {
  test("opens no other server, and cannot be traded for another token", async () => {
    const { access_token: token = "" } = await told(await present(shop, await idp.idJag(shop)));
    expect((await callTool(neighbour, token)).status).toBe(401);
    const api = await fetchUrl(`${new URL(shop.issuer).origin}/api/v1/organizations/${shop.organizationId}/gateways`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(api.status).toBe(401);
  });
});

describe("an identity provider that is away", () => {
  test("is a reason to come back, and costs the assertion nothing", async () => {
    const away = await IdentityProvider.open();
    const waiting = await openEnterprise(away);
    await away.publishMetadata({}, 503);
    const assertion = await away.idJag(waiting);
    const response = await present(waiting, assertion);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    const refused = await told(response);
    expect(refused).toMatchObject({ status: 503, error: "temporarily_unavailable", reason: "provider_unavailable" });
    await away.publishMetadata();
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ["Date"] });
    try {
      expect(await told(await present(waiting, assertion))).toMatchObject({ status: 200 });
    } finally {
      vi.useRealTimers();
    }
  });

  test("one whose metadata names another issuer is not believed", async () => {
    const renamed = await IdentityProvider.open();
    await renamed.publishMetadata({ issuer: stranger.issuer });
    const misled = await openEnterprise(renamed);
    const refused = await told(await present(misled, await renamed.idJag(misled)));
    expect(refused).toMatchObject({ status: 503, reason: "metadata_issuer_mismatch" });
    expect(await asked(`${renamed.place}/jwks`)).toBe(0);
  });
});
