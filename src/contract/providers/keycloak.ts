// Keycloak: the kind of a token stands in its payload, and an audience only where a mapper puts it.
import { usualAccessToken } from "./access-token.ts";
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

export const keycloak: ProviderPreset = {
  ...usualPreset,
  id: "keycloak",
  name: "Keycloak",
  recognise: [/^[^/]+(?:\/auth)?\/realms\/[^/]+/],
  fields: [
    server("https://sso.example.com/realms/acme", "Realm settings › Endpoints, without /.well-known/…"),
    ...client("mcp-gateway", "Clients › your client", "Clients › your client › Credentials"),
    resource("https://api.example.com", "What the client's Audience mapper adds"),
    scopes("openid profile email organization", "Client scopes of the client"),
  ],
  checklist: [
    "Create a client with Client authentication on, Standard flow on, and {callbackUrl} as Valid redirect URI.",
    "Add a client scope with an Audience mapper for the API and assign it to the client.",
    "For a workspace, assign the client scope organization.",
  ],
  doors: { external: "JWT with the API as audience", embedded: "JWT with the API as audience" },
  limits: ["Without an Audience mapper tokens name the audience account, or none, and are refused."],
  hints: {
    AUDIENCE_MISMATCH: "Keycloak writes account unless an Audience mapper adds the API to the client's tokens.",
    AUDIENCE_ABSENT: "Add an Audience mapper for the API to a client scope of the client.",
    ISSUER_MISMATCH: "Keycloak's issuer follows the host of the request until KC_HOSTNAME is set.",
    DISCOVERY_NOT_FOUND: "The address ends in /realms/{realm}; before version 17 in /auth/realms/{realm}.",
    WORKSPACE_NONE: "Assign the client scope organization to the client.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oidc-append", "oauth-append", "oauth-insert"] },
  refresh: { ask: { by: "scope", when: "advertised", consent: false }, graceSeconds: 0 },
  answer: {
    ...usualPreset.answer,
    means: [{ error: "unauthorized_client", status: 401, means: "invalid_client" }],
  },
  accessToken: {
    ...usualAccessToken,
    format: "jwt",
    refuse: [
      { claim: ["typ"], matches: /^ID$/, is: "id_token" },
      { claim: ["preferred_username"], matches: /^service-account-/, is: "machine" },
    ],
    require: [{ claim: ["typ"], matches: /^Bearer$/ }],
    scopes: [["scope"]],
  },
  identity: {
    ...usualPreset.identity,
    // The organization's id where the mapper adds it, else its alias: the name of the only member.
    workspace: [
      ["organization", "*", "id"],
      ["organization", "*"],
      ["organization", "*key"],
    ],
  },
  errors: [
    { description: "Client not found", diagnosis: "CLIENT_UNKNOWN" },
    { description: "Invalid client or Invalid client credentials", diagnosis: "CLIENT_SECRET_INVALID" },
    { description: "Invalid parameter: redirect_uri|Incorrect redirect_uri", diagnosis: "REDIRECT_URI_MISMATCH" },
    { description: "Missing parameter: code_challenge_method", diagnosis: "PKCE_REQUIRED" },
    { description: "refresh token reuse exceeded", diagnosis: "REFRESH_REUSED" },
    { description: "Invalid token issuer", diagnosis: "ISSUER_MISMATCH" },
    { description: "^Invalid scopes", diagnosis: "SCOPE_UNKNOWN" },
    { description: "Code not valid", diagnosis: "CODE_USED_OR_EXPIRED" },
    { at: "refresh", description: "(?:Token|Session) not active|Token is not active", diagnosis: "REFRESH_EXPIRED" },
  ],
};
