// The provider's token endpoint: code and refresh token go in, an answer in the gateway's words comes out.
import * as oauth from "oauth4webapi";
import { type Reading, readTokenAnswer, type TokenAnswer } from "../oauth/token-response.ts";
import { clientAuthentications } from "./client-authentication.ts";
import { type Parts, type Relation, resourceParameter, scopeParameter } from "./parts.ts";

/**
 * A `URLSearchParams` from oauth4webapi's validateAuthResponse: only a checked answer's code can be sent (P-80).
 * `mcpScope` is what was asked for at departure, for providers that want to hear it again.
 */
export function redeemCode(
  parts: Parts,
  relation: Relation,
  answer: URLSearchParams,
  { codeVerifier, scope }: { codeVerifier: string; scope: readonly string[] },
) {
  const callback = parts.settings.callbackUrl(relation.profile.id);
  const asked = { at: "token", scope } as const;
  return withLiveSecrets(parts, relation, asked, (as, client, authentication, options) =>
    oauth.authorizationCodeGrantRequest(as, client, authentication, answer, callback, codeVerifier, options),
  );
}

export function redeemRefreshToken(
  parts: Parts,
  relation: Relation,
  { refreshToken, scope }: { refreshToken: string; scope: readonly string[] },
) {
  return withLiveSecrets(parts, relation, { at: "refresh", scope }, (as, client, authentication, options) =>
    oauth.refreshTokenGrantRequest(as, client, authentication, refreshToken, options),
  );
}

type Send = (
  as: oauth.AuthorizationServer,
  client: oauth.Client,
  authentication: oauth.ClientAuth,
  options: ReturnType<typeof requestOptions> & { additionalParameters: Record<string, string> },
) => Promise<Response>;

/** While a secret is being changed two are live: the older one is tried once when the newer one is refused. */
async function withLiveSecrets(
  parts: Parts,
  relation: Relation,
  { at, scope }: { at: "token" | "refresh"; scope: readonly string[] },
  send: Send,
): Promise<TokenAnswer> {
  const additionalParameters = { ...resourceParameter(relation, at), ...scopeParameter(relation, at, scope) };
  const options = { ...requestOptions(parts), additionalParameters };
  const authentications = await clientAuthentications(relation, parts.settings.openSecret);
  let answer: TokenAnswer = { kind: "fault", seen: "no secret", retryAfter: null };
  for (const authentication of authentications.slice(0, 2)) {
    const response = await send(serverOf(relation), clientOf(parts, relation), await authentication(), options);
    answer = await read(response, parts.settings.now(), readingOf(relation, at));
    if (answer.kind !== "error" || answer.error !== "invalid_client") return answer;
  }
  return answer;
}

/** Options for every oauth4webapi request. Its own check for https gives way to the outbound rules. */
export function requestOptions(parts: Parts) {
  return {
    [oauth.customFetch]: (url: string, init: { method: string; headers: Record<string, string>; body?: unknown }) =>
      parts.guardedFetch(url, {
        method: init.method,
        headers: init.headers,
        body: init.body instanceof URLSearchParams ? init.body : undefined,
      }),
    [oauth.allowInsecureRequests]: true,
  };
}

/** The provider in oauth4webapi's words. */
export function serverOf({ provider }: Relation): oauth.AuthorizationServer {
  return {
    issuer: provider.documentIssuer,
    authorization_endpoint: provider.authorizationEndpoint,
    token_endpoint: provider.tokenEndpoint,
    authorization_response_iss_parameter_supported: provider.sendsIssuer,
    ...(provider.userinfoEndpoint ? { userinfo_endpoint: provider.userinfoEndpoint } : {}),
    ...(provider.revocationEndpoint ? { revocation_endpoint: provider.revocationEndpoint } : {}),
  };
}

/** The gateway in oauth4webapi's words; client assertions are dated by the injected clock. */
export function clientOf(parts: Parts, { clientId }: Relation): oauth.Client {
  return { client_id: clientId, [oauth.clockSkew]: parts.settings.now() - Math.floor(Date.now() / 1000) };
}

function readingOf({ preset: { answer, scopes } }: Relation, at: Reading["at"]): Reading {
  return { at, answer, separator: scopes.separator };
}

async function read(response: Response, now: number, reading: Reading): Promise<TokenAnswer> {
  return readTokenAnswer(
    {
      status: response.status,
      contentType: response.headers.get("content-type"),
      retryAfter: response.headers.get("retry-after"),
      body: await response.text(),
    },
    now,
    reading,
  );
}
