// Auth0: without `audience` its access tokens are opaque or encrypted, good for its own userinfo only.
import { usualAccessToken } from "./access-token.ts";
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

export const auth0: ProviderPreset = {
  ...usualPreset,
  id: "auth0",
  name: "Auth0",
  recognise: [/^[\w-]+(?:\.[a-z]{2})?\.auth0\.com(?:\/|$)/],
  fields: [
    server("https://acme.eu.auth0.com/", "Settings of the application, Domain; a custom domain is another issuer"),
    ...client("kT3mJ0q2Zb9vQ1xY", "Applications › your Regular Web Application › Settings"),
    resource("https://api.example.com", "Applications › APIs › your API, Identifier, to the character"),
    scopes("openid profile email read:items", "Permissions of the API"),
  ],
  checklist: [
    "Create a Regular Web Application and add {callbackUrl} to its Allowed Callback URLs.",
    "Create the API and switch on Allow Offline Access.",
    "Allow the grant types Authorization Code and Refresh Token for the application.",
    "Where the API asks for per-application authorization, authorize the application for it.",
  ],
  doors: { external: "JWT for the API", embedded: "JWT for the API" },
  limits: ["No introspection, so opaque tokens cannot be exchanged."],
  hints: {
    AUDIENCE_UNKNOWN: "Auth0 compares the API's Identifier to the character, with or without a slash at its end.",
    TOKEN_OPAQUE: "Auth0 issues a JWT only when the API's Identifier is sent as audience.",
    TOKEN_ENCRYPTED: "Auth0 encrypts a token that was requested without the API's Identifier as audience.",
    ISSUER_MISMATCH: "Auth0's issuer ends in a slash and follows the domain of the sign-in, tenant or custom.",
    REFRESH_NOT_ISSUED: "At Auth0, switch on Allow Offline Access for the API and Refresh Token for the application.",
    ORG_REQUIRED: "At Auth0, set the application's login flow to Prompt for Organization.",
    WORKSPACE_NONE: "Auth0 writes org_id only when people sign in through an Organization.",
  },
  authorize: { ...usualPreset.authorize, audience: { kind: "parameter", name: "audience", at: ["authorize"] } },
  // Without an overlap period set there, a second use of a rotated token ends its family.
  refresh: { ask: { by: "scope", when: "always", consent: false }, graceSeconds: 0 },
  answer: {
    ...usualPreset.answer,
    means: [
      { error: "access_denied", status: 401, means: "invalid_client" },
      { at: "refresh", error: "mfa_required", means: "invalid_grant" },
    ],
  },
  accessToken: {
    ...usualAccessToken,
    format: "jwt",
    refuse: [
      { claim: ["gty"], matches: /^client-credentials$/, is: "machine" },
      { claim: ["sub"], matches: /@clients$/, is: "machine" },
    ],
  },
  errors: [
    { description: "is not authorized to access resource server", diagnosis: "AUDIENCE_NOT_AUTHORIZED" },
    { description: "Service not (?:found|enabled)", diagnosis: "AUDIENCE_UNKNOWN" },
    { description: "parameter organization is required", diagnosis: "ORG_REQUIRED" },
    { at: "refresh", description: "Unknown or invalid refresh token", diagnosis: "REFRESH_REVOKED" },
    { at: "token", error: "access_denied", description: "^Unauthorized$", diagnosis: "CLIENT_SECRET_INVALID" },
    { at: "refresh", error: "access_denied", description: "^Unauthorized$", diagnosis: "CLIENT_SECRET_INVALID" },
  ],
};
