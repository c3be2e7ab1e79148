// Provider presets: how one authorization server differs from the next, as data that one evaluator reads.
import { auth0 } from "./providers/auth0.ts";
import { clerk } from "./providers/clerk.ts";
import { cognito } from "./providers/cognito.ts";
import { descope } from "./providers/descope.ts";
import { entra } from "./providers/entra.ts";
import { github } from "./providers/github.ts";
import { google } from "./providers/google.ts";
import { keycloak } from "./providers/keycloak.ts";
import { logto } from "./providers/logto.ts";
import { manual } from "./providers/manual.ts";
import { oidcProvider } from "./providers/oidc-provider.ts";
import { okta } from "./providers/okta.ts";
import type { ProviderPreset } from "./providers/preset.ts";
import { sqlos } from "./providers/sqlos.ts";
import { stytch } from "./providers/stytch.ts";
import { workos } from "./providers/workos.ts";
import { zitadel } from "./providers/zitadel.ts";

export type {
  AccessTokenRules,
  AudienceRule,
  ClaimPath,
  OwnCheck,
  ProviderCall,
  TenantIssuers,
} from "./providers/access-token.ts";
export type { FieldName, PresetField } from "./providers/fields.ts";
export type {
  AuthMethod,
  DiscoveryForm,
  DiscoveryRules,
  ErrorRule,
  ProviderPreset,
  RevocationCall,
  Step,
} from "./providers/preset.ts";
export { usualAnswer, usualPreset } from "./providers/preset.ts";
export { usualErrors } from "./providers/usual-errors.ts";

/** In the order in which people are offered them. */
export const providerPresets: readonly ProviderPreset[] = [
  ...[manual, auth0, entra, okta, google, github, keycloak, cognito],
  ...[workos, clerk, stytch, descope, logto, zitadel, sqlos, oidcProvider],
];

/** Ids of the presets that work now; a profile with another `providerType` is refused when it is saved. */
export const providerPresetIds: readonly string[] = providerPresets.map((preset) => preset.id);

/** The preset with this id, or null. */
export function findProviderPreset(id: string): ProviderPreset | null {
  return providerPresets.find((preset) => preset.id === id) ?? null;
}

/** The preset that an address belongs to by its host and path; null when none or no URL. Nothing is fetched. */
export function recogniseProvider(url: string): ProviderPreset | null {
  if (!URL.canParse(url)) return null;
  const { hostname, pathname } = new URL(url);
  const place = `${hostname}${pathname}`;
  return providerPresets.find(({ recognise }) => recognise.some((pattern) => pattern.test(place))) ?? null;
}
