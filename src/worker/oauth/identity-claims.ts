// From verified claims to a person: pinned issuer, stable subject, workspace, and the one user id made of them.
import { idPrefix } from "../../contract/ids.ts";
import type { ProviderPreset } from "../../contract/providers.ts";
import { type Claims, claimText, firstClaim, overridePaths } from "./claim-path.ts";
import { sha256 } from "./digest.ts";
import type { Identity } from "./downstream.ts";
import { DownstreamError } from "./downstream-error.ts";
import type { GatewayProfile } from "./profile.ts";

type IdentityFields = Pick<GatewayProfile, "subjectClaim" | "workspaceClaim" | "emailClaim">;

/** The stable user within the issuer, or null when these claims do not name one. */
export function subjectOf(claims: Claims, profile: IdentityFields, preset: ProviderPreset): string | null {
  if (profile.subjectClaim) return firstClaim(claims, overridePaths(profile.subjectClaim));
  for (const parts of preset.identity.subject) {
    const values = parts.map((path) => claimText(claims, path)).filter((value) => value !== null);
    if (values.length === parts.length) return values.join(":");
  }
  return null;
}

/** The provider's tenant or organization, or null. */
export function workspaceOf(claims: Claims, profile: IdentityFields, preset: ProviderPreset): string | null {
  return firstClaim(claims, profile.workspaceClaim ? overridePaths(profile.workspaceClaim) : preset.identity.workspace);
}

/**
 * Who these verified claim sets speak of. The subject comes from the first set that names one; workspace and e-mail
 * may stand in any. The issuer is the one pinned in the profile, never a token's own: several accepted issuers of one
 * provider must land on one user. Throws identity_missing when no set names a subject.
 */
export async function identify(
  person: { organizationId: string; issuer: string; claimSets: readonly Claims[] },
  profile: IdentityFields,
  preset: ProviderPreset,
): Promise<Identity> {
  const { organizationId, issuer, claimSets } = person;
  const first = (find: (claims: Claims) => string | null) => {
    for (const claims of claimSets) {
      const text = find(claims);
      if (text !== null) return text;
    }
    return null;
  };
  const subject = first((claims) => subjectOf(claims, profile, preset));
  if (subject === null) {
    const wanted = profile.subjectClaim ?? preset.identity.subject.map((parts) => parts.join(" and ")).join(" or ");
    const names = claimSets.flatMap((claims) => Object.keys(claims));
    throw new DownstreamError("identity_missing", {
      expected: `claim ${wanted}`,
      seen: names.length > 0 ? `claims ${[...new Set(names)].slice(0, 40).join(", ")}` : "no claims",
      field: "subjectClaim",
    });
  }
  const emailPaths = profile.emailClaim ? overridePaths(profile.emailClaim) : preset.identity.email;
  return {
    userId: await appUserId(organizationId, issuer, subject),
    issuer,
    subject,
    workspace: first((claims) => workspaceOf(claims, profile, preset)),
    email: first((claims) => firstClaim(claims, emailPaths)),
  };
}

/** `usr_` and 22 characters of base64url: the same person has the same id through either door, in any client. */
export async function appUserId(organizationId: string, issuer: string, subject: string): Promise<string> {
  const hash = await sha256(JSON.stringify([organizationId, issuer, subject]));
  return `${idPrefix.user}_${hash.slice(0, 22)}`;
}
