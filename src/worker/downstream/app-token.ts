// The app's own token at the embedded door: from text to a verified person, each doubt with a reason of its own (P-88).
import { errors } from "jose";
import type { DiagnosisId } from "../../contract/diagnoses.ts";
import type { ReasonCode } from "../../contract/events.ts";
import { judgeAudience } from "../oauth/app-token-audience.ts";
import { judgeTimes, tokenScopes } from "../oauth/app-token-claims.ts";
import { keyFitsTenant, trustIssuer } from "../oauth/app-token-issuer.ts";
import { markedKind, missingKind } from "../oauth/app-token-kind.ts";
import { shapeOf } from "../oauth/app-token-shape.ts";
import { type Claims, claimText } from "../oauth/claim-path.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { identify } from "../oauth/identity-claims.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import { advice } from "../oauth/provider-failure.ts";
import { shortName } from "../oauth/provider-scope.ts";
import { providerWords } from "../oauth/provider-words.ts";
import type { Introspection } from "./introspection.ts";
import { trustedAlgorithms } from "./keys.ts";
import { type Parts, presetOf, type Relation } from "./parts.ts";
import type { AppToken, AppTokenRequest } from "./port.ts";

/** What the steps need of one profile; unlike a Relation it needs no client of the gateway's own. */
type Trust = Omit<Relation, "clientId">;

/** Throws a DownstreamError; nothing is fetched for a token that its look alone gives away. */
export async function verifyAppToken(
  parts: Parts,
  introspection: Introspection,
  profile: GatewayProfile,
  request: AppTokenRequest,
): Promise<AppToken> {
  const preset = presetOf(profile);
  try {
    return await verified(parts, introspection, { profile, preset }, request);
  } catch (error) {
    if (!(error instanceof DownstreamError) || error.detail.diagnosis !== undefined) throw error;
    const known = advice(preset, appTokenDiagnoses[error.reason] ?? null);
    throw new DownstreamError(error.reason, { ...error.detail, ...known }, error.transient);
  }
}

const appTokenDiagnoses: Partial<Record<ReasonCode, DiagnosisId>> = {
  app_token_opaque: "TOKEN_OPAQUE",
  app_token_encrypted: "TOKEN_ENCRYPTED",
  app_token_id_token: "WRONG_TOKEN_KIND",
  app_token_machine: "WRONG_TOKEN_KIND",
  app_token_kind: "WRONG_TOKEN_KIND",
  app_token_issuer: "ISSUER_MISMATCH",
  app_token_key_unknown: "KEY_UNKNOWN",
  app_token_algorithm: "SIGNATURE_INVALID",
  app_token_signature: "SIGNATURE_INVALID",
  app_token_audience: "AUDIENCE_MISMATCH",
  app_token_audience_absent: "AUDIENCE_ABSENT",
};

async function verified(
  parts: Parts,
  introspection: Introspection,
  { profile, preset }: Pick<Trust, "profile" | "preset">,
  request: AppTokenRequest,
): Promise<AppToken> {
  const shape = shapeOf(request.token);
  if (shape.kind === "encrypted") {
    throw new DownstreamError("app_token_encrypted", {
      expected: "a signed JWT",
      seen: "an encrypted one (five parts)",
    });
  }
  if (shape.kind === "signed") judgeLook(shape.header, shape.claims, preset.accessToken);
  requireListed(profile, preset);
  const trust: Trust = { profile, preset, provider: await parts.discovery.provider(profile, preset) };
  const claims =
    shape.kind === "signed"
      ? await verifiedClaims(parts, trust, request.token, shape.claims)
      : await introspection.claimsOf(trust, request);
  judgeMeaning(claims, trust, request);
  return {
    expiresAt: judgeTimes(claims, parts.settings.now()),
    subject: claimText(claims, ["sub"]),
    scope: scopesIn(claims, trust),
    // Keyed by the profile's issuer, as at the other door: several accepted issuers must land on one person.
    identity: await identify(
      {
        organizationId: request.organizationId,
        issuer: profile.pinnedIssuer ?? trust.provider.issuer,
        claimSets: [claims],
      },
      profile,
      preset,
    ),
  };
}

