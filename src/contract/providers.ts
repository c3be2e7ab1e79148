// Provider presets: how one authorization server differs from the next, as data that one evaluator reads.
import { auth0 } from "./providers/auth0.ts";
import { cognito } from "./providers/cognito.ts";
import { entra } from "./providers/entra.ts";
import { keycloak } from "./providers/keycloak.ts";
import { manual } from "./providers/manual.ts";
import { okta } from "./providers/okta.ts";
import type { ProviderPreset } from "./providers/preset.ts";
import { sqlos } from "./providers/sqlos.ts";
import { workos } from "./providers/workos.ts";

export type {
  AccessTokenRules,
  AudienceRule,
  ClaimPath,
  DiscoveryForm,
  ProviderPreset,
  TenantIssuers,
} from "./providers/preset.ts";

/** The presets that work now. */
export const providerPresets: readonly ProviderPreset[] = [
  ...[manual, auth0, entra, sqlos],
  ...[okta, keycloak, cognito, workos],
];

/** Ids of the presets that work now; a profile with another `providerType` is refused when it is saved. */
export const providerPresetIds: readonly string[] = providerPresets.map((preset) => preset.id);

/** The preset with this id, or null. */
export function findProviderPreset(id: string): ProviderPreset | null {
  return providerPresets.find((preset) => preset.id === id) ?? null;
}
