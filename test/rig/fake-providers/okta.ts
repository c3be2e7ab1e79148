// As Okta answers: a custom authorization server, scopes as a list, no header type, a persistent refresh token.
import {
  apiResource,
  appClientId,
  clientId,
  type Dialect,
  endpoints,
  personOf,
  refusal,
  usualRefusals,
} from "./dialect.ts";

const base = "/oauth2/default";
const paths = { authorize: `${base}/v1/authorize`, token: `${base}/v1/token`, keys: `${base}/v1/keys` };

export const okta: Dialect = {
  paths,
  issuer: (origin) => `${origin}${base}`,
  documents: (origin) => ({
    [`${base}/.well-known/openid-configuration`]: {
      issuer: `${origin}${base}`,
      ...endpoints(origin, paths),
      scopes_supported: ["openid", "profile", "email", "offline_access"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
    },
    "/.well-known/openid-configuration": { issuer: origin, ...endpoints(origin, paths) },
  }),
  refuseAuthorize: (query) => {
    const resource = query.get("resource");
    if (resource === null) return null;
    const description = `The authorization server has rejected the 'resource' parameter: ${resource}`;
    return { error: "invalid_target", description };
  },
  authentication: "any",
  refused: {
    client: refusal(401, "invalid_client", "The client secret supplied for a confidential client is invalid."),
    code: refusal(400, "invalid_grant", "The authorization code is invalid or has expired."),
    refresh: refusal(400, "invalid_grant", "The refresh token is invalid or expired."),
    reused: usualRefusals.reused,
  },
  refreshTokens: "keep",
  issue: ({ login, scope }) => {
    const { email, number } = personOf(login);
    const claims = {
      ver: 1,
      jti: `AT.${crypto.randomUUID()}`,
      aud: apiResource,
      cid: clientId,
      uid: `00u${number}`,
      scp: scope,
    };
    return {
      access: { header: { typ: null }, claims: { ...claims, sub: email } },
      id: { sub: `00u${number}`, aud: clientId, email },
      members: { scope: scope.join(" ") },
      refresh: scope.includes("offline_access"),
    };
  },
  appToken: (login) => {
    const { email, number } = personOf(login);
    const claims = {
      ver: 1,
      aud: apiResource,
      cid: appClientId,
      uid: `00u${number}`,
      scp: ["tickets.read"],
      sub: email,
    };
    return { header: { typ: null }, claims };
  },
};
