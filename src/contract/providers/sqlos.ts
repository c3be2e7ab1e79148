// SqlOS: an authorization server inside an ASP.NET application and its database.
import { usualAccessToken } from "./access-token.ts";
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, resourceAtEachStep, usualPreset } from "./preset.ts";

export const sqlos: ProviderPreset = {
  ...usualPreset,
  id: "sqlos",
  name: "SqlOS",
  recognise: [/\/sqlos\/auth(?:\/|$)/],
  fields: [
    server("https://app.example.com/sqlos/auth", "PublicOrigin of the application, with /sqlos/auth"),
    ...client(
      "mcp-gateway",
      "The client in the application's SqlOS settings",
      "The same; empty for a public client, which every release has",
    ),
    resource("https://app.example.com/api", "Any identifier of the API: SqlOS binds what is asked for"),
    scopes("openid profile email items.read", "The client's allowed scopes"),
  ],
  checklist: [
    "Set PublicOrigin (or Issuer) in the application.",
    "Add a client with the redirect URI {callbackUrl} and the scopes.",
    "Enable resource indicators, so that tokens are for the API.",
  ],
  doors: { external: "JWT for the resource", embedded: "JWT for the resource" },
  limits: [
    "Releases until 3.3 write no scope into tokens and lose the organization at a refresh: the grant keeps its own.",
    "A session that is revoked there ends the grant at the next refresh, not at once.",
  ],
  hints: {
    ISSUER_MISMATCH: "SqlOS names https://localhost/sqlos/auth until PublicOrigin or Issuer is set.",
    AUDIENCE_MISMATCH: "Without a resource SqlOS writes the client's own audience: enable resource indicators.",
    CLIENT_AUTH_METHOD: "SqlOS accepts the one method that the client is registered with.",
    DISCOVERY_NOT_FOUND: "The address ends in /sqlos/auth.",
    WORKSPACE_NONE: "SqlOS writes org_id when the person chose an organization at sign-in.",
  },
  // Old releases publish only the appended OAuth form; new ones publish the OpenID form as well.
  discovery: { ...usualPreset.discovery, forms: ["oauth-append", "oidc-append"] },
  // A refresh token always comes; asking for offline_access would only be dropped.
  authorize: { ...usualPreset.authorize, audience: resourceAtEachStep },
  refresh: { ask: { by: "nothing" }, graceSeconds: 30 },
  answer: { ...usualPreset.answer, lifetime: 600 },
  accessToken: {
    ...usualAccessToken,
    format: "jwt",
    refuse: [{ claim: ["token_kind"], matches: /^service$/, is: "machine" }],
  },
  revocation: {
    method: "POST",
    url: "{issuer}/logout",
    token: "refresh",
    member: "refreshToken",
    authentication: "none",
  },
  errors: [
    { description: "^Redirect URI", diagnosis: "REDIRECT_URI_MISMATCH" },
    { description: "^Unknown client", diagnosis: "CLIENT_UNKNOWN" },
    { description: "PKCE code challenge is required", diagnosis: "PKCE_REQUIRED" },
    { description: "PKCE verification failed", diagnosis: "PKCE_FAILED" },
    { description: "^Resource (?:does not match|cannot be introduced)", diagnosis: "RESOURCE_REJECTED" },
    { description: "Refresh token has already been used", diagnosis: "REFRESH_REUSED" },
    { error: "invalid_client", description: "Client authentication failed", diagnosis: "CLIENT_AUTH_METHOD" },
  ],
};
