// The rules of app tokens beyond what fits through the door: shapes, kinds, tenants, audiences, scopes, as tables.
import { describe, expect, test } from "vitest";
import { findProviderPreset, type ProviderPreset, providerPresets } from "../../src/contract/providers.ts";
import { judgeAudience } from "../../src/worker/oauth/app-token-audience.ts";
import { exchangedScope, judgeTimes, tokenScopes } from "../../src/worker/oauth/app-token-claims.ts";
import { keyFitsTenant, trustIssuer } from "../../src/worker/oauth/app-token-issuer.ts";
import { markedKind, missingKind } from "../../src/worker/oauth/app-token-kind.ts";
import { shapeOf } from "../../src/worker/oauth/app-token-shape.ts";
import { isIssuerOf } from "../../src/worker/oauth/discovery-forms.ts";
import { doorOf } from "../../src/worker/resolve-server.ts";

const preset = (id: string): ProviderPreset => {
  const found = findProviderPreset(id);
  if (!found) throw new Error(`no preset ${id}`);
  return found;
};
const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");

describe("shapes", () => {
  test.each([
    ["one part", "abc", "opaque"],
    ["two parts", "ya29.abc", "opaque"],
    ["three parts that are no header", "a.b.c", "opaque"],
    ["five parts that are no header", "a.b.c.d.e", "opaque"],
    ["a JWS", `${part({ alg: "RS256" })}.${part({ sub: "a" })}.c2ln`, "signed"],
    ["a JWS whose payload is no object", `${part({ alg: "RS256" })}.${part([1])}.c2ln`, "opaque"],
    ["a JWE", `${part({ alg: "dir", enc: "A256GCM" })}..a.b.c`, "encrypted"],
  ])("%s", (_, token, kind) => {
    expect(shapeOf(token).kind).toBe(kind);
  });
});

describe("kinds", () => {
  test.each<[string, string, Record<string, unknown>, string | null]>([
    ["auth0", "a client's own grant", { gty: "client-credentials", sub: "x" }, "app_token_machine"],
    ["auth0", "a client as subject", { sub: "abc@clients" }, "app_token_machine"],
    ["entra", "a daemon", { idtyp: "app", roles: ["x"] }, "app_token_machine"],
    ["keycloak", "a service account", { typ: "Bearer", preferred_username: "service-account-x" }, "app_token_machine"],
    ["cognito", "client credentials", { token_use: "access", sub: "c1", client_id: "c1" }, "app_token_machine"],
    ["manual", "a person", { sub: "a", client_id: "c1" }, null],
  ])("%s: %s", (id, _, claims, reason) => {
    expect(markedKind({ alg: "RS256" }, claims, preset(id).accessToken)?.reason ?? null).toBe(reason);
  });

  test.each<[string, string, Record<string, unknown>, boolean]>([
    ["entra", "roles alone are a daemon's", { roles: ["x"] }, true],
    ["entra", "scopes are a person's", { scp: "a" }, false],
    ["keycloak", "an offline token", { typ: "Offline" }, true],
    ["keycloak", "no typ in the payload", {}, true],
    ["cognito", "no token_use", {}, true],
    ["manual", "nothing is required", {}, false],
  ])("%s: %s", (id, _, claims, wrong) => {
    expect(missingKind(claims, preset(id).accessToken) !== null).toBe(wrong);
  });
});

