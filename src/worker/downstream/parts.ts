// What the steps of the downstream client share, and what the worker hands in.
import { findProviderPreset, type ProviderPreset, type Step } from "../../contract/providers.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import type { ProviderMetadata } from "../oauth/provider-metadata.ts";
import { wantedScope, writtenScope } from "../oauth/provider-scope.ts";
import type { Secret } from "../oauth/secret.ts";
import type { CopyPlace, CopyStore } from "./copies.ts";
import type { Discovery } from "./discovery.ts";
import type { GuardedFetch, OutboundSettings } from "./http.ts";
import type { Keys } from "./keys.ts";

export interface ConnectorSettings extends OutboundSettings {
  /** Epoch seconds. */
  now(): number;
  copies: CopyStore;
  background?: CopyPlace["background"];
  /** Opens one of `profile.clientSecretsSealed`; throws when it cannot. */
  openSecret(gatewayId: string, sealed: string): Promise<Secret>;
  /** What is registered at the provider as this profile's redirect URI. */
  callbackUrl(gatewayId: string): string;
}

export interface Parts {
  settings: ConnectorSettings;
  guardedFetch: GuardedFetch;
  discovery: Discovery;
  keys: Keys;
}

/** One profile with everything that is known of its provider: what each step works on. */
export interface Relation {
  profile: GatewayProfile;
  preset: ProviderPreset;
  provider: ProviderMetadata;
  clientId: string;
}

/** Throws a DownstreamError when the profile is incomplete or its provider cannot be found. */
export async function relationOf(parts: Parts, profile: GatewayProfile): Promise<Relation> {
  const preset = presetOf(profile);
  if (!profile.clientId) {
    throw new DownstreamError("profile_incomplete", { field: "clientId", expected: "the client registered there" });
  }
  const provider = await parts.discovery.provider(profile, preset);
  return { profile, preset, provider, clientId: profile.clientId };
}

/** Throws profile_incomplete for a `providerType` that no preset serves. */
export function presetOf(profile: GatewayProfile): ProviderPreset {
  const preset = findProviderPreset(profile.providerType);
  if (preset) return preset;
  throw new DownstreamError("profile_incomplete", { field: "providerType", seen: profile.providerType.slice(0, 100) });
}

/** How the API is named to this provider; the MCP client's own resource never goes there. */
export function resourceParameter(relation: Relation, step: Step): Record<string, string> {
  const { profile, preset } = relation;
  const { audience, drop } = preset.authorize;
  const own = audience.kind === "parameter" ? audience : { name: "none" as const, at: [] };
  const name = profile.resourceParameter ?? own.name;
  if (!profile.resource || name === "none" || drop.includes(name)) return {};
  // RFC 8707 §2.2: at the token endpoint as well. `audience` is known at the authorization endpoint only.
  const at: readonly Step[] = name === own.name ? own.at : name === "resource" ? everyStep : ["authorize"];
  return at.includes(step) ? { [name]: profile.resource } : {};
}

const everyStep: readonly Step[] = ["authorize", "token", "refresh"];

/** What the steps behind the browser's say of scopes: nothing, except where a provider forgets what it was asked. */
export function scopeParameter(relation: Relation, step: "token" | "refresh", mcpScope: readonly string[]) {
  const { profile, preset, provider } = relation;
  if (!preset.scopes.sentAt.includes(step)) return {};
  const scope = writtenScope(wantedScope({ profile, provider, preset, mcpScope }), preset, profile.resource);
  return { scope: scope.join(" ") };
}
