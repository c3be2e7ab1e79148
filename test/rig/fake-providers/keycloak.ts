// As Keycloak answers: a realm, the token's kind in its payload, an encryption key among the keys, `iss` in the callback.
import { apiResource, appClientId, clientId, type Dialect, endpoints, personOf, refusal } from "./dialect.ts";

const base = "/realms/acme";
const at = `${base}/protocol/openid-connect`;
const paths = { authorize: `${at}/auth`, token: `${at}/token`, keys: `${at}/certs` };

const claimsOf = (login: string, azp: string, scope: string) => {
  const { uuid, organization } = personOf(login);
  const members = { aud: [apiResource, "account"], azp, scope, sid: "s", jti: "j" };
  return { ...members, typ: "Bearer", sub: uuid, organization: { acme: { id: organization } } };
};

export const keycloak: Dialect = {
  paths,
  issuer: (origin) => `${origin}${base}`,
  documents: (origin) => ({
    [`${base}/.well-known/openid-configuration`]: {
      issuer: `${origin}${base}`,
      ...endpoints(origin, paths),
      scopes_supported: ["openid", "profile", "email", "offline_access", "organization"],
      code_challenge_methods_supported: ["plain", "S256"],
      token_endpoint_auth_methods_supported: ["private_key_jwt", "client_secret_basic", "client_secret_post"],
      authorization_response_iss_parameter_supported: true,
    },
  }),
  keys: (key) => [{ ...key, kid: "enc-1", use: "enc", alg: "RSA-OAEP" }, key],
  callback: (origin) => ({ iss: `${origin}${base}`, session_state: "s" }),
  authentication: "any",
  refused: {
    client: refusal(401, "unauthorized_client", "Invalid client or Invalid client credentials"),
    code: refusal(400, "invalid_grant", "Code not valid"),
    refresh: refusal(400, "invalid_grant", "Token is not active"),
    reused: refusal(400, "invalid_grant", "Maximum allowed refresh token reuse exceeded"),
  },
  refreshTokens: "rotate",
  issue: ({ login, scope }) => {
    const { uuid, email } = personOf(login);
    return {
      access: { claims: claimsOf(login, clientId, scope.join(" ")) },
      id: { sub: uuid, aud: clientId, azp: clientId, typ: "ID", email },
      members: { scope: scope.join(" "), "not-before-policy": 0, session_state: "s" },
      refresh: true,
    };
  },
  appToken: (login) => ({ claims: claimsOf(login, appClientId, "openid tickets.read") }),
};
