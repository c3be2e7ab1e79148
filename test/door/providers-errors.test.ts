// What providers say when they refuse, at each step that comes back to the gateway, and what people and logs are told.
import { describe, expect, test } from "vitest";
import { diagnoses } from "../../src/contract/diagnoses.ts";
import { Client, errorOf, Person } from "./journey.ts";
import { eventually, logs } from "./log-visit.ts";
import { openProductShop, originOf, type Product, products, refuseAt, signInAt } from "./provider-visit.ts";

const traces = {
  trace_id: "0000aaaa-11bb-cccc-dd33-eeeeee333333",
  correlation_id: "aaaa0000-bb11-2222-33cc-444444dddddd",
};

/** Entra's errors are numbers in a text, with names for its own log around them. */
function numbered(error: string, number: number, text: string): Record<string, unknown> {
  const description = `AADSTS${number}: ${text} Trace ID: ${traces.trace_id}\r\nTimestamp: 2026-11-21 12:00:00Z`;
  return { error, error_description: description, error_codes: [number], ...traces };
}

type Case = [product: string, error: string, description: string | undefined, diagnosis: keyof typeof diagnoses];
type Answered = [product: string, status: number, body: Record<string, unknown>, diagnosis: keyof typeof diagnoses];

const find = (name: string): Product => {
  const product = products[name];
  if (!product) throw new Error(`no product ${name}`);
  return product;
};

const authorizePaths: Record<string, string> = {
  auth0: "/authorize",
  "entra, one tenant": "/11111111-2222-4333-8444-555555555555/oauth2/v2.0/authorize",
  okta: "/oauth2/default/v1/authorize",
  keycloak: "/realms/acme/protocol/openid-connect/auth",
};

describe("at the callback", () => {
  test.each<Case>([
    [
      "auth0",
      "access_denied",
      'Client "kT3m" is not authorized to access resource server "x".',
      "AUDIENCE_NOT_AUTHORIZED",
    ],
    ["auth0", "access_denied", "Service not found: https://api.example.com/", "AUDIENCE_UNKNOWN"],
    ["auth0", "invalid_request", "parameter organization is required for this client", "ORG_REQUIRED"],
    [
      "entra, one tenant",
      "invalid_grant",
      "AADSTS65001: Nobody has consented to use the application.",
      "CONSENT_REQUIRED",
    ],
    ["entra, one tenant", "access_denied", "AADSTS65004: The resource owner declined.", "CONSENT_DECLINED"],
    ["okta", "access_denied", "Policy evaluation failed for this request, please check the policy.", "POLICY_DENIED"],
    ["okta", "access_denied", "User is not assigned to the client application.", "USER_NOT_ASSIGNED"],
    ["okta", "invalid_scope", "One or more scopes are not configured for the resource.", "SCOPE_UNKNOWN"],
    ["keycloak", "invalid_request", "Missing parameter: code_challenge_method", "PKCE_REQUIRED"],
    ["clerk", "invalid_scope", "The OAuth 2.0 Client is not allowed to request scope 'openid'.", "SCOPE_NOT_ALLOWED"],
    ["logto", "invalid_target", "resource indicator is missing, or unknown", "AUDIENCE_UNKNOWN"],
    ["manual", "access_denied", undefined, "CONSENT_DECLINED"],
  ])("%s: %s %s", async (name, error, description, diagnosis) => {
    const product = find(name);
    const shop = await openProductShop(product);
    const redirect = { error, ...(description && { error_description: description }), ...issuerOf(product) };
    await refuseAt(product, authorizePaths[name] ?? "/authorize", { redirect });
    const client = await new Client(shop).register();
    const { final } = await new Person().walk(await client.authorizeUrl({ scope: product.scope }));
    expect(final.searchParams.get("error_description")).toContain(diagnoses[diagnosis].cause.replaceAll('"', "'"));
    const [line] = await refusals(shop, diagnosis);
    expect(line).toMatchObject({ event: "return", diagnosis, fix: diagnoses[diagnosis].fix });
    expect(line?.seen).toContain(error);
  });
});

