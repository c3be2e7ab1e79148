// The doctor's dry authorize request: which pages and answers of a provider mean which mistake.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { examine } from "../rig/doctor.ts";
import { type ScriptedProvider, startScriptedProvider } from "../rig/scripted-provider.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.close());

const oidc = "/.well-known/openid-configuration";
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

describe("the dry authorize request stops at the login page", () => {
  const page = (text: string) => `<html><body><h1>Error</h1><p>${text}</p></body></html>`;

  test.each([
    ["Keycloak", 400, "Invalid parameter: redirect_uri", "REDIRECT_URI_MISMATCH"],
    ["Auth0", 403, "Callback URL mismatch. The provided redirect_uri is not in the list", "REDIRECT_URI_MISMATCH"],
    [
      "Okta",
      400,
      "The 'redirect_uri' parameter must be a Login redirect URI in the client app",
      "REDIRECT_URI_MISMATCH",
    ],
    [
      "Okta, escaped",
      400,
      "The &#39;redirect_uri&#39; parameter must be a Login redirect URI",
      "REDIRECT_URI_MISMATCH",
    ],
    [
      "GitHub with status 200",
      200,
      "The redirect_uri is not associated; redirect_uri_mismatch",
      "REDIRECT_URI_MISMATCH",
    ],
    ["SqlOS", 400, "Redirect URI 'http://x/callback' is not allowed for this client", "REDIRECT_URI_MISMATCH"],
    ["Keycloak client", 400, "Client not found.", "CLIENT_UNKNOWN"],
    ["Okta client", 400, "Invalid value for 'client_id' parameter.", "CLIENT_UNKNOWN"],
    ["Auth0 API", 400, "Service not found: https://api.example.com", "AUDIENCE_UNKNOWN"],
    ["Okta scopes", 400, "One or more scopes are not configured for the authorization server", "SCOPE_UNKNOWN"],
  ])("%s", async (_name, status, text, diagnosis) => {
    publish();
    provider.on("/authorize", { status, body: page(text) });
    const { of } = await examine(at());
    expect(of("authorize")).toMatchObject({ status: "fail", reason: "provider_error", diagnosis });
    expect(of("authorize").seen).toBe(`${provider.origin}/authorize: status ${status}, an error page`);
  });

  test("Entra writes its number into a script", async () => {
    publish();
    const config = '<script>$Config={"strServiceExceptionMessage":"AADSTS50011: The redirect URI"}</script>';
    provider.on("/authorize", { body: `<html>${config}</html>` });
    expect((await examine({ ...at(), providerType: "entra" })).of("authorize").diagnosis).toBe("REDIRECT_URI_MISMATCH");
  });

  test("messages in the script of a login page mean nothing", async () => {
    publish();
    const messages = '<script>const t = {a: "redirect_uri_mismatch", b: "Client not found."}</script>';
    provider.on("/authorize", { body: `<html>${messages}<form>Sign in</form></html>` });
    expect((await examine(at())).of("authorize").status).toBe("pass");
  });

  test.each([
    ["invalid_scope", "Invalid scopes: tickets.raed", "SCOPE_UNKNOWN", "scopes"],
    ["invalid_target", "unknown resource", "AUDIENCE_UNKNOWN", "resource"],
    ["access_denied", "Client is not authorized to access resource server", "AUDIENCE_NOT_AUTHORIZED", "resource"],
    ["invalid_request", "parameter organization is required for this client", "ORG_REQUIRED", "clientId"],
    ["unauthorized_client", "", "GRANT_NOT_ENABLED", "clientId"],
  ])("an answer at the callback: %s %s", async (error, description, diagnosis, field) => {
    publish();
    const answer = new URLSearchParams({ error, error_description: description });
    provider.on("/authorize", {
      ...{ status: 302, body: "" },
      headers: { location: `http://localhost:8787/callback/gw_test?${answer}` },
    });
    expect((await examine(at())).of("authorize")).toMatchObject({ status: "fail", diagnosis, field });
  });

  test("an error that nobody knows is told in the provider's words, made harmless", async () => {
    publish();
    const answer = new URLSearchParams({ error: "odd_error", error_description: "over\u202e\nthere" });
    provider.on("/authorize", { status: 302, body: "", headers: { location: `/error?${answer}` } });
    expect((await examine(at())).of("authorize")).toMatchObject({
      ...{ status: "fail", reason: "provider_error", diagnosis: null },
      seen: `${provider.origin}/error: odd_error: over there`,
    });
  });

  test("redirects within the provider are followed with its cookies, at most five", async () => {
    publish();
    provider.on("/authorize", {
      status: 302,
      body: "",
      headers: { location: "/login", "set-cookie": "a=1; HttpOnly" },
    });
    provider.on("/login", { body: "<form>Sign in</form>" });
    const { of } = await examine(at());
    expect(of("authorize").seen).toBe(`${provider.origin}/login: status 200, a page to sign in at`);
    expect(provider.asked.find(({ path }) => path === "/login")?.headers.cookie).toBe("a=1");
    provider.on("/login", { status: 302, body: "", headers: { location: "/login" } });
    expect((await examine(at())).of("authorize")).toMatchObject({ status: "warn", seen: "more than 5 redirects" });
    expect(provider.count("/login")).toBeLessThan(8);
  });

  test("another host is never called: that people are sent there says enough", async () => {
    publish();
    const elsewhere = await startScriptedProvider();
    const location = `${elsewhere.origin.replace("127.0.0.1", "localhost")}/login?secret=canary`;
    provider.on("/authorize", { status: 302, body: "", headers: { location } });
    const { of } = await examine(at());
    await elsewhere.close();
    expect(of("authorize")).toMatchObject({
      status: "pass",
      seen: expect.stringMatching(/^sends people on to .*\/login$/),
    });
    expect(elsewhere.asked).toHaveLength(0);
  });

  test.each([
    [403, "warn", "provider_page_unreadable"],
    [429, "warn", "provider_page_unreadable"],
    [503, "fail", "provider_unavailable"],
    [404, "fail", "provider_error"],
  ])("a page with status %i and no known word", async (status, verdict, reason) => {
    publish();
    provider.on("/authorize", { status, body: page("Something") });
    expect((await examine(at())).of("authorize")).toMatchObject({ status: verdict, reason, diagnosis: null });
  });

  test("a page beyond the size limit is looked at as far as it came", async () => {
    publish();
    provider.on("/authorize", { body: `<form>Sign in</form>${"x".repeat(600_000)}` });
    expect((await examine(at())).of("authorize").status).toBe("pass");
  });
});
