// The app's own token at the embedded door: each doubt by its reason, and what scopes and user must agree (group 32).
import { beforeAll, describe, expect, inject, test } from "vitest";
import {
  type Agent,
  addAgent,
  appOrigin,
  asked,
  exchange,
  openScripted,
  publish,
  Signer,
  told,
} from "./exchange-visit.ts";
import { apiResource, type Shop } from "./journey.ts";

let shop: Shop & { tokenIssuer: string };
let agent: Agent;
let signer: Signer;
const now = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  signer = await Signer.make();
  shop = await openScripted("doubts", { keys: [{ ...signer.jwk, kid: "key-1", use: "sig" }] });
  agent = await addAgent(shop, { allowedOrigins: [appOrigin, "https://*.wild.example"] });
});

const claims = (changes: Record<string, unknown> = {}) => ({
  ...{ iss: shop.tokenIssuer, sub: "ada", aud: apiResource, iat: now(), exp: now() + 300, org_id: "org_acme" },
  ...{ scope: "tickets.read tickets.write", email: "ada@acme.example" },
  ...changes,
});
const good = (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  signer.sign(claims(changes), header);

describe("the app's token", () => {
  const refused = async (token: string) => told(await exchange(shop, agent, token));

  test.each<[string, Record<string, unknown>, Record<string, unknown>, object]>([
    ["with a nonce", { nonce: "n" }, {}, { reason: "app_token_id_token", seen: "nonce" }],
    ["with at_hash", { at_hash: "h" }, {}, { reason: "app_token_id_token" }],
    ["of a logout", {}, { typ: "logout+jwt" }, { reason: "app_token_kind" }],
    ["of a client for itself", { client_id: "ada" }, {}, { reason: "app_token_machine" }],
    ["bound to a key", { cnf: { jkt: "x" } }, {}, { reason: "app_token_kind" }],
    [
      "of another issuer",
      { iss: "https://evil.example" },
      {},
      { reason: "app_token_issuer", seen: "https://evil.example" },
    ],
    ["of the issuer with a slash", { iss: "SLASH" }, {}, { reason: "app_token_issuer" }],
    ["without an issuer", { iss: undefined }, {}, { reason: "app_token_issuer", seen: "no iss" }],
    ["of an unknown key", {}, { kid: "nobody" }, { reason: "app_token_key_unknown" }],
    [
      "for another audience",
      { aud: "https://other.example" },
      {},
      { reason: "app_token_audience", expected: `aud ${apiResource}` },
    ],
    ["for the audience with a slash", { aud: `${apiResource}/` }, {}, { reason: "app_token_audience" }],
    ["without an audience", { aud: undefined }, {}, { reason: "app_token_audience_absent" }],
    [
      "of a client that is not listed",
      { aud: undefined, client_id: "x" },
      {},
      { reason: "app_token_audience", field: "acceptedClientIds" },
    ],
    ["for another page", { aud: undefined, azp: "https://evil.example" }, {}, { reason: "app_token_audience" }],
    ["that is over", { exp: 1000 }, {}, { reason: "app_token_expired" }],
    ["without an end", { exp: undefined }, {}, { reason: "app_token_lifetime" }],
    ["whose end is text", { exp: "2099" }, {}, { reason: "app_token_lifetime" }],
    ["that is for later", { nbf: now() + 600 }, {}, { reason: "app_token_not_yet_valid" }],
    ["from the future", { iat: now() + 600 }, {}, { reason: "app_token_not_yet_valid" }],
    ["of nobody", { sub: undefined }, {}, { reason: "identity_missing" }],
  ])("P-88 %s is refused", async (_, changes, header, expected) => {
    const told = changes.iss === "SLASH" ? { iss: `${shop.tokenIssuer}/` } : changes;
    expect(await refused(await good(told, header))).toMatchObject({
      status: 400,
      error: "invalid_request",
      ...expected,
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["with a minute of clock difference", { nbf: now() + 50, iat: now() + 50 }, {}],
    ["with the type of RFC 9068 written in full", {}, { typ: "application/AT+JWT" }],
    ["without a kid", {}, { kid: undefined }],
    ["bound to the agent's page", { aud: undefined, azp: appOrigin }, {}],
    ["with one of several audiences", { aud: ["account", apiResource] }, {}],
    ["with scopes as a list", { scope: undefined, scp: ["tickets.read"] }, {}],
    ["that names no scopes", { scope: undefined }, {}],
  ])("%s is accepted", async (_, changes, header) => {
    expect(await refused(await good(changes, header))).toMatchObject({ status: 200 });
  });

  test("CVE-2026-22817 alg none and a public key used as a secret are refused by their algorithm", async () => {
    const [, payload] = (await good()).split(".");
    const header = (alg: string) => btoa(JSON.stringify({ alg, kid: "key-1" })).replaceAll("=", "");
    for (const alg of ["none", "HS256", "None"]) {
      expect(await refused(`${header(alg)}.${payload}.c2ln`)).toMatchObject({ reason: "app_token_algorithm" });
    }
  });

  test("a changed payload is refused", async () => {
    const [header, , signature] = (await good()).split(".");
    const [, payload] = (await good({ sub: "admin" })).split(".");
    expect(await refused(`${header}.${payload}.${signature}`)).toMatchObject({ reason: "app_token_signature" });
  });

  test("an opaque and an encrypted token have each their diagnosis", async () => {
    expect(await refused("an-opaque-token")).toMatchObject({ reason: "app_token_opaque" });
    const header = btoa('{"alg":"dir","enc":"A256GCM"}').replaceAll("=", "");
    expect(await refused(`${header}..aaaa.bbbb.cccc`)).toMatchObject({ reason: "app_token_encrypted" });
  });

  test("one that does not fit into a token is refused", async () => {
    const large = await good({ groups: "g".repeat(9000) });
    expect(await refused(large)).toMatchObject({ reason: "downstream_token_too_large", field: "token" });
  });

  test("a profile without a resource never skips the audience", async () => {
    const vague = await openScripted("vague", { keys: [{ ...signer.jwk, kid: "key-1" }], gateway: { resource: null } });
    const token = await signer.sign(claims({ iss: vague.tokenIssuer }));
    expect(await told(await exchange(vague, await addAgent(vague), token))).toMatchObject({
      ...{ error: "invalid_target", reason: "profile_incomplete", field: "resource" },
    });
  });

  test("an opaque token is asked about once a minute where the provider offers it", async () => {
    const endpoint = "/asking/introspect";
    await publish(endpoint, { active: true, ...claims({ iss: undefined }) });
    const metadata = { introspection_endpoint: `${inject("publishedUrl")}${endpoint}` };
    const known = await openScripted("asking", { keys: [], metadata });
    const its = await addAgent(known);
    const opaque = "opaque-token-of-ada";
    for (let round = 0; round < 3; round++) expect((await exchange(known, its, opaque)).status).toBe(200);
    expect(await asked(endpoint)).toBe(1);
    await publish(endpoint, { active: false });
    expect(await told(await exchange(known, its, "another"))).toMatchObject({ reason: "app_token_inactive" });
  });
});

describe("scopes and user", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, object]>([
    [
      "a scope that the server lacks",
      { scopes: ["tickets.read", "admin"] },
      {},
      { status: 400, error: "invalid_scope", reason: "exchange_scope_refused", seen: "admin" },
    ],
    [
      "a token without any of the server's scopes",
      {},
      { scope: "openid profile" },
      { status: 400, error: "invalid_scope", reason: "app_token_scopes", seen: "openid profile" },
    ],
    [
      "scopes that the token lacks",
      { scopes: ["tickets.write"] },
      { scope: "tickets.read" },
      { reason: "app_token_scopes" },
    ],
    [
      "P-89 another subject",
      { userIdentity: { subject: "bob" } },
      {},
      { status: 403, reason: "user_identity_mismatch", field: "userIdentity.subject", expected: "ada", seen: "bob" },
    ],
    [
      "another workspace",
      { userIdentity: { organizationId: "org_x" } },
      {},
      { reason: "user_identity_mismatch", expected: "org_acme" },
    ],
    ["another e-mail", { userIdentity: { email: "bob@acme.example" } }, {}, { reason: "user_identity_mismatch" }],
  ])("%s is refused", async (_, overrides, changes, expected) => {
    expect(await told(await exchange(shop, agent, await good(changes), overrides))).toMatchObject(expected);
  });

  test("the same user, and words where the token says nothing, are accepted", async () => {
    const userIdentity = { subject: "ada", organizationId: "org_acme", email: "Ada@acme.example" };
    expect((await exchange(shop, agent, await good(), { userIdentity })).status).toBe(200);
    const silent = await good({ org_id: undefined, email: undefined });
    expect((await exchange(shop, agent, silent, { userIdentity })).status).toBe(200);
  });
});
