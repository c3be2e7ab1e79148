// The provider's answer at the callback, from its parameters to a verified person with tokens.
import type { JWTPayload } from "jose";
import * as oauth from "oauth4webapi";
import type { DiagnosisId } from "../../contract/diagnoses.ts";
import { aliasesOf } from "../oauth/app-token-issuer.ts";
import type { DownstreamTokens, Identity } from "../oauth/downstream.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { identify, subjectOf } from "../oauth/identity-claims.ts";
import { advice, diagnose, failureIn } from "../oauth/provider-failure.ts";
import { amongGranted, asksForRefresh } from "../oauth/provider-scope.ts";
import { providerWords } from "../oauth/provider-words.ts";
import type { ProviderTokens, TokenAnswer } from "../oauth/token-response.ts";
import { requestedScope } from "./authorization-url.ts";
import type { Parts, Relation } from "./parts.ts";
import type { ArrivalRequest } from "./port.ts";
import { clientOf, redeemCode, serverOf } from "./token-endpoint.ts";
import { fetchUserinfo } from "./userinfo.ts";
import { verifyAccessToken, verifyIdToken } from "./verified-tokens.ts";

/** Throws a DownstreamError; nothing is sent to the provider before `iss` and `state` are right. */
export async function completeArrival(
  parts: Parts,
  relation: Relation,
  request: ArrivalRequest,
): Promise<{ identity: Identity; tokens: DownstreamTokens; notes: DiagnosisId[] }> {
  const answer = checkAnswer(parts, relation, request);
  const tokens = tokensOf(await redeemCode(parts, relation, answer, request), relation, "token");
  const asked = requestedScope(relation, request.scope);
  const idClaims = tokens.idToken
    ? await verifyIdToken(parts.keys, relation, tokens.idToken, asked.includes("openid") ? request.nonce : null)
    : null;
  const accessClaims = await verifyAccessToken(parts.keys, relation, tokens.accessToken);
  const claimSets = [idClaims, accessClaims].filter((claims) => claims !== null);
  const { profile, preset, provider } = relation;
  if (!claimSets.some((claims) => subjectOf(claims, profile, preset) !== null)) {
    claimSets.push(await fetchUserinfo(parts, relation, tokens.accessToken));
  }
  const issuer = profile.pinnedIssuer ?? provider.issuer;
  const identity = await identify({ organizationId: request.organizationId, issuer, claimSets }, profile, preset);
  return {
    identity,
    tokens: {
      accessToken: tokens.accessToken,
      expiresAt: expiryOf(tokens, accessClaims, relation, parts.settings.now()),
      refreshToken: tokens.refreshToken,
      scope: grantedScope(tokens, accessClaims, relation, request.scope),
    },
    notes: [
      ...(tokens.refreshToken === null && asksForRefresh(preset, asked) ? ["REFRESH_NOT_ISSUED" as const] : []),
      ...(identity.workspace === null ? ["WORKSPACE_NONE" as const] : []),
    ],
  };
}

/**
 * RFC 9207 §2.4 for answers and errors alike: an `iss` that is there must be the provider's, and one that was
 * promised must be there. Returns the parameters with oauth4webapi's proof that they were checked.
 */
export function checkAnswer(parts: Parts, relation: Relation, request: ArrivalRequest): URLSearchParams {
  const { parameters, state } = request;
  const issuer = parameters.get("iss");
  const { provider, profile, preset } = relation;
  const other = aliasesOf(preset.accessToken.issuerAliases, provider, profile).find((alias) => alias === issuer);
  const server = { ...serverOf(relation), ...(other !== undefined && { issuer: other }) };
  try {
    const checked = oauth.validateAuthResponse(server, clientOf(parts, relation), parameters, state);
    if (checked.get("code")) return checked;
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) throw refusedAnswer(error, relation);
    if (other === undefined && issuer ? issuer !== relation.provider.documentIssuer : relation.provider.sendsIssuer) {
      throw new DownstreamError("issuer_response_mismatch", {
        expected: `iss ${relation.provider.documentIssuer}`,
        seen: issuer ? providerWords(`iss ${issuer}`) : "no iss",
      });
    }
    if (parameters.get("state") !== state) throw new DownstreamError("state_unknown");
  }
  throw new DownstreamError("provider_error", { expected: "a code or an error", seen: "an answer without either" });
}

function refusedAnswer(error: oauth.AuthorizationResponseError, { preset }: Relation): DownstreamError {
  const passing = error.error === "temporarily_unavailable" || error.error === "server_error";
  const reason = error.error === "access_denied" ? "provider_denied" : "provider_error";
  const failure = failureIn(Object.fromEntries(error.cause), preset.answer);
  const known = failure && diagnose(preset, "authorize", failure);
  return new DownstreamError(reason, { seen: failure?.seen ?? error.error, ...advice(preset, known) }, passing);
}

/** Throws a DownstreamError for an error or a fault. */
export function tokensOf(answer: TokenAnswer, { preset }: Relation, at: "token" | "refresh"): ProviderTokens {
  if (answer.kind === "tokens") return answer.tokens;
  const { seen } = answer;
  if (answer.kind === "fault") {
    const retry = answer.retryAfter === null ? {} : { retryAfter: answer.retryAfter };
    throw new DownstreamError("provider_unavailable", { seen, ...retry }, true);
  }
  const reason = isClientRefusal(answer.error) ? "provider_client_rejected" : "provider_error";
  throw new DownstreamError(reason, { seen, ...advice(preset, diagnose(preset, at, answer.failure)) });
}

/** Errors that speak of the client's registration and not of this grant. */
export function isClientRefusal(error: string): boolean {
  return error === "invalid_client" || error === "unauthorized_client";
}

/** Epoch seconds: the answer's word, else the token's own, else what is usual there; null for a token without end. */
export function expiryOf(
  tokens: ProviderTokens,
  claims: JWTPayload | null,
  { preset }: Relation,
  now: number,
): number | null {
  if (tokens.expiresIn !== null) return now + tokens.expiresIn;
  const { lifetime } = preset.answer;
  return claims?.exp ?? (lifetime === null ? null : now + lifetime);
}

/**
 * The asked scopes that the provider granted: the answer says so, else the token, else all of them
 * (RFC 6749 §5.1). An empty answer grants nothing: some servers drop what a client may not have without a word.
 */
export function grantedScope(
  tokens: ProviderTokens,
  claims: JWTPayload | null,
  { preset }: Relation,
  asked: readonly string[],
): string[] {
  const granted = tokens.scope?.length ? tokens.scope : (scopeOf(claims) ?? tokens.scope);
  return granted === null ? [...asked] : amongGranted(asked, granted, preset.scopes);
}

function scopeOf(claims: JWTPayload | null): string[] | null {
  const value = claims?.scope ?? claims?.scp;
  if (typeof value === "string") return value.split(" ").filter((scope) => scope !== "");
  return Array.isArray(value) ? value.filter((scope) => typeof scope === "string") : null;
}
