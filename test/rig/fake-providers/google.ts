// As Google answers: opaque tokens, scopes by their full names, `iss` unasked for, tokeninfo with numbers as text.
import { appClientId, clientId, type Dialect, endpoints, now, personOf, refusal, usualRefusals } from "./dialect.ts";

export const googleScope = "https://www.googleapis.com/auth/calendar.readonly";
const paths = { authorize: "/o/oauth2/v2/auth", token: "/token", keys: "/oauth2/v3/certs" };
const known = ["openid", "email", "profile", googleScope];
const full = (scope: string) =>
  ["email", "profile"].includes(scope) ? `https://www.googleapis.com/auth/userinfo.${scope}` : scope;

export const google: Dialect = {
  paths,
  issuer: (origin) => origin,
  documents: (origin) => ({
    "/.well-known/openid-configuration": {
      issuer: origin,
      ...endpoints(origin, paths),
      userinfo_endpoint: `${origin}/v1/userinfo`,
      revocation_endpoint: `${origin}/revoke`,
      scopes_supported: ["openid", "email", "profile"],
      code_challenge_methods_supported: ["plain", "S256"],
      token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    },
  }),
  refuseAuthorize: (query) => {
    const unknown = (query.get("scope") ?? "").split(" ").filter((scope) => !known.includes(scope));
    if (unknown.length > 0) return { page: `invalid_scope: Some requested scopes were invalid. {invalid=${unknown}}` };
    return query.has("resource") ? { page: "invalid_request: resource" } : null;
  },
  callback: (origin, { scope }) => ({
    iss: origin,
    scope: scope.map(full).join(" "),
    authuser: "0",
    hd: "example.com",
  }),
  authentication: "any",
  refused: {
    ...usualRefusals,
    client: refusal(401, "invalid_client", "The OAuth client was not found."),
    refresh: refusal(400, "invalid_grant", "Token has been expired or revoked."),
  },
  refreshTokens: "keep",
  issue: ({ login, scope, query, refreshed }, origin) => {
    const { number, email } = personOf(login);
    const offline = query.get("access_type") === "offline" && query.get("prompt") === "consent";
    // Now and then without its scheme, as old ID tokens had it.
    const iss = login === "user2" ? origin.replace(/^https?:\/\//, "") : origin;
    const claims = { iss, sub: String(number), aud: clientId, azp: clientId, email, hd: "example.com", at_hash: "x" };
    return {
      access: `ya29.${crypto.randomUUID()}`,
      id: refreshed > 0 ? null : claims,
      members: { scope: scope.map(full).join(" ") },
      refresh: offline,
    };
  },
  appToken: () => `ya29.${crypto.randomUUID()}`,
  further: async (request, tokens) => {
    const url = new URL(request.url);
    if (url.pathname === "/revoke") return { body: {} };
    if (url.pathname !== "/tokeninfo") return null;
    const grant = tokens.get(url.searchParams.get("access_token") ?? "");
    if (!grant) return refusal(400, "invalid_token", "Invalid Value");
    const client = grant.clientId === "gateway-client" ? clientId : grant.clientId || appClientId;
    const { number, email } = personOf(grant.login);
    const members = { azp: client, aud: client, sub: String(number), scope: grant.scope.map(full).join(" "), email };
    return { body: { ...members, exp: String(now() + 600), expires_in: "600", email_verified: "true" } };
  },
};