describe("at the code's exchange", () => {
  test.each<Answered>([
    ["auth0", 401, { error: "access_denied", error_description: "Unauthorized" }, "CLIENT_SECRET_INVALID"],
    ["entra, one tenant", 401, numbered("invalid_client", 7000215, "Invalid client secret."), "CLIENT_SECRET_INVALID"],
    ["entra, one tenant", 401, numbered("invalid_client", 700025, "Client is public."), "CLIENT_IS_PUBLIC"],
    ["entra, one tenant", 400, numbered("invalid_request", 9002327, "Single-Page"), "CLIENT_SPA_PLATFORM"],
    ["entra, one tenant", 400, numbered("invalid_grant", 54005, "Already redeemed."), "CODE_USED_OR_EXPIRED"],
    ["entra, one tenant", 400, numbered("invalid_target", 9010010, "resource"), "RESOURCE_REJECTED"],
    [
      ...(["okta", 401] as const),
      {
        error: "invalid_client",
        error_description: "The client secret supplied for a confidential client is invalid.",
      },
      "CLIENT_SECRET_INVALID",
    ],
    [
      ...(["okta", 400] as const),
      { error: "invalid_target", error_description: "The authorization server has rejected the 'resource' parameter" },
      "RESOURCE_REJECTED",
    ],
    [
      "okta",
      400,
      { errorCode: "E0000015", errorSummary: "You do not have permission", errorId: "oae-1" },
      "LICENSE_REQUIRED",
    ],
    [
      "google",
      401,
      { error: "invalid_client", error_description: "The OAuth client was not found." },
      "CLIENT_SECRET_INVALID",
    ],
    [
      ...(["github, an app whose tokens end", 200] as const),
      { error: "incorrect_client_credentials", error_description: "The client_id and/or client_secret are incorrect." },
      "CLIENT_SECRET_INVALID",
    ],
    [
      ...(["github, an app whose tokens end", 200] as const),
      { error: "bad_verification_code", error_description: "The code passed is incorrect or expired." },
      "CODE_USED_OR_EXPIRED",
    ],
    [
      ...(["keycloak", 401] as const),
      { error: "unauthorized_client", error_description: "Invalid client or Invalid client credentials" },
      "CLIENT_SECRET_INVALID",
    ],
    ["keycloak", 400, { error: "invalid_grant", error_description: "Code not valid" }, "CODE_USED_OR_EXPIRED"],
    ["keycloak", 400, { error: "invalid_grant", error_description: "Incorrect redirect_uri" }, "REDIRECT_URI_MISMATCH"],
    ["cognito", 400, { error: "invalid_client" }, "CLIENT_SECRET_INVALID"],
    ["cognito", 400, { error: "invalid_grant" }, "CODE_USED_OR_EXPIRED"],
    [
      "oidc-provider",
      400,
      { error: "invalid_grant", error_description: "grant request is invalid" },
      "CODE_USED_OR_EXPIRED",
    ],
    [
      ...(["sqlos, new", 400] as const),
      { error: "invalid_grant", error_description: "Resource does not match the original authorization request." },
      "RESOURCE_REJECTED",
    ],
    [
      "stytch",
      401,
      { error_type: "unauthorized_credentials", error_message: "no", request_id: "r-1" },
      "CLIENT_SECRET_INVALID",
    ],
    ["manual", 400, { error: "invalid_grant", error_description: "Invalid code_verifier" }, "PKCE_FAILED"],
  ])("%s: %i %j", async (name, status, body, diagnosis) => {
    const product = find(name);
    const shop = await openProductShop(product);
    await refuseAt(product, product.tokenPath, { answer: { status, body } });
    const client = await new Client(shop).register();
    const { final } = await new Person().walk(await client.authorizeUrl({ scope: product.scope }));
    expect(final.searchParams.get("error_description")).toContain(diagnoses[diagnosis].cause);
    const [line] = await refusals(shop, diagnosis);
    expect(line).toMatchObject({ diagnosis, fix: diagnoses[diagnosis].fix });
    for (const trace of ["trace_id", "correlation_id", "errorId", "request_id"]) {
      if (typeof body[trace] === "string") expect(line?.seen).toContain(body[trace]);
    }
    expect(line?.seen).not.toMatch(/[\r\n]/);
  });

  test("an error in a form with status 200 is an error", async () => {
    const product = find("github, an oauth app that answers forms");
    const shop = await openProductShop(product);
    const body = "error=bad_verification_code&error_description=The+code+passed+is+incorrect";
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    await refuseAt(product, product.tokenPath, { answer: { status: 200, body, headers } });
    const client = await new Client(shop).register();
    const { final } = await new Person().walk(await client.authorizeUrl({ scope: product.scope }));
    expect(final.searchParams.get("error_description")).toContain(diagnoses.CODE_USED_OR_EXPIRED.cause);
  });
});

