// Stytch Connected Apps: the audience is the project, and the organization stands in a namespaced claim.
import { usualAccessToken } from "./access-token.ts";
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

export const stytch: ProviderPreset = {
  ...usualPreset,
  id: "stytch",
  name: "Stytch",
  recognise: [/\.customers\.stytch\.(?:com|dev)(?:\/|$)/, /^(?:test|api)\.stytch\.com(?:\/|$)/],
  fields: [
    server("https://acme.customers.stytch.com", "Project overview › Project domain"),
    ...client("connected-app-live-1234", "Connected Apps › your application"),
    resource("project-live-1234", "Project overview › Project ID: every token is for it"),
    scopes("openid profile email", "Connected Apps › scopes"),
  ],
  checklist: [
    "Create a confidential Connected App with the redirect URL {callbackUrl}.",
    "Set the authorization URL to the page of your application that shows Stytch's consent component.",
  ],
  doors: { external: "JWT for the project", embedded: "JWT for the project" },
  limits: ["The sign-in page is your own application's: where it is not there, nobody comes back."],
  hints: {
    AUDIENCE_MISMATCH: "Stytch writes the project id as audience: set resource to it.",
    ISSUER_MISMATCH:
      "Without a custom domain Stytch's tokens name stytch.com/{project id}: set resource to the project id.",
    WORKSPACE_NONE: "Stytch names an organization in projects of the kind B2B only.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oauth-insert", "oidc-append"] },
  refresh: { ask: { by: "scope", when: "always", consent: false }, graceSeconds: 0 },
  answer: {
    ...usualPreset.answer,
    lifetime: 3600,
    error: [{ code: "error_type", description: "error_message" }],
  },
  accessToken: {
    ...usualAccessToken,
    format: "jwt",
    issuerAliases: [{ from: "resource", matches: /^(project-(?:live|test)-[\w-]+)$/, to: "stytch.com/$1" }],
  },
  identity: {
    ...usualPreset.identity,
    workspace: [["https://stytch.com/organization", "organization_id"]],
  },
  errors: [
    { code: "^(?:unauthorized_credentials|invalid_client_secret)$", diagnosis: "CLIENT_SECRET_INVALID" },
    { code: "^(?:idp_)?client_not_found$", diagnosis: "CLIENT_UNKNOWN" },
  ],
};
