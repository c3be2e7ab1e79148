// Zitadel: the audience is a scope, tokens are opaque unless the app says otherwise, and no claim names scopes.
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

export const zitadel: ProviderPreset = {
  ...usualPreset,
  id: "zitadel",
  name: "Zitadel",
  recognise: [/\.zitadel\.cloud(?:\/|$)/],
  fields: [
    server("https://acme-x1y2z3.zitadel.cloud", "The instance's URL"),
    ...client("309876543210987654", "Project › Applications › your Web application"),
    resource("312345678901234567", "Project › Project ID: every token of the project is for it"),
    scopes("openid profile email", "Any; Zitadel's tokens name none"),
  ],
  checklist: [
    "Create a Web application (code) in the API's project with the redirect URI {callbackUrl}.",
    "Switch on Refresh Token, and set Auth Token Type to JWT.",
  ],
  doors: { external: "JWT, or opaque", embedded: "JWT; opaque only to an API application of the same project" },
  limits: ["Tokens name no scopes, so what an app's token grants is what the server has."],
  hints: {
    TOKEN_OPAQUE: "Set the application's Auth Token Type to JWT.",
    AUDIENCE_MISMATCH: "Zitadel's audience is the project id: set resource to it.",
    CLIENT_UNKNOWN: "Zitadel knows no application with this client id.",
    REFRESH_NOT_ISSUED: "Switch on Refresh Token for the application.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oidc-append"] },
  authorize: {
    ...usualPreset.authorize,
    audience: { kind: "extra-scope", template: "urn:zitadel:iam:org:project:id:{resource}:aud" },
  },
  scopes: { ...usualPreset.scopes, extra: ["urn:zitadel:iam:user:resourceowner"] },
  refresh: { ask: { by: "scope", when: "always", consent: false }, graceSeconds: 0 },
  identity: { ...usualPreset.identity, workspace: [["urn:zitadel:iam:user:resourceowner:id"]] },
  errors: [
    { description: "Errors\\.App\\.NotFound", diagnosis: "CLIENT_UNKNOWN" },
    { description: "redirect_uri is missing in the client configuration", diagnosis: "REDIRECT_URI_MISMATCH" },
    { description: "invalid audience", diagnosis: "AUDIENCE_MISMATCH" },
  ],
};
