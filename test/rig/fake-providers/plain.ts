// As a server of OpenID Connect answers that does what the standards say, with every provider's name for a workspace.
import { apiResource, appClientId, clientId, type Dialect, endpoints, personOf, usualRefusals } from "./dialect.ts";

const paths = { authorize: "/authorize", token: "/token", keys: "/keys" };
const asScope = /^urn:zitadel:iam:org:project:id:(.+):aud$/;

function claimsOf(login: string, client: string) {
  const { id, organization } = personOf(login);
  return {
    ...{ sub: id, client_id: client, org_id: organization, organization_id: organization, dct: organization },
    "https://stytch.com/organization": { organization_id: organization },
    "urn:zitadel:iam:user:resourceowner:id": organization,
  };
}

export const plain: Dialect = {
  paths,
  issuer: (origin) => origin,
  documents: (origin) => ({
    "/.well-known/openid-configuration": {
      issuer: origin,
      ...endpoints(origin, paths),
      scopes_supported: ["openid", "profile", "email", "offline_access"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      authorization_response_iss_parameter_supported: true,
    },
  }),
  callback: (origin) => ({ iss: origin }),
  authentication: "any",
  refused: usualRefusals,
  refreshTokens: "rotate",
  issue: ({ login, scope, query }) => {
    const named = scope.map((one) => asScope.exec(one)?.[1]).find((one) => one !== undefined);
    // A server without audiences: what is asked for is what stands there, and nothing asked for is nothing.
    const aud = query.get("resource") ?? named ?? (scope.includes("user:org:read") ? undefined : apiResource);
    return {
      access: { claims: { ...claimsOf(login, clientId), scope: scope.join(" "), ...(aud !== undefined && { aud }) } },
      id: { sub: personOf(login).id, aud: clientId, email: personOf(login).email },
      members: { scope: scope.join(" ") },
      refresh: scope.includes("offline_access"),
    };
  },
  appToken: (login) => ({
    claims: { ...claimsOf(login, appClientId), aud: apiResource, scope: "openid tickets.read" },
  }),
};

/** The same for apps whose tokens name no audience. */
export const withoutAudience: Dialect = {
  ...plain,
  appToken: (login) => ({ claims: { ...claimsOf(login, appClientId), scope: "openid tickets.read" } }),
};
