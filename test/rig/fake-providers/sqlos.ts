// As SqlOS answers, old and new: appended documents, `resource` at both steps, a logout of its own, losses at refresh.
import {
  type Answer,
  apiResource,
  appClientId,
  clientId,
  type Dialect,
  endpoints,
  type Grant,
  personOf,
  refusal,
} from "./dialect.ts";

const base = "/sqlos/auth";
const paths = { authorize: `${base}/authorize`, token: `${base}/token`, keys: `${base}/.well-known/jwks.json` };
const documentOf = (origin: string, methods: string[]) => ({
  issuer: `${origin}${base}`,
  ...endpoints(origin, paths),
  code_challenge_methods_supported: ["S256"],
  scopes_supported: ["email", "openid", "profile", "tickets.read"],
  token_endpoint_auth_methods_supported: methods,
  resource_parameter_supported: true,
});

function claimsOf(login: string, client: string) {
  const { id, organization, email } = personOf(login);
  return { aud: apiResource, sub: id, sid: "ses_1", client_id: client, org_id: organization, email };
}

function refuseToken(form: URLSearchParams, { query }: Grant): Answer | null {
  const [asked, now] = [query.get("resource"), form.get("resource")];
  const renews = form.get("grant_type") === "refresh_token";
  if (asked === now || (renews && now === null)) return null;
  return refusal(400, "invalid_grant", "Resource does not match the original authorization request.");
}

const shared = {
  paths,
  issuer: (origin: string) => `${origin}${base}`,
  refuseToken,
  refreshTokens: "rotate",
  refused: {
    client: refusal(401, "invalid_client", "Client authentication failed."),
    code: refusal(400, "invalid_grant", "Authorization code is invalid."),
    refresh: refusal(400, "invalid_grant", "Refresh token is invalid."),
    reused: refusal(400, "invalid_grant", "Refresh token has already been used."),
  },
  further: async (request: Request) => {
    const { pathname } = new URL(request.url);
    return pathname === `${base}/logout` && request.method === "POST" ? { status: 204, body: null } : null;
  },
} as const satisfies Partial<Dialect>;

/** From 3.28 on. */
export const sqlos: Dialect = {
  ...shared,
  documents: (origin) => ({
    [`${base}/.well-known/oauth-authorization-server`]: documentOf(origin, ["none", "client_secret_basic"]),
    [`${base}/.well-known/openid-configuration`]: documentOf(origin, ["none", "client_secret_basic"]),
  }),
  authentication: "header",
  callback: (_origin, { scope }) => ({ scope: scope.join(" ") }),
  issue: ({ login, scope, query }) => {
    const granted = scope.filter((one) => one !== "offline_access").join(" ");
    const aud = query.get("resource") ?? "sqlos";
    return {
      access: { header: { typ: "at+jwt" }, claims: { ...claimsOf(login, clientId), aud, scope: granted } },
      id: scope.includes("openid") ? { sub: personOf(login).id, aud: clientId } : null,
      members: { scope: granted },
      refresh: true,
    };
  },
  appToken: (login) => ({
    header: { typ: "at+jwt" },
    claims: { ...claimsOf(login, appClientId), scope: "tickets.read" },
  }),
};

/** Until 3.3: no OpenID, no scope in tokens, and a refresh loses scope and organization. */
export const sqlosOld: Dialect = {
  ...shared,
  documents: (origin) => ({ [`${base}/.well-known/oauth-authorization-server`]: documentOf(origin, ["none"]) }),
  authentication: "none",
  issue: ({ login, scope, query, refreshed }) => {
    const { org_id: organization, ...claims } = claimsOf(login, clientId);
    const kept = refreshed > 0 ? {} : { org_id: organization };
    return {
      access: { claims: { ...claims, ...kept, aud: query.get("resource") ?? "sqlos" } },
      id: null,
      members: { scope: refreshed > 0 ? "" : scope.join(" ") },
      refresh: true,
    };
  },
  appToken: (login) => ({ claims: claimsOf(login, appClientId) }),
};
