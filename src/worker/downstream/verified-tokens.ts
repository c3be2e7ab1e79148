// The provider's tokens, verified: the ID token for who it is (P-82), the access token for whom it is meant.
import { decodeJwt, type JWTPayload } from "jose";
import { judgeAudience } from "../oauth/app-token-audience.ts";
import { keyFitsTenant, trustIssuer } from "../oauth/app-token-issuer.ts";
import { markOf } from "../oauth/app-token-kind.ts";
import { shapeOf } from "../oauth/app-token-shape.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { advice } from "../oauth/provider-failure.ts";
import { providerWords } from "../oauth/provider-words.ts";
import { isJwt, type Keys, type TokenExpectation, trustedAlgorithms } from "./keys.ts";
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
    ...trustedFor(token, relation, "id_token_invalid"),
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
 * The claims of a JWT access token, or null for one that only the provider's own APIs can read. Throws
 * access_token_invalid, or audience_mismatch when the profile names a resource and the token is for another.
 */
export async function verifyAccessToken(keys: Keys, relation: Relation, token: string): Promise<JWTPayload | null> {
  const { profile, preset } = relation;
  const { format } = preset.accessToken;
  if (format === "opaque") return null;
  if (!isJwt(token)) {
    if (format === "jwt" && profile.resource) throw unreadable(token, relation);
    return null;
  }
  if (isProvidersOwn(token, relation)) return null;
  const claims = await keys.verify(token, {
    ...trustedFor(token, relation, "access_token_invalid"),
    algorithms: trustedAlgorithms,
  });
  // Issuer and keys are the same for both kinds nearly everywhere; these members stand in ID tokens only.
  const foreign = ["nonce", "at_hash", "c_hash"].find((name) => claims[name] !== undefined);
  if (foreign) {
    const seen = `an ID token (${foreign})`;
    throw new DownstreamError("access_token_invalid", { expected: "an access token", seen, ...kind(relation) });
  }
  const refused = markOf(claims, preset.accessToken);
  if (refused) {
    const seen = providerWords(refused.seen);
    const expected = "the access token of a person";
    throw new DownstreamError("access_token_invalid", { expected, seen, ...kind(relation) });
  }
  if (profile.resource) requireAudience(claims, relation, profile.resource);
  return claims;
}

const kind = ({ preset }: Relation) => advice(preset, "WRONG_TOKEN_KIND");

/**
 * Whose token this says it is, decided before any key is fetched: the provider's, by any of its names. Further issuers
 * of the profile are for apps' tokens and not for those that the gateway is given.
 */
function trustedFor(
  token: string,
  { provider, profile, preset }: Relation,
  reason: TokenExpectation["reason"],
): Omit<TokenExpectation, "algorithms"> {
  const claims = unverified(token);
  // What cannot be read is refused for that, below.
  if (claims === null) return { reason, issuer: provider.issuer, jwksUri: provider.jwksUri };
  try {
    const { jwksUri, tenant } = trustIssuer(claims, provider, { ...profile, tokenIssuers: [] }, preset);
    const { tenants } = preset.accessToken;
    const bound = tenants !== null && tenant !== null;
    return {
      ...{ reason, issuer: claims.iss ?? provider.issuer, jwksUri },
      ...(bound && { fits: (key) => keyFitsTenant(key, tenant, tenants, provider) }),
    };
  } catch (error) {
    if (!(error instanceof DownstreamError) || error.reason !== "app_token_issuer") throw error;
    const { expected, seen } = error.detail;
    const detail = { expected: `iss ${expected}`, seen: `iss ${seen}`, field: "authorizationServerUrl" };
    throw new DownstreamError(reason, { ...detail, ...advice(preset, "ISSUER_MISMATCH") });
  }
}

function unverified(token: string): JWTPayload | null {
  try {
    return decodeJwt(token);
  } catch {
    return null;
  }
}

/** A token for one of the provider's own APIs, which nobody else can verify. Throws where one for the API was asked for. */
function isProvidersOwn(token: string, { profile, preset }: Relation): boolean {
  const known = preset.accessToken.providerAudiences;
  const audience = audienceOf(unverified(token) ?? {}).find((one) => Object.hasOwn(known, one));
  if (audience === undefined) return false;
  if (!profile.resource) return true;
  throw new DownstreamError("audience_mismatch", {
    ...{ expected: profile.resource, seen: `${audience} (${known[audience]})`, field: "scopes" },
    ...advice(preset, "AUDIENCE_MISMATCH"),
  });
}

function unreadable(token: string, { preset }: Relation): DownstreamError {
  const encrypted = shapeOf(token).kind === "encrypted";
  return new DownstreamError("access_token_invalid", {
    ...{ expected: "a JWT for the profile's resource", field: "resource" },
    seen: encrypted ? "an encrypted token (five parts)" : "an opaque token",
    ...advice(preset, encrypted ? "TOKEN_ENCRYPTED" : "TOKEN_OPAQUE"),
  });
}

/** A token that was just issued to the gateway's own client may name that client where its provider has no audience. */
function requireAudience(claims: JWTPayload, { profile, preset, clientId }: Relation, resource: string): void {
  const { tokenIssuers, acceptedClientIds } = profile;
  const expected = { resource, acceptedClientIds, tokenIssuers, ownClientId: clientId, acceptsOrigin: () => false };
  const verdict = judgeAudience(claims, preset.accessToken, expected);
  if (verdict.ok) return;
  const audience = audienceOf(claims);
  throw new DownstreamError("audience_mismatch", {
    expected: resource,
    seen: audience.length > 0 ? providerWords(audience.join(" ")) : "no aud",
    field: "resource",
    ...advice(preset, verdict.absent ? "AUDIENCE_ABSENT" : "AUDIENCE_MISMATCH"),
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
