// As Cognito answers: an issuer on another path than its endpoints, no audience, no PKCE in its metadata, few words.
import { appClientId, clientId, type Dialect, endpoints, personOf, refusal } from "./dialect.ts";

const pool = "/eu-west-1_AbCdEf123";
const paths = { authorize: "/oauth2/authorize", token: "/oauth2/token", keys: `${pool}/.well-known/jwks.json` };

const claimsOf = (login: string, client: string, scope: string) => ({
  ...{ sub: personOf(login).uuid, username: login, client_id: client, scope, token_use: "access", version: 2 },
  "custom:organization_id": personOf(login).organization,
});

export const cognito: Dialect = {
  paths,
  issuer: (origin) => `${origin}${pool}`,
  documents: (origin) => ({
    [`${pool}/.well-known/openid-configuration`]: {
      issuer: `${origin}${pool}`,
      ...endpoints(origin, paths),
      revocation_endpoint: `${origin}/oauth2/revoke`,
      scopes_supported: ["openid", "email", "phone", "profile"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    },
  }),
  refuseAuthorize: (query, raw) => {
    const scope = (query.get("scope") ?? "").split(" ");
    // It reads a plus sign as one.
    if (raw.includes("+") || scope.includes("offline_access")) return { error: "invalid_scope", description: "" };
    return null;
  },
  authentication: "any",
  refused: {
    ...{ client: refusal(400, "invalid_client"), code: refusal(400, "invalid_grant") },
    ...{ refresh: refusal(400, "invalid_grant"), reused: refusal(400, "invalid_grant") },
  },
  refreshTokens: "keep",
  issue: ({ login, scope, query }) => {
    const resource = query.get("resource");
    const bound = resource === null ? {} : { aud: resource };
    return {
      access: { header: { typ: null }, claims: { ...claimsOf(login, clientId, scope.join(" ")), ...bound } },
      id: { sub: personOf(login).uuid, aud: clientId, token_use: "id", email: personOf(login).email },
      members: {},
      refresh: true,
    };
  },
  appToken: (login) => ({ header: { typ: null }, claims: claimsOf(login, appClientId, "openid tickets.read") }),
};
