// The doctor at providers whose every answer is written here: documents, issuers, keys, scopes and clocks.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { examine, serverOf } from "../rig/doctor.ts";
import { type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.close());

const oidc = "/.well-known/openid-configuration";
const oauth = "/.well-known/oauth-authorization-server";
const at = (path = "") => ({ authorizationServerUrl: `${provider.origin}${path}` });

beforeEach(() => {
  provider.reset();
  provider.on("/authorize", { body: "<html><form>Sign in</form></html>" });
  provider.on("/token", { status: 400, body: { error: "invalid_grant" } });
  provider.on("/jwks", { body: { keys: [provider.publicKey] } });
});

function publish(members: Record<string, unknown> = {}): void {
  provider.on(oidc, { body: provider.metadata("", members) });
}

describe("discovery", () => {
  test("metadata 404: every form is named with what it answered", async () => {
    const { of, with: having } = await examine(at("/tenant"));
    expect(of("discovery")).toMatchObject({
      ...{ status: "fail", reason: "metadata_not_found", field: "authorizationServerUrl" },
    });
    const forms = ["oidc-append", "oauth-insert", "oauth-append", "oidc-insert"].map((form) => `discovery.${form}`);
    const urls = [`/tenant${oidc}`, `${oauth}/tenant`, `/tenant${oauth}`, `${oidc}/tenant`];
    for (const [index, form] of forms.entries()) {
      expect(of(form)).toMatchObject({ status: "fail", seen: `${provider.origin}${urls[index]}: status 404` });
      expect(of("discovery").seen).toContain(`${urls[index]}: status 404`);
    }
    expect(having("pass")).not.toContain("authorize");
  });

  test("beside a form that answers, a 404 is nothing to mend and a fault is a warning", async () => {
    publish();
    provider.on(oauth, { status: 500, body: "<html>" });
    const { of, with: having } = await examine(at());
    expect(of("discovery")).toMatchObject({ status: "pass", seen: `${provider.origin}${oidc}` });
    expect(of("discovery.oauth-insert")).toMatchObject({ status: "warn", reason: "provider_unavailable" });
    expect(having("fail")).toEqual([]);
  });

  test("a wrong metadataUrl is named as the field", async () => {
    const { of } = await examine({ metadataUrl: `${provider.origin}/nowhere` });
    expect(of("discovery")).toMatchObject({ status: "fail", field: "metadataUrl" });
    expect(of("discovery.metadata-url").seen).toBe(`${provider.origin}/nowhere: status 404`);
  });

  test("an HTML page in place of a document", async () => {
    provider.on(oidc, { body: "<html>canary-of-a-body</html>" });
    const { of, all } = await examine(at());
    expect(of("discovery")).toMatchObject({ status: "fail", reason: "metadata_invalid" });
    expect(JSON.stringify(all)).not.toContain("canary-of-a-body");
  });

  test("endpoints that are set by hand need no document", async () => {
    const { of, with: having } = await examine({
      ...{ authorizationEndpoint: `${provider.origin}/authorize`, tokenEndpoint: `${provider.origin}/token` },
      ...{ jwksUri: `${provider.origin}/jwks`, issuer: provider.origin },
    });
    expect(of("discovery")).toMatchObject({ status: "skip", seen: "every endpoint is set by hand" });
    expect(having("fail")).toEqual([]);
    expect(of("authorize").status).toBe("pass");
  });

  test("an address inside the network is refused before any request", async () => {
    const { of } = await examine(at(), {}, { allowPrivateNetwork: false });
    expect(of("discovery")).toMatchObject({ status: "fail", reason: "outbound_refused" });
    expect(provider.asked).toHaveLength(0);
  });
});

describe("the issuer, byte for byte (P-81)", () => {
  test.each([
    ["one slash more", "/tenant", "/tenant/", "one slash more at its end"],
    ["one slash less", "/tenant/", "/tenant", "one slash less at its end"],
    ["other capitals", "/tenant", "/Tenant", "other capitals"],
  ])("%s", async (_name, asked, documented, difference) => {
    provider.on(`/tenant${oidc}`, { body: provider.metadata(documented) });
    const { of, with: having } = await examine(at(asked));
    expect(of("issuer")).toMatchObject({
      status: "fail",
      reason: "metadata_issuer_mismatch",
      expected: `${provider.origin}${asked}`,
      seen: `document says ${provider.origin}${documented} (${difference})`,
      field: "authorizationServerUrl",
      fix: `Set authorizationServerUrl to ${provider.origin}${documented}`,
    });
    expect(having("skip")).toContain("client");
    expect(provider.count("/token")).toBe(0);
  });

  test("an origin and the same with a slash are one, and the document's spelling is told", async () => {
    provider.on(oidc, { body: provider.metadata("/") });
    const { of } = await examine(at());
    expect(of("issuer")).toMatchObject({
      status: "pass",
      seen: expect.stringContaining("(one slash more at its end)"),
    });
  });

  test("people are known under another issuer: nothing is sent to the new one", async () => {
    publish();
    const { of } = await examine({ ...at(), pinnedIssuer: "https://former.example.com" });
    expect(of("issuer")).toMatchObject({ status: "fail", expected: "https://former.example.com" });
    expect(of("issuer").fix).toContain("Lead the profile back to https://former.example.com");
    expect(provider.count("/token")).toBe(0);
  });
});