describe("at a refresh", () => {
  test.each<[...Answered, "ended" | "kept"]>([
    [
      ...(["auth0", 403] as const),
      ...([
        { error: "invalid_grant", error_description: "Unknown or invalid refresh token." },
        "REFRESH_REVOKED",
      ] as const),
      "ended",
    ],
    ["entra, one tenant", 400, numbered("invalid_grant", 50173, "Revoked."), "REFRESH_REVOKED", "ended"],
    ["entra, one tenant", 400, numbered("interaction_required", 50076, "Use mfa."), "INTERACTION_REQUIRED", "ended"],
    ["entra, one tenant", 401, numbered("invalid_client", 7000222, "Expired."), "CLIENT_SECRET_EXPIRED", "kept"],
    [
      "okta",
      400,
      { error: "invalid_grant", error_description: "The refresh token is invalid or expired." },
      "REFRESH_EXPIRED",
      "ended",
    ],
    [
      "google",
      400,
      { error: "invalid_grant", error_description: "Token has been expired or revoked." },
      "REFRESH_REVOKED",
      "ended",
    ],
    [
      ...(["github, an app whose tokens end", 200] as const),
      ...([
        { error: "bad_refresh_token", error_description: "The refresh token is expired." },
        "REFRESH_EXPIRED",
      ] as const),
      "ended",
    ],
    [
      ...(["keycloak", 400] as const),
      ...([
        { error: "invalid_grant", error_description: "Maximum allowed refresh token reuse exceeded" },
        "REFRESH_REUSED",
      ] as const),
      "ended",
    ],
    [
      ...(["keycloak", 400] as const),
      ...([
        { error: "invalid_grant", error_description: "Invalid token issuer. Expected 'http://kc:8080'" },
        "ISSUER_MISMATCH",
      ] as const),
      "ended",
    ],
    [
      ...(["sqlos, new", 400] as const),
      ...([
        { error: "invalid_grant", error_description: "Refresh token has already been used." },
        "REFRESH_REUSED",
      ] as const),
      "ended",
    ],
    // A number says what to do about it, and never whether the grant lives.
    ["entra, one tenant", 503, numbered("invalid_grant", 50173, "Revoked."), "REFRESH_REVOKED", "kept"],
    ["okta", 400, { error: "temporarily_unavailable", error_codes: [50173] }, "REFRESH_REVOKED", "kept"],
  ])("%s: %i %j", async (name, status, body, diagnosis, outcome) => {
    const product = find(name);
    const shop = await openProductShop(product);
    const { client, tokens } = await signInAt(product, shop);
    const passing = status === 503 || body.error === "temporarily_unavailable";
    // A patient preset asks a second time after a fault.
    for (const _ of passing ? [1, 2] : [1]) await refuseAt(product, product.tokenPath, { answer: { status, body } });
    const refused = await client.refresh(tokens.refresh_token);
    const { error } = await errorOf(refused);
    expect([refused.status, error]).toEqual(
      outcome === "ended" ? [400, "invalid_grant"] : [503, "temporarily_unavailable"],
    );
    if (!passing) expect((await refusals(shop, diagnosis))[0]).toMatchObject({ event: "refresh", diagnosis });
    const again = await client.refresh(tokens.refresh_token);
    expect(again.status).toBe(outcome === "ended" ? 400 : 200);
  });
});

function refusals(shop: Parameters<typeof logs>[0], diagnosis: string) {
  const look = async () =>
    (await logs(shop)).items.filter((line) => line.diagnosis === diagnosis && line.outcome !== "ok");
  return eventually(look, (found) => found.length > 0);
}

/** Where a provider promises to name itself, an answer that does not would be nobody's. */
function issuerOf(product: Product): Record<string, string> {
  const promises = ["plain", "withoutAudience", "keycloak"].includes(product.fake);
  return promises ? { iss: `${originOf(product)}${product.path}` } : {};
}