describe("issuers made of a tenant", () => {
  const [own, other, personal] = [
    "11111111-2222-4333-8444-555555555555",
    "99999999-8888-4777-8666-555555555555",
    "9188040d-6c67-4c5b-b112-36a304b66dad",
  ];
  const login = "https://login.microsoftonline.com";
  const entra = preset("entra");
  const of = (tenant: string) => `${login}/${tenant}/v2.0`;
  const trust = (iss: unknown, tid: string, metadata: string, allowedTenants: string[] = []) => {
    const provider = { issuer: metadata, jwksUri: `${login}/keys`, tokenEndpoint: `${login}/common/oauth2/v2.0/token` };
    try {
      return trustIssuer({ iss, tid }, provider, { allowedTenants, tokenIssuers: [] }, entra).tenant;
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };

  test.each<[string, unknown, string, string, string[], string]>([
    ["the metadata's own tenant, none listed", of(own), own, of(own), [], own],
    ["its version 1 issuer", `https://sts.windows.net/${own}/`, own, of(own), [], own],
    ["version 1 without its slash", `https://sts.windows.net/${own}`, own, of(own), [], "app_token_issuer"],
    ["a foreign tenant, none listed", of(other), other, of(own), [], "app_token_issuer"],
    ["a listed tenant at the metadata of many", of(other), other, of("{tenantid}"), [own, other], other],
    ["an unlisted one there", of(personal), personal, of("{tenantid}"), [own], "app_token_issuer"],
    ["nobody listed at the metadata of many", of(own), own, of("{tenantid}"), [], "profile_incomplete"],
    ["the placeholder itself as issuer", of("{tenantid}"), own, of("{tenantid}"), [own], "app_token_issuer"],
    ["another cloud's host", `https://login.evil.example/${own}/v2.0`, own, of(own), [], "app_token_issuer"],
    ["tid of another tenant", of(own), other, of(own), [own, other], "app_token_issuer"],
    ["a list in any case", of(own), own, of(own), [own.toUpperCase()], own],
    ["no issuer", undefined, own, of(own), [], "app_token_issuer"],
  ])("%s", (_, iss, tid, metadata, allowed, expected) => {
    expect(trust(iss, tid, metadata, allowed)).toBe(expected);
  });

  test.each<[string, unknown, boolean]>([
    ["no issuer", undefined, true],
    ["the tenant's", of(own), true],
    ["all tenants'", of("{tenantid}"), true],
    ["personal accounts'", of(personal), false],
    ["anything else", 7, false],
  ])("a key that names %s", (_, issuer, fits) => {
    const { tenants } = entra.accessToken;
    const provider = { issuer: of(own), jwksUri: null, tokenEndpoint: `${login}/x/token` };
    expect(tenants && keyFitsTenant({ issuer }, own, tenants, provider)).toBe(fits);
  });

  test("a document of many tenants is that of the address that asks for them", () => {
    const { tenantPlaceholder } = entra.discovery;
    expect(isIssuerOf(of("common"), of("{tenantid}"), tenantPlaceholder)).toBe(true);
    expect(isIssuerOf(of(own), of("{tenantid}"), tenantPlaceholder)).toBe(false);
    expect(isIssuerOf(of("common"), of("{tenantid}"))).toBe(false);
  });
});

describe("audiences", () => {
  const judge = (id: string, claims: Record<string, unknown>, fields: object = {}) => {
    const expected = {
      resource: "api://x",
      acceptedClientIds: ["listed"],
      tokenIssuers: [],
      acceptsOrigin: () => false,
    };
    return judgeAudience(claims, preset(id).accessToken, { ...expected, ...fields });
  };
  test.each<[string, string, Record<string, unknown>, object]>([
    ["keycloak", "a client id is no audience", { azp: "listed", client_id: "listed" }, { ok: false, absent: true }],
    ["auth0", "nor here", { azp: "listed" }, { ok: false, absent: true }],
    ["cognito", "the first claim decides", { aud: "wrong", client_id: "listed" }, { ok: false, absent: false }],
    ["cognito", "an empty audience is none", { aud: [], client_id: "listed" }, { ok: true }],
    ["manual", "what is no text is none", { aud: { x: 1 } }, { ok: false, absent: true }],
    ["manual", "a template is no value", { aud: "{resource}" }, { ok: false, absent: false }],
    ["workos", "the environment is unknown without its issuer", { aud: "client_1" }, { ok: false, absent: false }],
  ])("%s: %s", (id, _, claims, verdict) => {
    expect(judge(id, claims)).toMatchObject(verdict);
  });
});

describe("times", () => {
  const now = 1_000_000;
  test("exp has no allowance: nothing issued may outlive it", () => {
    expect(judgeTimes({ exp: now + 1 }, now)).toBe(now + 1);
    expect(() => judgeTimes({ exp: now }, now)).toThrow("app_token_expired");
  });

  test.each([
    ["nbf", 60, true],
    ["nbf", 61, false],
    ["iat", 60, true],
    ["iat", 61, false],
  ])("%s %i seconds ahead", (name, ahead, fine) => {
    const judge = () => judgeTimes({ exp: now + 900, [name]: now + ahead }, now);
    if (fine) expect(judge()).toBe(now + 900);
    else expect(judge).toThrow("app_token_not_yet_valid");
  });
});

describe("scopes", () => {
  test.each<[string, string[], string[], string[] | null, string[]]>([
    ["nothing asked: all that both have", [], ["a", "b", "c"], ["c", "a", "x"], ["a", "c"]],
    ["a token that names none limits nothing", [], ["a", "b"], null, ["a", "b"]],
    ["a wish narrows", ["b"], ["a", "b"], ["a", "b"], ["b"]],
    ["a server without scopes", [], [], ["x"], []],
  ])("%s", (_, requested, server, granted, expected) => {
    expect(exchangedScope(requested, server, granted)).toEqual(expected);
  });

  test.each<[string, string[], string[], string[] | null, string]>([
    ["more than the server has", ["x"], ["a"], null, "exchange_scope_refused"],
    ["anything at a server without scopes", ["x"], [], null, "exchange_scope_refused"],
    ["a token that grants nothing of it", [], ["a"], ["x"], "app_token_scopes"],
    ["a token with an empty scope", [], ["a"], [], "app_token_scopes"],
  ])("%s is refused", (_, requested, server, granted, reason) => {
    expect(() => exchangedScope(requested, server, granted)).toThrow(reason);
  });

  test("a scope of the token is also known by its full name where the preset says so", () => {
    const read = (id: string) => tokenScopes({ scp: "items.read" }, preset(id).accessToken, "api://x");
    expect(read("entra")).toEqual(["items.read", "api://x/items.read"]);
    expect(read("okta")).toEqual(["items.read"]);
    expect(read("cognito")).toBeNull();
  });
});

test("every preset says how an audience is recognized, and has a subject", () => {
  for (const { accessToken, identity } of providerPresets) {
    // Where tokens are for no API, a client of an explicit list stands in for it: the check is never left out.
    const fields = accessToken.audience.map(({ field }) => field);
    expect(fields).toContain(accessToken.needsResource ? "resource" : "acceptedClientIds");
    expect(identity.subject.length).toBeGreaterThan(0);
  }
});

test("the exchange has a door on both hosts of a server", () => {
  const settings = { serverHostSuffix: "mcp.example.com", defaultServer: null };
  const door = (url: string) => doorOf(new URL(url), settings);
  const found = { kind: "server", slug: "support", door: "embedded/exchange" };
  expect(door("https://support.mcp.example.com/embedded/exchange")).toEqual({ ...found, ownHost: true });
  expect(door("https://gateway.example.com/s/support/embedded/exchange")).toEqual({ ...found, ownHost: false });
});