describe("what the document says", () => {
  test.each([
    ["S256 among others", ["plain", "S256"], "pass", "plain S256"],
    ["silence is no fault", undefined, "pass", "not mentioned; S256 is sent all the same"],
    ["a list without S256", ["plain"], "fail", "plain"],
  ])("PKCE: %s", async (_name, methods, status, seen) => {
    publish({ code_challenge_methods_supported: methods });
    expect((await examine(at())).of("pkce")).toMatchObject({ status, seen });
  });

  test("offers beside the usual", async () => {
    publish({
      ...{ revocation_endpoint: `${provider.origin}/revoke`, introspection_endpoint: `${provider.origin}/ask` },
      ...{ registration_endpoint: `${provider.origin}/register`, authorization_response_iss_parameter_supported: true },
    });
    const { of } = await examine(at());
    expect(of("revocation").seen).toBe(`${provider.origin}/revoke`);
    expect(of("introspection").seen).toBe(`${provider.origin}/ask; without a client secret it cannot be asked`);
    expect(of("registration").seen).toBe(`${provider.origin}/register`);
    expect(of("callback-issuer").seen).toContain("advertised; an answer without iss is refused");
    publish();
    expect((await examine(at())).of("revocation")).toMatchObject({ status: "warn", seen: "not advertised" });
  });

  test.each([
    ["no keys", { keys: [] }, "provider_keys_missing", "0 for signatures"],
    ["shared secrets only", { keys: [{ kty: "oct", k: "canary" }] }, "provider_keys_missing", "1 for other uses"],
    ["another document", { hello: 1 }, "metadata_invalid", "not a JSON Web Key Set"],
  ])("keys: %s", async (_name, body, reason, seen) => {
    publish();
    provider.on("/jwks", { body });
    const { of, all } = await examine(at());
    expect(of("keys")).toMatchObject({ status: "fail", reason, field: "jwksUri", seen: expect.stringContaining(seen) });
    expect(JSON.stringify(all)).not.toContain("canary");
  });

  test("an authorization endpoint that only browsers reach is not called broken", async () => {
    publish({ authorization_endpoint: "javascript:alert(1)" });
    expect((await examine(at())).of("endpoints.authorization")).toMatchObject({
      ...{ status: "fail", reason: "outbound_refused", field: "authorizationEndpoint" },
    });
  });

  test.each([
    ["behind", -300, "warn"],
    ["ahead", 300, "warn"],
    ["within a minute", -20, "pass"],
  ])("a clock %s", async (_name, seconds, status) => {
    publish();
    const headers = { date: new Date(Date.now() + seconds * 1000).toUTCString() };
    for (const path of [oidc, "/authorize", "/jwks", "/token", oauth]) {
      provider.on(path, { ...provider.answer(path), headers });
    }
    const { of } = await examine(at());
    expect(of("clock")).toMatchObject({ status, reason: status === "warn" ? "clock_skew" : null });
  });

  test("one old Date from a cache is no skew", async () => {
    publish();
    provider.on("/jwks", { ...provider.answer("/jwks"), headers: { date: new Date(Date.now() - 9e5).toUTCString() } });
    expect((await examine(at())).of("clock").status).toBe("pass");
  });
});

describe("scopes", () => {
  const listed = ["openid", "profile", "email", "tickets.read"];

  test("missing scope: which tool of which server needs what the provider does not list", async () => {
    publish({ scopes_supported: listed });
    const tools = [{ name: "delete_ticket", scopes: ["tickets.delete"] }];
    const { of } = await examine(at(), { servers: [serverOf({ tools })] });
    expect(of("scopes").status).toBe("pass");
    expect(of("server.scopes")).toMatchObject({
      status: "warn",
      server: "support-api",
      reason: "provider_scope_unlisted",
      expected: listed.join(" "),
      seen: "not listed: tickets.delete (needed by delete_ticket)",
      field: "tools",
    });
  });

  test("a misspelled scope of the profile", async () => {
    publish({ scopes_supported: listed });
    const { of } = await examine({ ...at(), scopes: ["openid", "emial"] });
    expect(of("scopes")).toMatchObject({ status: "warn", seen: "not listed: emial", field: "scopes" });
  });

  test("a list of sign-in scopes says nothing of an API's", async () => {
    publish({ scopes_supported: ["openid", "email", "profile"] });
    const { of } = await examine(at(), { servers: [serverOf()] });
    expect(of("server.scopes")).toMatchObject({ status: "skip", seen: "the provider lists only its sign-in scopes" });
  });

  test("a server without scopes asks people for nothing, and lets them do everything", async () => {
    publish({ scopes_supported: listed });
    const { of } = await examine(at(), { servers: [serverOf({ scopes: [], tools: [] })] });
    expect(of("server.scopes")).toMatchObject({ status: "warn", field: "scopes" });
  });
});
