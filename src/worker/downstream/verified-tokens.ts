// The provider's tokens, verified: the ID token for who it is (P-82), the access token for whom it is meant.
import type { JWTPayload } from "jose";
import { judgeAudience } from "../oauth/app-token-audience.ts";
import { markOf } from "../oauth/app-token-kind.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { providerWords } from "../oauth/provider-words.ts";
import { isJwt, type Keys, trustedAlgorithms } from "./keys.ts";
import type { Relation } from "./parts.ts";

/**
 * The claims of an ID token (OIDC Core §3.1.3.7): signature, issuer, times, audience, authorized party and nonce.
 * `nonce` null: none was sent, or the token came with a refresh (§12.2). Throws id_token_invalid.
 */
export async function verifyIdToken(
  keys: Keys,
  relation: Relation,
  token: string,
  nonce: string | null,
): Promise<JWTPayload> {
  const { provider, clientId } = relation;
  const advertised = trustedAlgorithms.filter((algorithm) => provider.idTokenAlgorithms.includes(algorithm));
  const claims = await keys.verify(token, {
    reason: "id_token_invalid",
    issuer: provider.issuer,
    jwksUri: provider.jwksUri,
    algorithms: advertised.length > 0 ? advertised : trustedAlgorithms,
  });
  const audience = audienceOf(claims);
  const party = claims.azp;
  if (!audience.includes(clientId)) throw invalidIdToken("aud", clientId, audience.join(" "));
  if (party === undefined ? audience.length > 1 : party !== clientId) {
    throw invalidIdToken("azp", clientId, String(party ?? "none"));
  }
  if (typeof claims.iat !== "number") throw invalidIdToken("iat", "a time", "none");
  if (nonce !== null && claims.nonce !== nonce) throw invalidIdToken("nonce", "the one sent", "another or none");
  return claims;
}

/**
 * The claims of a JWT access token, or null for an opaque one. Throws access_token_invalid, or audience_mismatch
 * when the profile names a resource and the token is for another.
 */
export async function verifyAccessToken(keys: Keys, relation: Relation, token: string): Promise<JWTPayload | null> {
  if (!isJwt(token)) return null;
  const { provider, profile, preset } = relation;
  const claims = await keys.verify(token, {
    reason: "access_token_invalid",
    issuer: provider.issuer,
    jwksUri: provider.jwksUri,
    algorithms: trustedAlgorithms,
  });
  // Issuer and keys are the same for both kinds nearly everywhere; these members stand in ID tokens only.
  const foreign = ["nonce", "at_hash", "c_hash"].find((name) => claims[name] !== undefined);
  if (foreign) {
    throw new DownstreamError("access_token_invalid", {
      expected: "an access token",
      seen: `an ID token (${foreign})`,
    });
  }
  const refused = markOf(claims, preset.accessToken);
  if (refused) {
    const seen = providerWords(refused.seen);
    throw new DownstreamError("access_token_invalid", { expected: "the access token of a person", seen });
  }
  if (profile.resource) requireAudience(claims, relation, profile.resource);
  return claims;
}

/** A token that was just issued to the gateway's own client may name that client where its provider has no audience. */
function requireAudience(claims: JWTPayload, { profile, preset, clientId }: Relation, resource: string): void {
  const { tokenIssuers } = profile;
  const acceptedClientIds = [...profile.acceptedClientIds, clientId];
  const expected = { resource, acceptedClientIds, tokenIssuers, acceptsOrigin: () => false };
  if (judgeAudience(claims, preset.accessToken, expected).ok) return;
  const audience = audienceOf(claims);
  throw new DownstreamError("audience_mismatch", {
    expected: resource,
    seen: audience.length > 0 ? providerWords(audience.join(" ")) : "no aud",
    field: "resource",
  });
}

function audienceOf(claims: JWTPayload): string[] {
  const { aud } = claims;
  return aud === undefined ? [] : typeof aud === "string" ? [aud] : aud;
}

function invalidIdToken(claim: string, expected: string, seen: string): DownstreamError {
  return new DownstreamError("id_token_invalid", {
    expected: `${claim} ${expected}`,
    seen: providerWords(`${claim} ${seen || "none"}`),
  });
}
