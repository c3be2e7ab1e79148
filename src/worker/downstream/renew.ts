// A downstream refresh: only the provider's own invalid_grant, or what its preset says means that, ends a grant (P-85).
import { decodeJwt, type JWTPayload } from "jose";
import type { Renewal } from "../oauth/downstream.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { workspaceOf } from "../oauth/identity-claims.ts";
import { advice, diagnose } from "../oauth/provider-failure.ts";
import type { ProviderTokens, TokenAnswer } from "../oauth/token-response.ts";
import { expiryOf, grantedScope, isClientRefusal } from "./arrive.ts";
import { isJwt } from "./keys.ts";
import { type Parts, type Relation, relationOf } from "./parts.ts";
import type { Connector } from "./port.ts";
import { redeemRefreshToken } from "./token-endpoint.ts";

type Grant = Parameters<Connector["renew"]>[1];

/** Seconds until the caller may try again, when the provider names no time; and what it may name at most. */
const retryAfterDefault = 5;
const retryAfterMaximum = 60;

/** Never throws. */
export async function renewTokens(parts: Parts, profile: Relation["profile"], grant: Grant): Promise<Renewal> {
  try {
    const relation = await relationOf(parts, profile);
    return outcomeOf(await redeem(parts, relation, grant), relation, grant, parts.settings.now());
  } catch (error) {
    // A profile or a provider out of order is the operator's to repair, and then the grant goes on.
    if (!(error instanceof DownstreamError)) return unavailable("internal_error", "the gateway failed", null);
    return unavailable(error.reason, error.detail.seen ?? error.detail.expected, error.detail.retryAfter ?? null);
  }
}

/** A lost answer may be asked for again only where the provider still answers the token that it has just replaced. */
async function redeem(parts: Parts, relation: Relation, grant: Grant): Promise<TokenAnswer> {
  const patient = relation.preset.refresh.graceSeconds > 0;
  try {
    const answer = await redeemRefreshToken(parts, relation, grant);
    const again = patient && answer.kind === "fault" && answer.retryAfter === null;
    return again ? await redeemRefreshToken(parts, relation, grant) : answer;
  } catch (error) {
    if (!patient || !(error instanceof DownstreamError) || !error.transient) throw error;
    return redeemRefreshToken(parts, relation, grant);
  }
}

function outcomeOf(answer: TokenAnswer, relation: Relation, grant: Grant, now: number): Renewal {
  if (answer.kind === "fault") return unavailable("provider_unavailable", answer.seen, answer.retryAfter);
  if (answer.kind === "tokens") return renewed(answer.tokens, relation, grant, now);
  const { diagnosis } = advice(relation.preset, diagnose(relation.preset, "refresh", answer.failure));
  const told = diagnosis === undefined ? {} : { diagnosis };
  if (answer.error === "invalid_grant") {
    return { outcome: "ended", reason: "provider_grant_ended", seen: answer.seen, ...told };
  }
  const reason = isClientRefusal(answer.error) ? "provider_client_rejected" : "provider_error";
  return { ...unavailable(reason, answer.seen, null), ...told };
}

/**
 * Nothing is refused here: the old refresh token may already be spent, so that a refusal would end the grant. The
 * claims come from the token endpoint over TLS and change nothing but the expiry and the workspace.
 */
function renewed(tokens: ProviderTokens, relation: Relation, grant: Grant, now: number): Renewal {
  const claims = claimsOf(tokens.accessToken);
  const idClaims = tokens.idToken === null ? null : claimsOf(tokens.idToken);
  const workspace = [idClaims, claims]
    .map((set) => set && workspaceOf(set, relation.profile, relation.preset))
    .find((found) => found !== null);
  return {
    outcome: "renewed",
    tokens: {
      accessToken: tokens.accessToken,
      expiresAt: expiryOf(tokens, claims, relation, now),
      // RFC 6749 §6: the old one stays good when no new one comes.
      refreshToken: tokens.refreshToken ?? grant.refreshToken,
      scope: tokens.scope?.length ? grantedScope(tokens, claims, relation, grant.scope) : [...grant.scope],
    },
    // Some providers leave the organization out of refreshed tokens: the grant keeps the one it began with.
    workspace: workspace ?? grant.workspace,
  };
}

function claimsOf(token: string): JWTPayload | null {
  try {
    return isJwt(token) ? decodeJwt(token) : null;
  } catch {
    return null;
  }
}

function unavailable(
  reason: Extract<Renewal, { outcome: "unavailable" }>["reason"],
  seen: string | undefined,
  retryAfter: number | null,
): Renewal {
  const bounded = Math.min(Math.max(retryAfter ?? retryAfterDefault, 1), retryAfterMaximum);
  return { outcome: "unavailable", reason, retryAfter: bounded, ...(seen === undefined ? {} : { seen }) };
}
