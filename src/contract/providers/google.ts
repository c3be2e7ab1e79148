// Google: opaque access tokens for Google's own APIs, an ID token for who it is, and its own word on foreign tokens.
import { usualAccessToken } from "./access-token.ts";
import { acceptedClients, client, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

export const google: ProviderPreset = {
  ...usualPreset,
  id: "google",
  name: "Google",
  recognise: [/^accounts\.google\.com(?:\/|$)/, /^oauth2\.googleapis\.com(?:\/|$)/],
  fields: [
    server("https://accounts.google.com", "Always this", { needed: "optional" }),
    ...client("123456789012-abc.apps.googleusercontent.com", "Google Cloud console › Google Auth Platform › Clients"),
    scopes("openid profile email", "openid, and scopes of Google APIs as the runtime needs them"),
    acceptedClients(
      "123456789012-app.apps.googleusercontent.com",
      "Client id of each app whose access tokens may be exchanged",
    ),
  ],
  checklist: [
    "Create a client of type Web application with the authorized redirect URI {callbackUrl}.",
    "Add the scopes under Data access, and publish the app: while it is in testing, refresh tokens end after 7 days.",
  ],
  doors: { external: "opaque, for Google APIs", embedded: "opaque, of listed client ids; never ID tokens" },
  limits: [
    "Google issues no tokens for other APIs: the runtime gets one for Google's, with the scopes that were granted.",
    "Scopes of servers and tools must be Google's own.",
    "The Workspace domain (hd) is in the ID token only, so the embedded door knows no workspace.",
  ],
  hints: {
    SCOPE_UNKNOWN: "Google knows no offline_access, and no scopes but those of its own APIs.",
    REFRESH_EXPIRED:
      "Google ends refresh tokens after 7 days while the app is in testing, and the oldest beyond 100 per person.",
    REFRESH_REVOKED:
      "Google ends refresh tokens after 7 days while the app is in testing, and when the person removes the app.",
    WORKSPACE_NONE: "Google names a workspace (hd) for accounts of Google Workspace only.",
    AUDIENCE_MISMATCH:
      "List the client id of the app in acceptedClientIds: any Google app's token would verify otherwise.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oidc-append"], authorizationServer: "https://accounts.google.com" },
  authorize: { ...usualPreset.authorize, audience: { kind: "none" }, drop: ["resource", "audience"] },
  scopes: {
    ...usualPreset.scopes,
    names: [{ matches: /^https:\/\/www\.googleapis\.com\/auth\/userinfo\.(email|profile)$/, to: "$1" }],
  },
  client: { methods: ["client_secret_post", "client_secret_basic"] },
  // Without the prompt a refresh token comes at the first consent only.
  refresh: {
    ask: { by: "parameters", parameters: { access_type: "offline", prompt: "consent" } },
    graceSeconds: 30,
  },
  answer: { ...usualPreset.answer, lifetime: 3600 },
  accessToken: {
    ...usualAccessToken,
    format: "opaque",
    // Old ID tokens name it without its scheme.
    issuerAliases: [{ from: "issuer", matches: /^https?:\/\/(.+)$/, to: "$1" }],
    audience: [{ claim: ["aud"], accept: ["{acceptedClientIds}"], field: "acceptedClientIds" }],
    needsResource: false,
    scopes: [["scope"]],
    ownCheck: {
      method: "GET",
      url: "{tokenOrigin}/tokeninfo",
      headers: {},
      token: { in: "query", name: "access_token" },
      authentication: "none",
      inactive: [400],
      claims: { sub: ["sub"], aud: ["aud"], scope: ["scope"], exp: ["exp"], email: ["email"] },
      lifetime: 300,
    },
  },
  identity: { ...usualPreset.identity, workspace: [["hd"]] },
  errors: [
    { error: "admin_policy_enforced", diagnosis: "APP_BLOCKED_BY_ADMIN" },
    { error: "org_internal", diagnosis: "TENANT_NOT_ALLOWED" },
    { error: "deleted_client", diagnosis: "CLIENT_UNKNOWN" },
    { description: "currently being tested|verification process", diagnosis: "APP_IN_TESTING" },
    { at: "refresh", error: "invalid_grant", description: "expired or revoked", diagnosis: "REFRESH_REVOKED" },
  ],
};
