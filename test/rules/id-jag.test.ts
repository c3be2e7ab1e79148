// What an identity assertion (ID-JAG) must say: one row per claim and attack (P-94, P-95, group 33).
import { describe, expect, test } from "vitest";
import { DownstreamError } from "../../src/worker/oauth/downstream-error.ts";
import { enterpriseIdentity, enterpriseScope, type IdJag, judgeIdJag } from "../../src/worker/oauth/id-jag.ts";

const now = 1_800_000_000;
const server = "https://mcp.example.com/s/support";
const issuer = { issuer: "https://acme.idp.example" };
const shared = { issuer: "https://idp.example", tenants: ["acme", "ac:me"] };
const expected = { issuers: [issuer, shared], audience: server, clientId: "cl_1", resource: `${server}/mcp` };

const header = { typ: "oauth-id-jag+jwt", alg: "ES256", kid: "1" };
const claims = {
  ...{ iss: issuer.issuer, sub: "U019488227", aud: server, client_id: "cl_1", resource: `${server}/mcp` },
  ...{ jti: "9e43f81b64a33f20116179", iat: now - 10, exp: now + 290, scope: "tickets.read tickets.write" },
};

function judged(changes: Record<string, unknown> = {}, headerChanges: Record<string, unknown> = {}): IdJag {
  const changed = Object.fromEntries(
    Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined),
  );
  return judgeIdJag({ header: { ...header, ...headerChanges }, claims: changed }, expected, now);
}

