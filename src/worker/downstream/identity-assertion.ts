// An enterprise's identity assertion (ID-JAG): judged by its own words, then by its issuer's keys, then made a person.
import { errors } from "jose";
import { trustIssuer } from "../oauth/app-token-issuer.ts";
import { shapeOf } from "../oauth/app-token-shape.ts";
import type { Claims } from "../oauth/claim-path.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { enterpriseIdentity, type IdJag, judgeIdJag } from "../oauth/id-jag.ts";
import { identify } from "../oauth/identity-claims.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import type { ProviderMetadata } from "../oauth/provider-metadata.ts";
import { bareProfile } from "./bare-profile.ts";
import { type Parts, presetOf } from "./parts.ts";
import type { IdentityAssertion, IdentityAssertionRequest } from "./port.ts";

/** Throws a DownstreamError; nothing is fetched for an issuer that the profile does not list. */
export async function verifyIdentityAssertion(
  parts: Parts,
  profile: GatewayProfile,
  { token, organizationId, ...addressees }: IdentityAssertionRequest,
): Promise<IdentityAssertion> {
  const shape = shapeOf(token);
  if (shape.kind !== "signed") {
    const seen = shape.kind === "encrypted" ? "an encrypted one (five parts)" : "another text";
    throw new DownstreamError("id_jag_malformed", { field: "assertion", expected: "a signed JWT", seen });
  }
  const { claims } = shape;
  const idJag = judgeIdJag(shape, { ...addressees, issuers: profile.enterpriseIssuers }, parts.settings.now());
  const own = await ownProvider(parts, profile, claims);
  await requireSignature(parts, token, await keysOf(parts, idJag, own));
  // Its own provider's people are the same, whichever door they come by; ID-JAG §3.1 promises the subject of a sign-in.
  const identity = own
    ? await identify({ organizationId, issuer: own.issuer, claimSets: [claims] }, profile, presetOf(profile))
    : await enterpriseIdentity(organizationId, idJag, claims);
  return { identity, idJag };
}

/** The profile's own provider, when it is the one that speaks, under any of its names; its people's issuer is pinned. */
async function ownProvider(
  { discovery }: Parts,
  profile: GatewayProfile,
  claims: Claims,
): Promise<Pick<ProviderMetadata, "issuer" | "jwksUri"> | null> {
  const preset = presetOf(profile);
  try {
    const provider = await discovery.provider(profile, preset);
    const { jwksUri } = trustIssuer(claims, provider, { ...profile, tokenIssuers: [] }, preset);
    return { issuer: profile.pinnedIssuer ?? provider.issuer, jwksUri };
  } catch (error) {
    const another = ["app_token_issuer", "profile_incomplete"];
    if (error instanceof DownstreamError && another.includes(error.reason)) return null;
    throw error;
  }
}

/** What the profile says, or the metadata of an issuer that the profile lists: where an assertion points never counts. */
async function keysOf(parts: Parts, { issuer: { issuer, jwksUri } }: IdJag, own: { jwksUri: string | null } | null) {
  if (jwksUri !== undefined) return jwksUri;
  const bare = bareProfile(issuer);
  const published = own ?? (await parts.discovery.provider(bare, presetOf(bare)));
  if (published.jwksUri !== null) return published.jwksUri;
  const detail = { field: "enterpriseIssuers", expected: `jwksUri, which the metadata of ${issuer} does not say` };
  throw new DownstreamError("profile_incomplete", detail);
}

async function requireSignature(parts: Parts, token: string, jwksUri: string): Promise<void> {
  try {
    await parts.keys.verifySignature(token, jwksUri);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    const unknown = error instanceof errors.JWKSNoMatchingKey;
    throw new DownstreamError(unknown ? "id_jag_key_unknown" : "id_jag_signature", {
      ...(unknown && { field: "enterpriseIssuers", seen: "a kid that is not there" }),
      expected: `a signature of a key of ${jwksUri}`,
    });
  }
}
