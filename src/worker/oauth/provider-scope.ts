// Scopes on their way to a provider and back: what is asked for, what it is called there, and what was granted.
import type { ProviderPreset } from "../../contract/providers.ts";
import type { GatewayProfile } from "./profile.ts";
import type { ProviderMetadata } from "./provider-metadata.ts";

type Preset = Pick<ProviderPreset, "authorize" | "scopes" | "refresh">;

export interface ScopeWish {
  profile: Pick<GatewayProfile, "scopes" | "resource">;
  provider: Pick<ProviderMetadata, "scopes">;
  preset: Preset;
  /** Of the MCP client's request. */
  mcpScope: readonly string[];
  /** Nothing that outlives this sign-in is asked for. */
  identityOnly?: boolean | undefined;
}

const offlineAccess = "offline_access";
/** OIDC Core §5.4, §11: never an API's. */
const ofOpenid = ["openid", "profile", "email", "address", "phone", offlineAccess];

/** The profile's scopes, the MCP-facing ones, and what the preset needs for refresh tokens and for the API. */
export function wantedScope({ profile, provider, preset, mcpScope, identityOnly }: ScopeWish): string[] {
  const scope = new Set([...profile.scopes, ...mcpScope, ...preset.scopes.extra]);
  const { ask } = preset.refresh;
  if (ask.by === "scope") {
    const advertised = provider.scopes.includes(offlineAccess) && scope.has("openid");
    if (ask.when === "always" || advertised) scope.add(offlineAccess);
  }
  if (identityOnly) scope.delete(offlineAccess);
  const { audience } = preset.authorize;
  if (audience.kind === "extra-scope" && profile.resource) {
    scope.add(audience.template.replace("{resource}", profile.resource));
  }
  return [...scope];
}

/** The same scopes as this provider wants them written. */
export function writtenScope(
  scope: readonly string[],
  { authorize: { audience }, scopes: { names } }: Pick<Preset, "authorize" | "scopes">,
  resource: string | null,
): string[] {
  if (audience.kind !== "scope-prefix" || resource === null) return [...scope];
  const template = audience.template.replace("{resource}", resource);
  const isWhole = (one: string) => ofOpenid.includes(one) || shortName(one, names) !== one;
  return scope.map((one) => (isWhole(one) ? one : template.replace("{scope}", () => one)));
}

/** What makes a provider give a refresh token, beside the scope. */
export function refreshParameters(
  { refresh: { ask } }: Pick<Preset, "refresh">,
  scope: readonly string[],
): Readonly<Record<string, string>> {
  if (ask.by === "parameters") return ask.parameters;
  if (ask.by === "nothing" || !ask.consent || !scope.includes(offlineAccess)) return {};
  // OIDC Core §11: without consent a provider may ignore offline_access.
  return scope.includes("openid") ? { prompt: "consent" } : {};
}

/** True when the preset had a refresh token asked for, so that none is worth a word. */
export function asksForRefresh({ refresh: { ask } }: Pick<Preset, "refresh">, scope: readonly string[]): boolean {
  return ask.by === "parameters" || (ask.by === "scope" && scope.includes(offlineAccess));
}

/** Of the asked scopes those that were granted, whichever of their names the provider used. */
export function amongGranted(
  asked: readonly string[],
  granted: readonly string[],
  { names }: ProviderPreset["scopes"],
): string[] {
  const called = new Set([...granted, ...granted.map((scope) => shortName(scope, names))]);
  return asked.filter((scope) => called.has(scope) || called.has(shortName(scope, names)));
}

export function shortName(scope: string, names: ProviderPreset["scopes"]["names"]): string {
  const known = names.find(({ matches }) => matches.test(scope));
  return known ? scope.replace(known.matches, known.to) : scope;
}
