// Providers' own errors and what they mean: pages that never come back, and whatever no step of a sign-in can show.
import { describe, expect, test } from "vitest";
import { diagnoses } from "../../src/contract/diagnoses.ts";
import { type ErrorRule, findProviderPreset, providerPresets, usualErrors } from "../../src/contract/providers.ts";
import { advice, diagnose, failureIn, meaningOf } from "../../src/worker/oauth/provider-failure.ts";

type At = NonNullable<ErrorRule["at"]>;
type Case = [preset: string, at: At, error: string | null, description: string | null, diagnosis: string | null];

function presetOf(id: string) {
  const preset = findProviderPreset(id);
  if (!preset) throw new Error(`no preset ${id}`);
  return preset;
}

describe("diagnoses", () => {
  test.each<Case>([
    [
      "entra",
      "page",
      "invalid_client",
      "AADSTS650053: asked for scope 'items.read' that doesn't exist.",
      "SCOPE_UNKNOWN",
    ],
    [
      "entra",
      "page",
      "invalid_request",
      "AADSTS50194: not configured as a multi-tenant application.",
      "TENANT_NOT_ALLOWED",
    ],
    ["entra", "page", "interaction_required", "AADSTS50105: block users unless they are granted.", "USER_NOT_ASSIGNED"],
    ["entra", "discovery", "invalid_tenant", "AADSTS90002: Tenant 'acme-typo' not found.", "TENANT_UNKNOWN"],
    ["entra", "page", null, "AADSTS50011: The redirect URI does not match.", "REDIRECT_URI_MISMATCH"],
    ["entra", "page", null, "AADSTS901002: The 'resource' request parameter is not supported.", "RESOURCE_REJECTED"],
    ["entra", "refresh", "invalid_grant", "AADSTS70008: expired due to inactivity.", "REFRESH_EXPIRED"],
    ["entra", "token", "invalid_grant", "AADSTS70008: the code has expired.", "CODE_USED_OR_EXPIRED"],
    ["entra", "authorize", "access_denied", "AADSTS90094: admin consent.", "ADMIN_CONSENT_REQUIRED"],
    // A number that begins like another one.
    ["entra", "token", "invalid_grant", "AADSTS500111: something else.", "CODE_USED_OR_EXPIRED"],
    [
      "okta",
      "page",
      "invalid_request",
      "The 'redirect_uri' parameter must be a Login redirect URI in …",
      "REDIRECT_URI_MISMATCH",
    ],
    ["google", "page", "redirect_uri_mismatch", "this app sent an invalid request.", "REDIRECT_URI_MISMATCH"],
    ["google", "page", "access_denied", "has not completed the Google verification process.", "APP_IN_TESTING"],
    ["google", "page", "admin_policy_enforced", null, "APP_BLOCKED_BY_ADMIN"],
    ["google", "page", "org_internal", null, "TENANT_NOT_ALLOWED"],
    [
      "google",
      "page",
      "invalid_scope",
      "Some requested scopes were invalid. {invalid=[offline_access]}",
      "SCOPE_UNKNOWN",
    ],
    ["keycloak", "page", null, "Client not found.", "CLIENT_UNKNOWN"],
    ["keycloak", "page", null, "Invalid parameter: redirect_uri", "REDIRECT_URI_MISMATCH"],
    ["cognito", "page", "redirect_mismatch", null, "REDIRECT_URI_MISMATCH"],
    [
      "oidc-provider",
      "page",
      "invalid_redirect_uri",
      "redirect_uri did not match any of the client's",
      "REDIRECT_URI_MISMATCH",
    ],
    ["sqlos", "page", null, "Redirect URI 'https://x' is not allowed for client 'mcp'.", "REDIRECT_URI_MISMATCH"],
    ["sqlos", "page", null, "Unknown client 'x'.", "CLIENT_UNKNOWN"],
    ["zitadel", "page", null, "Errors.App.NotFound", "CLIENT_UNKNOWN"],
    [
      "zitadel",
      "page",
      null,
      "The requested redirect_uri is missing in the client configuration.",
      "REDIRECT_URI_MISMATCH",
    ],
    ["auth0", "page", null, "Callback URL mismatch.", "REDIRECT_URI_MISMATCH"],
    ["manual", "token", "unauthorized_client", null, "GRANT_NOT_ENABLED"],
    ["manual", "authorize", "login_required", null, "INTERACTION_REQUIRED"],
    ["manual", "page", null, "Welcome back. Sign in.", null],
    ["manual", "token", "never_heard_of", "nothing that anybody knows", null],
  ])("%s at %s: %s, %s", (id, at, error, description, diagnosis) => {
    const preset = presetOf(id);
    const read = failureIn({ error: error ?? "page", error_description: description }, preset.answer);
    const failure = { error, description, codes: read?.codes.slice(error === null ? 1 : 0) ?? [] };
    expect(diagnose(preset, at, failure)).toBe(diagnosis);
  });

  test("what a diagnosis means at one provider stands beside it, and is not what another is told", () => {
    expect(advice(presetOf("okta"), "POLICY_DENIED").hint).toContain("access policy");
    expect(advice(presetOf("manual"), "POLICY_DENIED")).toEqual({ diagnosis: "POLICY_DENIED" });
    expect(advice(presetOf("okta"), null)).toEqual({});
  });
});

describe("what an error says", () => {
  const entra = presetOf("entra").answer;

  test("the names of an event in the provider's log outlive a text that is too long", () => {
    const failure = failureIn(
      { error: "x", error_description: "y".repeat(900), trace_id: "t-1", errorId: "e-1" },
      entra,
    );
    expect(failure?.seen.length).toBeLessThanOrEqual(500);
    expect(failure?.seen).toMatch(/; trace_id t-1, errorId e-1$/);
  });

  test("control characters are gone and numbers are found in text and members", () => {
    const failure = failureIn(
      { error: "x", error_description: "AADSTS700016:\r\na\u202eb", error_codes: [7000215] },
      entra,
    );
    expect(failure).toMatchObject({ seen: "x: AADSTS700016: a b", codes: ["x", "7000215", "700016"] });
  });

  test("an answer without an error is none", () => {
    expect(failureIn({ access_token: "t" }, entra)).toBeNull();
    expect(failureIn({ error: 7 }, entra)).toBeNull();
  });

  test.each<[string, At, string, number, string]>([
    ["github", "refresh", "bad_refresh_token", 200, "invalid_grant"],
    ["auth0", "token", "access_denied", 401, "invalid_client"],
    ["auth0", "token", "access_denied", 403, "access_denied"],
    ["entra", "refresh", "interaction_required", 400, "invalid_grant"],
    ["entra", "token", "interaction_required", 400, "interaction_required"],
    ["keycloak", "token", "unauthorized_client", 401, "invalid_client"],
    ["keycloak", "token", "unauthorized_client", 400, "unauthorized_client"],
    ["manual", "refresh", "bad_refresh_token", 400, "bad_refresh_token"],
  ])("%s at %s: %s with %i stands for %s", (id, at, error, status, meaning) => {
    expect(meaningOf(presetOf(id).answer, at, error, status)).toBe(meaning);
  });
});

test("every pattern of every rule can be read, and names something that people are told of", () => {
  for (const rule of [...usualErrors, ...providerPresets.flatMap(({ errors }) => errors)]) {
    expect(() => [rule.description, rule.code].map((source) => new RegExp(source ?? ""))).not.toThrow();
    expect(Object.keys(diagnoses)).toContain(rule.diagnosis);
    expect([rule.error, rule.description, rule.code].some((one) => one !== undefined)).toBe(true);
  }
});
