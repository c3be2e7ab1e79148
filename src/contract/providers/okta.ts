// Okta, custom authorization servers: the audience is fixed there, and scopes come as a list.
import { usualAccessToken } from "./access-token.ts";
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

export const okta: ProviderPreset = {
  ...usualPreset,
  id: "okta",
  name: "Okta",
  recognise: [/^[\w.-]+\.okta(?:preview|-emea)?\.com(?:\/|$)/],
  fields: [
    server("https://acme.okta.com/oauth2/default", "Security › API › Authorization Servers, Issuer URI"),
    ...client("0oa1gjh63g214q0Hq0g4", "Applications › your OIDC Web Application › General"),
    resource("api://default", "Security › API › Authorization Servers, Audience"),
    scopes("openid profile email items.read", "Security › API › your authorization server › Scopes"),
  ],
  checklist: [
    "Create an OIDC Web Application, add {callbackUrl} to its Sign-in redirect URIs and enable Refresh Token.",
    "Assign people or groups to the application.",
    "Give the authorization server an access policy with a rule for this client that allows Authorization Code and offline_access.",
  ],
  doors: { external: "JWT of a custom authorization server", embedded: "JWT of a custom authorization server" },
  limits: ["Tokens of the org authorization server are Okta's own; a custom one, such as /oauth2/default, is needed."],
  hints: {
    POLICY_DENIED: "Give Okta's authorization server an access policy with a rule for this client.",
    RESOURCE_REJECTED: "Okta's authorization server has one fixed audience: set resourceParameter to none.",
    DISCOVERY_NOT_FOUND: "Okta's custom authorization servers end in /oauth2/default or /oauth2/aus….",
    REFRESH_NOT_ISSUED:
      "At Okta, enable Refresh Token for the application and offline_access in the access policy's rule.",
    LICENSE_REQUIRED: "Custom authorization servers need Okta's API Access Management.",
    WORKSPACE_NONE: "Add an org_id claim to the authorization server, or set workspaceClaim.",
  },
  discovery: {
    ...usualPreset.discovery,
    forms: ["oidc-append", "oauth-append", "oauth-insert"],
    refused: {
      issuer: /^https?:\/\/[^/]+\/?$/,
      instead: "a custom authorization server, such as {issuer}/oauth2/default",
    },
  },
  authorize: { ...usualPreset.authorize, drop: ["resource"] },
  refresh: { ask: { by: "scope", when: "always", consent: false }, graceSeconds: 30 },
  answer: { ...usualPreset.answer, error: [{ code: "errorCode", description: "errorSummary" }] },
  accessToken: { ...usualAccessToken, format: "jwt", scopes: [["scp"]] },
  // `sub` is the login name, which changes; a machine's token has no `uid`.
  identity: { ...usualPreset.identity, subject: [[["uid"]]] },
  errors: [
    { description: "not assigned to the client application", diagnosis: "USER_NOT_ASSIGNED" },
    { description: "scopes were rejected", diagnosis: "SCOPE_NOT_ALLOWED" },
    { description: "Policy evaluation failed", diagnosis: "POLICY_DENIED" },
    { description: "must be a Login redirect URI", diagnosis: "REDIRECT_URI_MISMATCH" },
    { description: "scopes are not configured", diagnosis: "SCOPE_UNKNOWN" },
    { description: "Invalid value for 'client_id'", diagnosis: "CLIENT_UNKNOWN" },
    { description: "Browser requests to the token endpoint", diagnosis: "CLIENT_SPA_PLATFORM" },
    { error: "invalid_target", diagnosis: "RESOURCE_REJECTED" },
    { error: "mismatched_resource", diagnosis: "RESOURCE_REJECTED" },
    { error: "unsupported_api_resource", diagnosis: "RESOURCE_REJECTED" },
    { code: "^E0000015$", diagnosis: "LICENSE_REQUIRED" },
  ],
};
