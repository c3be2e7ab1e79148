// Descope: keys belong to the project, and session tokens may name the bare project as their issuer.
import { audienceIsResource, usualAccessToken } from "./access-token.ts";
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

export const descope: ProviderPreset = {
  ...usualPreset,
  id: "descope",
  name: "Descope",
  recognise: [/^api(?:\.[\w-]+)?\.descope\.com(?:\/|$)/],
  fields: [
    server("https://api.descope.com/v1/apps/P2abc", "Inbound Apps › your application › Connection information, Issuer"),
    ...client("UDJhYmM6VFBB", "Inbound Apps › your application › Connection information"),
    resource("https://api.example.com", "Inbound Apps › your application; the project id for session tokens"),
    scopes("openid profile email", "Inbound Apps › your application › Scopes"),
  ],
  checklist: [
    "Create an Inbound App with the redirect URL {callbackUrl}.",
    "Define the scopes and the resource on the app.",
  ],
  doors: { external: "JWT for the resource", embedded: "JWT for the resource, or session tokens for the project" },
  limits: ["A session token of a person with several tenants names a workspace only if one is chosen (dct)."],
  hints: {
    AUDIENCE_MISMATCH: "Descope's session tokens are for the project id.",
    ISSUER_MISMATCH: "Descope's session tokens name the project; those of an Inbound App name the app.",
    WORKSPACE_NONE: "Descope names a workspace when the person has one tenant, or chose one.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oidc-append", "oauth-append"] },
  authorize: {
    ...usualPreset.authorize,
    audience: { kind: "parameter", name: "resource", at: ["authorize", "token"] },
  },
  refresh: { ask: { by: "scope", when: "always", consent: false }, graceSeconds: 0 },
  accessToken: {
    ...usualAccessToken,
    issuerAliases: [
      { from: "jwksUri", matches: /^https?:\/\/[^/]+\/(?:v2\/keys\/)?(P\w+)(?:\/.*)?$/, to: "$1" },
      { from: "jwksUri", matches: /^(https?:\/\/[^/]+\/P\w+)\/.*$/, to: "$1" },
    ],
    audience: [audienceIsResource],
  },
  identity: { ...usualPreset.identity, workspace: [["dct"], ["tenants", "*key"]] },
  errors: [{ code: "^E011", diagnosis: "CLIENT_UNKNOWN" }],
};
