// GitHub: OAuth without OpenID, errors with status 200, scopes between commas, and its own API for who somebody is.
import { clientIsAccepted, usualAccessToken } from "./access-token.ts";
import { acceptedClients, client, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

const api = { accept: "application/vnd.github+json" };

export const github: ProviderPreset = {
  ...usualPreset,
  id: "github",
  name: "GitHub",
  recognise: [/^github\.com(?:\/|$)/, /\.ghe\.com\/login\/oauth/, /^[^/]+\/login\/oauth(?:\/|$)/],
  fields: [
    server("https://github.com/login/oauth", "Always this; GitHub Enterprise has it below its own host", {
      needed: "optional",
    }),
    ...client("Iv23liAbCdEfGhIjKlMn", "Settings › Developer settings › GitHub Apps or OAuth Apps"),
    scopes("read:user user:email", "Scopes of an OAuth App; a GitHub App has permissions instead"),
    acceptedClients(
      "Iv23liAbCdEfGhIjKlMn",
      "The profile's own client id, if the embedded app signs in with the same client",
    ),
  ],
  checklist: [
    "Register a GitHub App (or an OAuth App) with the callback URL {callbackUrl}.",
    "For a GitHub App, leave Expire user authorization tokens on: then tokens end and are renewed.",
  ],
  doors: {
    external: "opaque, for GitHub's API",
    embedded: "opaque, of the profile's own client only; it must be listed",
  },
  limits: [
    "GitHub issues no tokens for other APIs: the runtime gets one for GitHub's.",
    "Scopes of servers and tools must be GitHub's own; a GitHub App grants none.",
    "GitHub tells of a token only to the client it was issued to, so embedded apps share the profile's client.",
    "OAuth Apps get no refresh token; their tokens do not end.",
  ],
  hints: {
    CLIENT_SECRET_INVALID: "GitHub says the same for a wrong client id.",
    REFRESH_NOT_ISSUED: "Only GitHub Apps with expiring tokens get refresh tokens; an OAuth App's token does not end.",
  },
  discovery: {
    ...usualPreset.discovery,
    forms: ["oauth-insert"],
    authorizationServer: "https://github.com/login/oauth",
    usualPath: "/login/oauth",
    endpoints: {
      issuer: "{base}",
      authorization_endpoint: "{base}/authorize",
      token_endpoint: "{base}/access_token",
    },
    apiBase: [
      { matches: /^https:\/\/github\.com\/.*$/, to: "https://api.github.com" },
      { matches: /^https:\/\/([\w-]+\.ghe\.com)\/.*$/, to: "https://api.$1" },
      { matches: /^(https?:\/\/[^/]+)\/.*$/, to: "$1/api/v3" },
    ],
  },
  authorize: { ...usualPreset.authorize, audience: { kind: "none" }, drop: ["resource", "audience", "nonce"] },
  scopes: { ...usualPreset.scopes, separator: "," },
  client: { methods: ["client_secret_post", "client_secret_basic"] },
  refresh: { ask: { by: "nothing" }, graceSeconds: 0 },
  answer: {
    ...usualPreset.answer,
    means: [
      { error: "bad_refresh_token", means: "invalid_grant" },
      { error: "bad_verification_code", means: "invalid_grant" },
      { error: "incorrect_client_credentials", means: "invalid_client" },
    ],
  },
  accessToken: {
    ...usualAccessToken,
    format: "opaque",
    audience: [clientIsAccepted],
    needsResource: false,
    ownCheck: {
      method: "POST",
      url: "{apiBase}/applications/{clientId}/token",
      headers: api,
      token: { in: "json", name: "access_token" },
      authentication: "client_secret_basic",
      inactive: [404, 422],
      // The answer's own `id` is the authorization's and not the person's.
      claims: {
        sub: ["user", "id"],
        email: ["user", "email"],
        client_id: ["app", "client_id"],
        scope: ["scopes"],
        exp: ["expires_at"],
      },
      lifetime: 3600,
    },
  },
  // The login name can change hands; the number cannot.
  userinfo: { url: "{apiBase}/user", headers: api, claims: { sub: ["id"], email: ["email"], name: ["login"] } },
  revocation: {
    method: "DELETE",
    url: "{apiBase}/applications/{clientId}/token",
    token: "access",
    member: "access_token",
    authentication: "client_secret_basic",
  },
  errors: [
    { error: "incorrect_client_credentials", diagnosis: "CLIENT_SECRET_INVALID" },
    { error: "bad_verification_code", diagnosis: "CODE_USED_OR_EXPIRED" },
    { error: "bad_refresh_token", diagnosis: "REFRESH_EXPIRED" },
    { error: "application_suspended", diagnosis: "APP_BLOCKED_BY_ADMIN" },
  ],
};
