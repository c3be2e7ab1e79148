// Logto: JWTs only for a resource that is named at every step, refresh tokens only with consent.
import { usualAccessToken } from "./access-token.ts";
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, resourceAtEachStep, usualPreset } from "./preset.ts";

export const logto: ProviderPreset = {
  ...usualPreset,
  id: "logto",
  name: "Logto",
  recognise: [/\.logto\.app(?:\/|$)/],
  fields: [
    server("https://acme.logto.app/oidc", "Application › Endpoints, Issuer endpoint"),
    ...client("f2p3xq8z1abc", "Applications › your Traditional web application"),
    resource("https://api.example.com", "API resources › API identifier"),
    scopes("openid profile email items:read", "API resources › Permissions"),
  ],
  checklist: [
    "Create a Traditional web application with the redirect URI {callbackUrl}.",
    "Create the API resource and its permissions, and give people a role that has them.",
  ],
  doors: { external: "JWT for the resource", embedded: "JWT for the resource" },
  limits: ["Tokens for an organization (urn:logto:organization:…) need that as resource."],
  hints: {
    AUDIENCE_UNKNOWN: "The resource is not an API identifier of this Logto tenant.",
    TOKEN_OPAQUE: "Logto issues a JWT only when the resource is named at every step.",
    DISCOVERY_NOT_FOUND: "Logto's issuer ends in /oidc.",
    WORKSPACE_NONE: "Logto writes organization_id into tokens for an organization.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oidc-append"] },
  authorize: { ...usualPreset.authorize, audience: resourceAtEachStep },
  refresh: { ask: { by: "scope", when: "always", consent: true }, graceSeconds: 0 },
  answer: { ...usualPreset.answer, lifetime: 3600 },
  accessToken: { ...usualAccessToken, format: "jwt" },
  identity: { ...usualPreset.identity, workspace: [["organization_id"]] },
};
