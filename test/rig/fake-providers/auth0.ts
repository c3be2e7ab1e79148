// As Auth0 answers: an issuer with a slash, `audience` for a JWT, reuse detection, 401 access_denied for a wrong secret.
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

const paths = { authorize: "/authorize", token: "/oauth/token", keys: "/.well-known/jwks.json" };

export const auth0: Dialect = {
  paths,
  issuer: (origin) => `${origin}/`,
  documents: (origin) => ({
    "/.well-known/openid-configuration": {
      issuer: `${origin}/`,
      ...endpoints(origin, paths),
      userinfo_endpoint: `${origin}/userinfo`,
      revocation_endpoint: `${origin}/oauth/revoke`,
      scopes_supported: ["openid", "profile", "email", "offline_access"],
      code_challenge_methods_supported: ["S256", "plain"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    },
  }),
  refuseAuthorize: (query) => {
    const audience = query.get("audience");
    // Without its compatibility profile the parameter is offered to the provider behind it.
    if (query.has("resource"))
      return { error: "invalid_request", description: "the upstream provider refused resource" };
    if (audience !== null && audience !== apiResource) {
      return { error: "access_denied", description: `Service not found: ${audience}` };
    }
    return null;
  },
  authentication: "any",
  refused: {
    ...usualRefusals,
    client: refusal(401, "access_denied", "Unauthorized"),
    refresh: refusal(403, "invalid_grant", "Unknown or invalid refresh token."),
    reused: refusal(403, "invalid_grant", "Unknown or invalid refresh token."),
  },
  refreshTokens: "rotate",
  issue: ({ login, query, scope }, origin) => {
    const { id, organization, email } = personOf(login);
    const sub = `auth0|${id}`;
    const claims = { sub, azp: clientId, scope: scope.join(" "), org_id: organization };
    return {
      access: query.has("audience")
        ? { claims: { ...claims, aud: [apiResource, `${origin}/userinfo`] } }
        : crypto.randomUUID().replaceAll("-", ""),
      id: { sub, aud: clientId, email, org_id: organization },
      members: { scope: scope.join(" ") },
      refresh: scope.includes("offline_access"),
    };
  },
  appToken: (login) => {
    const { id, organization } = personOf(login);
    const claims = { sub: `auth0|${id}`, aud: apiResource, client_id: appClientId, jti: "73Wak" };
    return { header: { typ: "at+jwt" }, claims: { ...claims, scope: "tickets.read", org_id: organization } };
  },
};
