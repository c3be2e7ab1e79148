// Whose tokens a profile accepts, and with whose keys they are verified: decided before any key is fetched.
import type { ProviderPreset, TenantIssuers } from "../../contract/providers.ts";
import { type Claims, claimText } from "./claim-path.ts";
import { DownstreamError } from "./downstream-error.ts";
import type { GatewayProfile } from "./profile.ts";
import type { ProviderMetadata } from "./provider-metadata.ts";
import { providerWords } from "./provider-words.ts";

type Provider = Pick<ProviderMetadata, "issuer" | "jwksUri" | "tokenEndpoint">;
type Profile = Pick<GatewayProfile, "allowedTenants" | "tokenIssuers"> & Partial<Pick<GatewayProfile, "resource">>;

export interface TrustedIssuer {
  jwksUri: string | null;
  /** The tenant that the issuer is made of; null where issuers have none. */
  tenant: string | null;
}

/**
 * Exact comparison throughout: a slash more or less is another issuer (RFC 8414 §3.3). Where issuers are made of a
 * tenant, the tenant must be the token's own and one of the profile's: keys are shared by all tenants there, so that a
 * foreign one's tokens verify as well. Throws app_token_issuer, or profile_incomplete when no tenant is known.
 */
export function trustIssuer(
  claims: Claims,
  provider: Provider,
  profile: Profile,
  { accessToken: { tenants, issuerAliases } }: ProviderPreset,
): TrustedIssuer {
  const { iss } = claims;
  const further = profile.tokenIssuers.find(({ issuer }) => issuer === iss);
  if (further) return { jwksUri: further.jwksUri, tenant: null };
  const own = tenants && tenantOf(provider.issuer, tenants, provider);
  const tenant = tenants && typeof iss === "string" ? tenantOf(iss, tenants, provider) : null;
  if (tenants && (own !== null || tenant !== null)) {
    requireTenant(tenant, knownTenants(profile, own, tenants), iss);
    const claimed = claimText(claims, tenants.claim)?.toLowerCase();
    if (claimed !== tenant) throw refused(`${tenants.claim.join(".")} ${tenant}`, claimed ?? "none");
    return { jwksUri: provider.jwksUri, tenant };
  }
  const aliases = aliasesOf(issuerAliases, provider, profile);
  if (iss === provider.issuer || aliases.some((alias) => alias === iss)) {
    return { jwksUri: provider.jwksUri, tenant: null };
  }
  throw refused([provider.issuer, ...profile.tokenIssuers.map(({ issuer }) => issuer)].join(" or "), iss);
}

/** Other words that the provider has for the same issuer. */
export function aliasesOf(
  aliases: ProviderPreset["accessToken"]["issuerAliases"],
  { issuer, jwksUri }: Pick<Provider, "issuer" | "jwksUri">,
  { resource = null }: Partial<Pick<GatewayProfile, "resource">>,
): string[] {
  const known = { issuer, jwksUri, resource };
  return aliases.flatMap(({ from, matches, to }) => {
    const text = known[from];
    return text !== null && matches.test(text) ? [text.replace(matches, to)] : [];
  });
}

/** The profile's list; without one, the tenant that the metadata itself is of. */
function knownTenants({ allowedTenants }: Profile, own: string | null, { placeholder }: TenantIssuers): string[] {
  const listed = allowedTenants.length > 0 || own === null ? allowedTenants : [own];
  const known = listed.map((id) => id.toLowerCase()).filter((id) => id !== placeholder);
  if (known.length > 0) return known;
  throw new DownstreamError("profile_incomplete", { field: "allowedTenants", expected: "ids of the tenants" });
}

function requireTenant(tenant: string | null, known: readonly string[], issuer: unknown): void {
  if (tenant !== null && known.includes(tenant)) return;
  // One tenant may be named; a list of them is a list of the operator's customers.
  const [only = "", ...more] = known;
  throw refused(
    more.length === 0 ? `an issuer of tenant ${only}` : "an issuer of one of the profile's tenants",
    issuer,
  );
}

/** Whether a key may sign for this tenant: one that names its issuer signs for that one alone, or for all of them. */
export function keyFitsTenant(
  key: Readonly<Record<string, unknown>>,
  tenant: string,
  tenants: TenantIssuers,
  provider: Provider,
): boolean {
  if (!tenants.keysNameIssuer || key.issuer === undefined) return true;
  const named = typeof key.issuer === "string" ? tenantOf(key.issuer, tenants, provider) : null;
  return named === tenant || named === tenants.placeholder;
}

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** The tenant, or the placeholder, in an issuer of one of the templates; null for any other issuer. */
function tenantOf(issuer: string, tenants: TenantIssuers, provider: Provider): string | null {
  const slot = new RegExp(`(?:${uuid}|${literally(tenants.placeholder)})`, "i");
  const tenant = slot.exec(issuer)?.[0];
  if (tenant === undefined) return null;
  const origin = URL.parse(provider.tokenEndpoint)?.origin ?? "";
  const fits = tenants.templates.some(
    (template) => template.replaceAll("{tokenOrigin}", origin).replaceAll("{tenant}", tenant) === issuer,
  );
  return fits ? tenant.toLowerCase() : null;
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function refused(expected: string, seen: unknown): DownstreamError {
  const told = typeof seen === "string" ? providerWords(seen) : "no iss";
  return new DownstreamError("app_token_issuer", { expected, seen: told, field: "authorizationServerUrl" });
}
