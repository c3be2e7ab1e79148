// Finding a provider: every published form, overrides, whose document it is, and documents that cannot be used.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findProviderPreset } from "../../src/contract/providers.ts";
import { discoveryUrls, isIssuerOf } from "../../src/worker/oauth/discovery-forms.ts";
import type { GatewayProfile } from "../../src/worker/oauth/profile.ts";
import { connectorFor, departure, profileOf } from "../rig/connector.ts";
import { type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

const oidc = "/.well-known/openid-configuration";
const oauth = "/.well-known/oauth-authorization-server";
const profile = (fields: Partial<GatewayProfile> = {}) =>
  profileOf({ authorizationServerUrl: provider.origin, ...fields });

describe("forms", () => {
  test("the four forms of an issuer with a path, and one trailing slash is not part of it", () => {
    const expected = [
      `https://a.example/t/x${oidc}`,
      `https://a.example${oauth}/t/x`,
      `https://a.example/t/x${oauth}`,
      `https://a.example${oidc}/t/x`,
    ];
    const forms = findProviderPreset("manual")?.discovery.forms ?? [];
    expect(discoveryUrls("https://a.example/t/x", forms)).toEqual(expected);
    expect(discoveryUrls("https://a.example/t/x/", forms)).toEqual(expected);
    expect(discoveryUrls("https://a.example/", forms)).toEqual([
      `https://a.example${oidc}`,
      `https://a.example${oauth}`,
    ]);
  });

  test.each([
    ["oidc-append", `/tenant${oidc}`],
    ["oauth-insert", `${oauth}/tenant`],
    ["oauth-append", `/tenant${oauth}`],
    ["oidc-insert", `${oidc}/tenant`],
  ])("%s is found", async (_form, path) => {
    provider.on(path, { body: provider.metadata("/tenant") });
    const issuer = await connectorFor().discoverIssuer(
      profile({ authorizationServerUrl: `${provider.origin}/tenant` }),
    );
    expect(issuer).toBe(`${provider.origin}/tenant`);
  });

  test("SqlOS is asked in its own order", async () => {
    const base = { providerType: "sqlos", authorizationServerUrl: `${provider.origin}/sqlos/auth` };
    provider.on(`/sqlos/auth${oauth}`, { body: provider.metadata("/sqlos/auth") });
    await connectorFor().discoverIssuer(profile(base));
    expect(provider.asked.map(({ path }) => path)).toEqual([`/sqlos/auth${oauth}`]);
  });

  test("a faulty form does not hide a good one", async () => {
    provider.on(oidc, { status: 500, body: "<html>" });
    provider.on(oauth, { body: provider.metadata() });
    expect(await connectorFor().discoverIssuer(profile())).toBe(provider.origin);
  });
});

describe("P-81 the issuer is the document's, compared to the letter", () => {
  test.each([
    ["https://a.example", "https://a.example", true],
    ["https://a.example", "https://a.example/", true],
    ["https://a.example/", "https://a.example", true],
    ["https://a.example/t", "https://a.example/t/", false],
    ["https://a.example/t/", "https://a.example/t", false],
    ["https://a.example/t", "https://a.example/T", false],
    ["https://a.example", "http://a.example", false],
    ["https://a.example", "https://b.example", false],
    ["https://a.example/{tenantid}", "https://a.example/1", false],
    ["https://a.example", "https://a.example?x", false],
  ])("%s and %s: %s", (configured, documented, same) => {
    expect(isIssuerOf(configured, documented)).toBe(same);
  });

  test("an issuer with a root slash is kept as the document has it", async () => {
    provider.on(oidc, { body: provider.metadata("/") });
    expect(await connectorFor().discoverIssuer(profile())).toBe(`${provider.origin}/`);
  });

  test("another issuer is refused with both strings", async () => {
    provider.on(oidc, { body: provider.metadata("/other") });
    await expect(connectorFor().discoverIssuer(profile())).rejects.toMatchObject({
      reason: "metadata_issuer_mismatch",
      transient: false,
      detail: { expected: provider.origin, seen: `${provider.origin}/other` },
    });
  });

  test("a metadata URL is fetched as it is, alone, and its issuer is the one", async () => {
    provider.on("/exact.json", { body: provider.metadata("/elsewhere") });
    const exact = profile({ metadataUrl: `${provider.origin}/exact.json` });
    expect(await connectorFor().discoverIssuer(exact)).toBe(`${provider.origin}/elsewhere`);
    expect(provider.asked).toHaveLength(1);
  });

  test("a pinned issuer must stay what it was", async () => {
    provider.on("/exact.json", { body: provider.metadata("/new") });
    const pinned = profile({ metadataUrl: `${provider.origin}/exact.json`, pinnedIssuer: `${provider.origin}/old` });
    await expect(connectorFor().discoverIssuer(pinned)).rejects.toMatchObject({ reason: "metadata_issuer_mismatch" });
  });
});

describe("overrides", () => {
  test("an issuer and endpoints set by hand win over the document", async () => {
    provider.on(oidc, { body: provider.metadata("/other") });
    const overridden = profile({
      issuer: "https://token.example",
      authorizationEndpoint: "https://login.example/a?x=1",
    });
    const connector = connectorFor();
    expect(await connector.discoverIssuer(overridden)).toBe("https://token.example");
    const url = new URL(await connector.authorizationUrl(overridden, await departure()));
    expect(url.origin + url.pathname).toBe("https://login.example/a");
    expect(url.searchParams.get("x")).toBe("1");
  });

  test("a profile with everything set by hand asks nobody", async () => {
    const byHand = profile({
      issuer: "https://token.example",
      authorizationEndpoint: `${provider.origin}/authorize`,
      tokenEndpoint: `${provider.origin}/token`,
      jwksUri: `${provider.origin}/jwks`,
    });
    expect(await connectorFor().discoverIssuer(byHand)).toBe("https://token.example");
    expect(provider.asked).toHaveLength(0);
  });

  test("endpoints set by hand do without a document that does not exist, and the search is not repeated", async () => {
    const connector = connectorFor();
    const half = profile({
      authorizationEndpoint: `${provider.origin}/authorize`,
      tokenEndpoint: `${provider.origin}/token`,
    });
    await connector.authorizationUrl(half, await departure());
    const searched = provider.asked.length;
    await connector.authorizationUrl(half, await departure());
    expect(searched).toBe(2);
    expect(provider.asked).toHaveLength(searched);
  });

  test("a profile without any address names the field", async () => {
    const empty = profile({ authorizationServerUrl: null });
    await expect(connectorFor().discoverIssuer(empty)).rejects.toMatchObject({
      reason: "profile_incomplete",
      detail: { field: "authorizationServerUrl" },
    });
  });
});

describe("documents that cannot be used", () => {
  test("nothing found: every URL is told with its answer", async () => {
    provider.on(`/t${oidc}`, { status: 403, body: "<html>" });
    const nowhere = profile({ authorizationServerUrl: `${provider.origin}/t` });
    const error = await connectorFor()
      .discoverIssuer(nowhere)
      .catch((failure: unknown) => failure);
    const { origin } = provider;
    expect(error).toMatchObject({
      reason: "metadata_not_found",
      detail: {
        field: "authorizationServerUrl",
        seen: `${origin}/t${oidc}: status 403; ${origin}${oauth}/t: status 404; ${origin}/t${oauth}: status 404; ${origin}${oidc}/t: status 404`,
      },
    });
  });

  test.each<[string, unknown, Record<string, string>]>([
    ["HTML", "<html>secret page</html>", {}],
    ["HTML that calls itself JSON", "<html>secret page</html>", { "content-type": "application/json" }],
    ["an array", [], {}],
    ["no issuer", { token_endpoint: "https://a.example/token" }, {}],
    ["an issuer that is no text", { issuer: 5 }, {}],
    ["a list that is none", { issuer: "x", scopes_supported: "openid" }, {}],
  ])("%s is metadata_invalid, and the body is not repeated", async (_name, body, headers) => {
    provider.on("/exact", { body, headers });
    const error = await connectorFor()
      .discoverIssuer(profile({ metadataUrl: `${provider.origin}/exact` }))
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ reason: "metadata_invalid", detail: { field: "metadataUrl" } });
    expect(JSON.stringify(error)).not.toContain("secret page");
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["challenge methods without S256", { code_challenge_methods_supported: ["plain"] }, { seen: "plain" }],
    ["no token endpoint", { token_endpoint: null }, { field: "tokenEndpoint" }],
    ["no authorization endpoint", { authorization_endpoint: undefined }, { field: "authorizationEndpoint" }],
    ["a relative endpoint", { jwks_uri: "/jwks" }, { field: "jwksUri" }],
  ])("%s is refused", async (_name, members, detail) => {
    provider.on(oidc, { body: provider.metadata("", members) });
    await expect(connectorFor().discoverIssuer(profile())).rejects.toMatchObject({
      reason: "metadata_invalid",
      detail,
    });
  });

  test("a document that is silent about challenge methods is good", async () => {
    provider.on(oidc, {
      body: provider.metadata("", { code_challenge_methods_supported: [], scopes_supported: null }),
    });
    expect(await connectorFor().discoverIssuer(profile())).toBe(provider.origin);
  });

  test("CVE-2025-6514 a browser is sent to no other scheme", async () => {
    provider.on(oidc, { body: provider.metadata("", { authorization_endpoint: "javascript:alert(1)//" }) });
    const refused = connectorFor().authorizationUrl(profile(), await departure());
    await expect(refused).rejects.toMatchObject({ reason: "outbound_refused" });
  });
});