function refusalOf(run: () => unknown): DownstreamError {
  try {
    run();
  } catch (error) {
    if (error instanceof DownstreamError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("an assertion in order", () => {
  test("P-94 says who, until when it counts, and what it grants", () => {
    expect(judged()).toEqual({
      ...{ issuer, tenant: null, subject: "U019488227", jti: claims.jti, until: now + 350 },
      scope: ["tickets.read", "tickets.write"],
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>?]>([
    ["its audience as an array of one", { aud: [server] }],
    ["its resource with a slash at the end", { resource: `${server}/mcp/` }],
    ["its resource as an array of one", { resource: [`${server}/mcp`] }],
    ["no resource, since its audience has one server", { resource: undefined }],
    ["a type with its media type written out", {}, { typ: "application/oauth-id-jag+jwt" }],
    ["an end less than a minute ago", { exp: now - 59 }],
    ["a beginning less than a minute ahead", { iat: now + 60, nbf: now + 60 }],
    ["a life of an hour", { iat: now, exp: now + 3600 }],
    ["no scope", { scope: undefined }],
    ["an actor and other claims that nobody here reads", { act: { sub: "agent" }, aud_sub: "x", auth_time: now }],
  ])("may have %s", (_, changes, headerChanges) => {
    expect(judged(changes, headerChanges).subject).toBe("U019488227");
  });
});

describe("anything else is refused, by its name", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ["an ID token", {}, { typ: "JWT" }, "id_jag_type"],
    ["an access token", {}, { typ: "at+jwt" }, "id_jag_type"],
    ["a token without a type", {}, { typ: undefined }, "id_jag_type"],
    ["a type that only begins like it", {}, { typ: "oauth-id-jag+jwt2" }, "id_jag_type"],
    ["no signature", {}, { alg: "none" }, "id_jag_algorithm"],
    ["a shared secret", {}, { alg: "HS256" }, "id_jag_algorithm"],
    ["no algorithm", {}, { alg: undefined }, "id_jag_algorithm"],
    ["an issuer that is not listed", { iss: "https://evil.example" }, {}, "id_jag_issuer"],
    ["a slash more in the issuer", { iss: `${issuer.issuer}/` }, {}, "id_jag_issuer"],
    ["issuers in an array", { iss: [issuer.issuer] }, {}, "id_jag_issuer"],
    ["no issuer", { iss: undefined }, {}, "id_jag_issuer"],
    ["another audience", { aud: "https://other.example" }, {}, "id_jag_audience"],
    ["the audience of another server here", { aud: "https://mcp.example.com/s/other" }, {}, "id_jag_audience"],
    ["a slash more in the audience", { aud: `${server}/` }, {}, "id_jag_audience"],
    ["the MCP URL as audience", { aud: `${server}/mcp` }, {}, "id_jag_audience"],
    ["the token endpoint as audience", { aud: `${server}/token` }, {}, "id_jag_audience"],
    ["two audiences", { aud: [server, "https://other.example"] }, {}, "id_jag_audience"],
    ["the same audience twice", { aud: [server, server] }, {}, "id_jag_audience"],
    ["no audience in an array", { aud: [] }, {}, "id_jag_audience"],
    ["no audience", { aud: undefined }, {}, "id_jag_audience"],
    ["another client", { client_id: "cl_2" }, {}, "id_jag_client"],
    ["no client", { client_id: undefined }, {}, "id_jag_client"],
    ["azp in place of client_id", { client_id: undefined, azp: "cl_1" }, {}, "id_jag_client"],
    ["the resource of another tenant", { resource: "https://mcp.example.com/s/other/mcp" }, {}, "id_jag_resource"],
    ["the gateway itself as resource", { resource: "https://mcp.example.com" }, {}, "id_jag_resource"],
    ["the issuer as resource", { resource: server }, {}, "id_jag_resource"],
    [
      "another resource beside this one",
      { resource: [`${server}/mcp`, "https://other.example"] },
      {},
      "id_jag_resource",
    ],
    ["an array of no resources", { resource: [] }, {}, "id_jag_resource"],
    ["a resource that is no text", { resource: { href: `${server}/mcp` } }, {}, "id_jag_resource"],
    ["no subject", { sub: undefined }, {}, "id_jag_claim"],
    ["an empty subject", { sub: "" }, {}, "id_jag_claim"],
    ["a number as subject", { sub: 7 }, {}, "id_jag_claim"],
    ["a subject that is too long", { sub: "u".repeat(256) }, {}, "id_jag_claim"],
    ["no id of its own", { jti: undefined }, {}, "id_jag_claim"],
    ["an empty id", { jti: "" }, {}, "id_jag_claim"],
    ["no end", { exp: undefined }, {}, "id_jag_claim"],
    ["an end as text", { exp: String(now + 100) }, {}, "id_jag_claim"],
    ["an end that is no number", { exp: Number.NaN }, {}, "id_jag_claim"],
    ["no beginning", { iat: undefined }, {}, "id_jag_claim"],
    ["nbf as text", { nbf: "now" }, {}, "id_jag_claim"],
    ["scopes in an array", { scope: ["tickets.read"] }, {}, "id_jag_claim"],
    ["scopes with quotes", { scope: 'tickets."read"' }, {}, "id_jag_claim"],
    ["an end a minute ago", { exp: now - 60 }, {}, "id_jag_expired"],
    ["an issue in the future", { iat: now + 61 }, {}, "id_jag_not_yet_valid"],
    ["nbf in the future", { nbf: now + 61 }, {}, "id_jag_not_yet_valid"],
    ["a life of more than an hour", { iat: now - 1, exp: now + 3600 }, {}, "id_jag_lifetime"],
  ])("%s", (_, changes, headerChanges, reason) => {
    expect(refusalOf(() => judged(changes, headerChanges)).reason).toBe(reason);
  });

  test("P-95 nobody learns from a refusal whom else the profile trusts", () => {
    const refusals = [
      refusalOf(() => judged({ iss: "https://evil.example" })),
      refusalOf(() => judged({ iss: shared.issuer, tenant: "evil" })),
    ];
    const told = JSON.stringify(refusals.map(({ detail }) => detail));
    for (const secret of [issuer.issuer, shared.issuer, "acme"]) expect(told).not.toContain(secret);
  });
});

describe("an issuer of several tenants", () => {
  test("its assertion counts for the tenants that are listed, and names one", () => {
    expect(judged({ iss: shared.issuer, tenant: "acme" })).toMatchObject({ issuer: shared, tenant: "acme" });
  });

  test.each([
    ["of another tenant", { iss: shared.issuer, tenant: "evil" }],
    ["of no tenant", { iss: shared.issuer }],
    ["of tenants in an array", { iss: shared.issuer, tenant: ["acme"] }],
    ["of a tenant where the profile lists none", { tenant: "acme" }],
    ["of null where the profile lists none", { tenant: null }],
  ])("an assertion %s is refused", (_, changes) => {
    expect(refusalOf(() => judged(changes)).reason).toBe("id_jag_tenant");
  });

  test("the same subject is another person at another issuer, tenant and organization, and the same at the same", async () => {
    const ids = new Map<string, string>();
    const idOf = async (organization: string, changes: Record<string, unknown>) =>
      (await enterpriseIdentity(organization, judged(changes), { ...claims, ...changes })).userId;
    ids.set("issuer", await idOf("org_1", {}));
    ids.set("tenant", await idOf("org_1", { iss: shared.issuer, tenant: "acme" }));
    ids.set("other tenant", await idOf("org_1", { iss: shared.issuer, tenant: "ac:me" }));
    ids.set("spelled alike", await idOf("org_1", { iss: shared.issuer, tenant: "acme", sub: "me:U019488227" }));
    ids.set("organization", await idOf("org_2", {}));
    expect(new Set(ids.values()).size).toBe(ids.size);
    expect(await idOf("org_1", {})).toBe(ids.get("issuer"));
  });

  test("two tenants whose names and subjects spell the same are two people", async () => {
    const one = await enterpriseIdentity("o", judged({ iss: shared.issuer, tenant: "ac:me", sub: "x" }), {});
    const two = await enterpriseIdentity("o", { ...judged(), issuer: shared, tenant: "ac", subject: "me:x" }, {});
    expect(one.userId).not.toBe(two.userId);
    expect([one.subject, one.workspace]).toEqual(["ac%3Ame:x", "ac:me"]);
  });
});

describe("P-95 scopes are what was asked for, what the assertion grants and what the server has", () => {
  const at = { scopes: ["tickets.read", "openid"], tools: [{ scopes: ["tickets.write"] }] };
  test.each<[string, string[], string[] | null, string[]]>([
    [
      "nothing asked for is all of the assertion",
      [],
      ["tickets.write", "tickets.read"],
      ["tickets.read", "tickets.write"],
    ],
    ["asked for less", ["tickets.read"], ["tickets.read", "tickets.write"], ["tickets.read"]],
    ["asked for more", ["tickets.read", "tickets.write"], ["tickets.read"], ["tickets.read"]],
    ["granted more than the server has", [], ["tickets.read", "admin"], ["tickets.read"]],
    ["hints ask for nothing", ["openid", "offline_access"], ["tickets.write"], ["tickets.write"]],
    ["hints are granted by nobody", [], ["openid", "tickets.read"], ["tickets.read"]],
    ["an assertion without scopes is the baseline", [], null, ["tickets.read"]],
    ["and never more", ["tickets.read", "tickets.write"], null, ["tickets.read"]],
  ])("%s", (_, requested, granted, scope) => {
    expect(enterpriseScope(requested, granted, at)).toEqual(scope);
  });

  test.each<[string, string[], string[] | null]>([
    ["the assertion grants another scope than was asked for", ["tickets.write"], ["tickets.read"]],
    ["the assertion grants nothing", [], []],
    ["the assertion grants only what the server has not", [], ["admin"]],
    ["only what the server has not was asked for", ["admin"], ["tickets.read"]],
    ["a tool's scope was asked for and the assertion does not speak of scopes", ["tickets.write"], null],
  ])("refused when %s", (_, requested, granted) => {
    expect(refusalOf(() => enterpriseScope(requested, granted, at)).reason).toBe("id_jag_scopes");
  });

  const broad = { ...at, broaderScopes: [{ name: "staff", scopes: ["tickets.read", "tickets.write"] }] };
  test.each<[string, string[], string[] | null, string[]]>([
    ["granted broadly", [], ["staff"], ["tickets.read", "tickets.write", "staff"]],
    ["granted broadly and asked for narrowly", ["tickets.read"], ["staff"], ["tickets.read"]],
    ["asked for broadly and granted narrowly", ["staff"], ["tickets.read"], ["tickets.read"]],
    ["granted by a scope that is broader by its form", ["tickets.write"], ["tickets"], ["tickets.write"]],
    ["a broad wish without a word of the assertion", ["staff"], null, ["tickets.read"]],
  ])("P-17 %s", (_, requested, granted, scope) => {
    expect(enterpriseScope(requested, granted, broad)).toEqual(scope);
  });

  test("a server without scopes has none to give, and refuses nobody for it", () => {
    expect(enterpriseScope(["x"], ["x"], { scopes: [], tools: [] })).toEqual([]);
    expect(enterpriseScope([], null, { scopes: [], tools: [{ scopes: ["x"] }] })).toEqual([]);
  });
});
