// As Entra answers: scopes with prefixes, sent again each time, `resource` refused, two token versions, keys with issuers.
import type { JWK } from "jose";
import {
  type Answer,
  appClientId,
  clientId,
  type Dialect,
  endpoints,
  type Grant,
  type Issued,
  now,
  personOf,
  refusal,
  usualRefusals,
} from "./dialect.ts";

export const tenant = "11111111-2222-4333-8444-555555555555";
export const foreignTenant = "99999999-8888-4777-8666-555555555555";
export const apiId = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
export const apiUri = `api://${apiId}`;
const graph = "00000003-0000-0000-c000-000000000000";
const ofOpenid = ["openid", "profile", "email", "offline_access"];

/** Errors as they stand in JSON, with the names of the event in the provider's log. */
export function entraError(status: number, error: string, code: number, text: string): Answer {
  const [trace, correlation] = ["0000aaaa-11bb-cccc-dd33-eeeeee333333", "aaaa0000-bb11-2222-33cc-444444dddddd"];
  const { body } = refusal(status, error, `AADSTS${code}: ${text}\r\nTrace ID: ${trace}`);
  const members = { error_codes: [code], trace_id: trace, correlation_id: correlation };
  return { status, body: { ...(typeof body === "object" ? body : {}), ...members } };
}

/** @param asked the tenant's part of the address; its document speaks for the tenant, or for all of them */
function entraAt(asked: string, written: string): Dialect {
  const paths = {
    authorize: `/${asked}/oauth2/v2.0/authorize`,
    token: `/${asked}/oauth2/v2.0/token`,
    keys: `/${asked}/discovery/v2.0/keys`,
  };
  return {
    paths,
    issuer: (origin) => `${origin}/${tenant}/v2.0`,
    documents: (origin) => ({
      [`/${asked}/v2.0/.well-known/openid-configuration`]: {
        issuer: `${origin}/${written}/v2.0`,
        ...endpoints(origin, paths),
        token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        scopes_supported: ofOpenid,
      },
    }),
    keys: ({ alg: _, ...key }: JWK, origin) => [{ ...key, issuer: `${origin}/{tenantid}/v2.0` }],
    refuseAuthorize: (query) => {
      if (query.has("resource")) return { page: "AADSTS901002: The 'resource' request parameter is not supported." };
      const bare = (query.get("scope") ?? "").split(" ").find((one) => !ofOpenid.includes(one) && !one.includes("/"));
      if (bare)
        return { page: `AADSTS650053: asked for scope '${bare}' that doesn't exist on the resource '${graph}'.` };
      return null;
    },
    refuseToken: (form) => {
      if (form.has("resource")) return entraError(400, "invalid_target", 9010010, "The resource parameter is refused.");
      if (!form.has("scope"))
        return entraError(400, "invalid_request", 28003, "Provided value for scope is not valid.");
      return null;
    },
    authentication: "any",
    refused: {
      ...usualRefusals,
      client: entraError(401, "invalid_client", 7000215, "Invalid client secret provided."),
      code: entraError(400, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed."),
      refresh: entraError(400, "invalid_grant", 50173, "The provided grant has expired due to it being revoked."),
      reused: entraError(400, "invalid_grant", 50173, "The provided grant has expired due to it being revoked."),
    },
    refreshTokens: "rotate",
    issue: issued,
    appToken: (login, origin) => version2(login, appClientId, `${origin}/${tenant}/v2.0`, "tickets.read"),
  };
}

function issued(grant: Grant, origin: string, form: URLSearchParams): Issued {
  const { login, refreshed } = grant;
  const scope = (form.get("scope") ?? "").split(" ");
  const ofApi = scope.filter((one) => one.startsWith(`${apiUri}/`));
  const names = ofApi.map((one) => one.slice(apiUri.length + 1)).join(" ");
  // The API's manifest may change between two tokens: both versions are the same person's.
  const access =
    refreshed % 2 === 0 ? version2(login, clientId, `${origin}/${tenant}/v2.0`, names) : version1(login, names);
  const id = { sub: `pairwise-${login}`, aud: clientId, tid: tenant, oid: personOf(login).uuid, ver: "2.0" };
  const forGraph = { header: { nonce: "n" }, claims: { aud: graph, iss: `https://sts.windows.net/${tenant}/` } };
  return {
    access: ofApi.length > 0 ? access : forGraph,
    id: scope.includes("openid") ? { ...id, email: personOf(login).email } : null,
    members: { scope: ofApi.join(" "), ext_expires_in: 4561 },
    refresh: scope.includes("offline_access"),
  };
}

function version2(login: string, azp: string, iss: string, scp: string): Exclude<Issued["access"], string> {
  const { uuid } = personOf(login);
  const claims = { iss, aud: apiId, azp, scp, tid: tenant, oid: uuid, sub: `pairwise-${login}-of-${azp}`, ver: "2.0" };
  return { claims: { ...claims, nbf: now() } };
}

function version1(login: string, scp: string): Exclude<Issued["access"], string> {
  const { uuid } = personOf(login);
  const iss = `https://sts.windows.net/${tenant}/`;
  const claims = {
    iss,
    aud: apiUri,
    appid: clientId,
    scp,
    tid: tenant,
    oid: uuid,
    sub: `pairwise-${login}`,
    ver: "1.0",
  };
  return { claims };
}

export const entra = entraAt(tenant, tenant);
export const entraCommon = entraAt("common", "{tenantid}");