/** Under every name that the profile or server may use. */
function scopesIn(claims: Claims, { profile, preset }: Trust): string[] | null {
  const scopes = tokenScopes(claims, preset.accessToken, profile.resource);
  return scopes && [...new Set(scopes.flatMap((scope) => [scope, shortName(scope, preset.scopes.names)]))];
}

/** Where tokens are for no API, any client's would do: nobody is asked about one before it is said whose may come. */
function requireListed({ acceptedClientIds }: GatewayProfile, { accessToken }: Trust["preset"]): void {
  const otherwise = accessToken.audience.some(({ accept }) => accept.includes("{agentOrigins}"));
  if (accessToken.needsResource || otherwise || acceptedClientIds.length > 0) return;
  const expected = "client ids of the apps whose tokens may be exchanged";
  throw new DownstreamError("profile_incomplete", { field: "acceptedClientIds", expected });
}

function judgeLook(header: Claims, claims: Claims, rules: Parameters<typeof markedKind>[2]): void {
  const wrong = markedKind(header, claims, rules);
  if (wrong) throw new DownstreamError(wrong.reason, { expected: wrong.expected, seen: wrong.seen });
  const algorithm = typeof header.alg === "string" ? header.alg : "";
  if (trustedAlgorithms.includes(algorithm)) return;
  throw new DownstreamError("app_token_algorithm", {
    expected: `alg ${trustedAlgorithms.join(" ")}`,
    seen: providerWords(`alg ${algorithm}`),
  });
}

async function verifiedClaims(parts: Parts, trust: Trust, token: string, claims: Claims): Promise<Claims> {
  const { profile, preset, provider } = trust;
  const { jwksUri, tenant } = trustIssuer(claims, provider, profile, preset);
  if (jwksUri === null) {
    throw new DownstreamError("profile_incomplete", { field: "jwksUri", expected: "the provider's key set" });
  }
  const keys = await signingKeys(parts, token, jwksUri);
  const { tenants } = preset.accessToken;
  if (tenants && tenant !== null && !keys.every((key) => keyFitsTenant(key, tenant, tenants, provider))) {
    const seen = "a key that signs for another issuer";
    throw new DownstreamError("app_token_issuer", { expected: `a key of tenant ${tenant}`, seen });
  }
  return claims;
}

async function signingKeys(parts: Parts, token: string, jwksUri: string) {
  try {
    return await parts.keys.verifySignature(token, jwksUri);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) {
      throw new DownstreamError("app_token_key_unknown", {
        expected: `a key of ${jwksUri}`,
        seen: "a kid that is not there",
        field: "jwksUri",
      });
    }
    if (error instanceof errors.JOSEError) {
      throw new DownstreamError("app_token_signature", { expected: `a signature of a key of ${jwksUri}` });
    }
    throw error;
  }
}

/** Of a token that its issuer vouches for: is it the right kind, and is it for this API? */
function judgeMeaning(claims: Claims, { profile, preset }: Trust, request: AppTokenRequest): void {
  const wrong = missingKind(claims, preset.accessToken);
  if (wrong) throw new DownstreamError(wrong.reason, { expected: wrong.expected, seen: wrong.seen });
  const { resource, acceptedClientIds, tokenIssuers } = profile;
  if (resource === null && preset.accessToken.needsResource) {
    throw new DownstreamError("profile_incomplete", {
      field: "resource",
      expected: "the audience of the app's tokens",
    });
  }
  const expected = { resource, acceptedClientIds, tokenIssuers, acceptsOrigin: request.acceptsOrigin };
  const verdict = judgeAudience(claims, preset.accessToken, expected);
  if (verdict.ok) return;
  const { absent, ...finding } = verdict;
  const { field, expected: wanted, seen } = finding;
  const reason = absent ? "app_token_audience_absent" : "app_token_audience";
  throw new DownstreamError(reason, { field, expected: wanted, seen });
}
