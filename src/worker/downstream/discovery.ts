// Discovery: finding a provider's metadata in every form that providers publish it, and whose metadata it is.
import type { ProviderPreset } from "../../contract/providers.ts";
import { discoveryUrls, documentBelow, isIssuerOf } from "../oauth/discovery-forms.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import { advice, diagnose, failureIn } from "../oauth/provider-failure.ts";
import {
  isSetByHand,
  type MetadataDocument,
  overlayMetadata,
  type ProviderMetadata,
  readMetadataDocument,
} from "../oauth/provider-metadata.ts";
import { type Copy, createCopies } from "./copies.ts";
import { fetchDocument, type GuardedFetch, NoAnswer, place } from "./http.ts";
import type { KeySetParts } from "./key-sets.ts";

export interface Discovery {
  /**
   * The profile's provider, from copies where they are good. Throws a DownstreamError: metadata_not_found,
   * metadata_invalid, metadata_issuer_mismatch, profile_incomplete, outbound_refused or provider_unavailable; for a
   * search `seen` tells each URL tried with what it answered.
   */
  provider(profile: GatewayProfile, preset: ProviderPreset): ProviderMetadata | Promise<ProviderMetadata>;
  /** The same, asking the provider itself. */
  providerNow(profile: GatewayProfile, preset: ProviderPreset): Promise<ProviderMetadata>;
}

export function createDiscovery({ guardedFetch, ...parts }: KeySetParts): Discovery {
  const copies = createCopies({ kind: "metadata", ...parts, parse: parseCopy });
  // A profile is one object as long as its snapshot is in memory, and is never changed.
  const found = new WeakMap<GatewayProfile, Found>();

  function remembered(profile: GatewayProfile): ProviderMetadata | null {
    const last = found.get(profile);
    if (!last) return null;
    return last.place === null || copies.held(last.place.key) === last.copy ? last.provider : null;
  }

  async function discover(profile: GatewayProfile, preset: ProviderPreset, how: "read" | "renew") {
    const place = isSetByHand(profile) ? null : searchPlace(profile, preset);
    const copy = place && (await copies[how](place.key, () => search(place, profile, preset, guardedFetch)));
    const provider = overlayMetadata(profile, copy?.value ?? null, preset.discovery);
    if (profile.pinnedIssuer !== null && profile.pinnedIssuer !== provider.issuer) {
      // Every identity of this profile is keyed under the pinned issuer, and the client's secret was meant for it.
      throw issuerMismatch(profile.pinnedIssuer, provider.issuer);
    }
    found.set(profile, { place, copy, provider });
    return provider;
  }

  return {
    provider: (profile, preset) => remembered(profile) ?? discover(profile, preset, "read"),
    providerNow: (profile, preset) => discover(profile, preset, "renew"),
  };
}

/** What a profile's document came to. */
interface Found {
  place: SearchPlace | null;
  copy: Copy<MetadataDocument | null> | null;
  provider: ProviderMetadata;
}

export interface SearchPlace {
  urls: readonly string[];
  /** Null: whatever issuer the document names is the one. */
  expectedIssuer: string | null;
  /** Everything that the outcome of the search depends on. */
  key: string;
}

/** Where a profile's document may be; null when everything is set by hand. Throws a DownstreamError. */
export function searchPlace(profile: GatewayProfile, preset: ProviderPreset): SearchPlace | null {
  const byHand = hasEndpoints(profile) ? "by hand" : "";
  if (profile.metadataUrl) {
    return { urls: [profile.metadataUrl], expectedIssuer: null, key: `${preset.id} ${profile.metadataUrl} ${byHand}` };
  }
  const base = baseOf(profile, preset);
  if (!base) {
    if (byHand) return null;
    throw new DownstreamError("profile_incomplete", { field: "authorizationServerUrl" });
  }
  if (!URL.canParse(base)) {
    throw new DownstreamError("outbound_refused", { field: "authorizationServerUrl", expected: "an absolute URL" });
  }
  const urls = discoveryUrls(base, preset.discovery.forms);
  // An issuer set by hand says that the document's is known to differ (P-81).
  const expectedIssuer = profile.issuer === null ? base : null;
  return { urls, expectedIssuer, key: [preset.id, ...urls, expectedIssuer ?? "", byHand].join(" ") };
}

/** What the profile says, or where this provider always is. */
export function baseOf(profile: GatewayProfile, { discovery }: ProviderPreset): string | null {
  const { authorizationServerUrl: named } = profile;
  if (named === null) return hasEndpoints(profile) ? null : discovery.authorizationServer;
  const bare = discovery.usualPath !== null && URL.parse(named)?.pathname === "/";
  return bare ? `${named.replace(/\/$/, "")}${discovery.usualPath}` : named;
}

function hasEndpoints(profile: GatewayProfile): boolean {
  return Boolean(profile.authorizationEndpoint && profile.tokenEndpoint);
}

/** The first document whose issuer fits, as JSON text; "null" when there is none and the profile can do without. */
async function search(
  place: SearchPlace,
  profile: GatewayProfile,
  preset: ProviderPreset,
  guardedFetch: GuardedFetch,
): Promise<string> {
  const { discovery } = preset;
  const failures: { url: string; error: DownstreamError }[] = [];
  for (const url of place.urls) {
    try {
      const document = readDocument(await fetchDocument(guardedFetch, url, explained(preset)), url);
      const { issuer } = document;
      if (place.expectedIssuer === null || isIssuerOf(place.expectedIssuer, issuer, discovery.tenantPlaceholder)) {
        return JSON.stringify(document);
      }
      failures.push({ url, error: issuerMismatch(place.expectedIssuer, issuer) });
    } catch (error) {
      if (!(error instanceof DownstreamError)) throw error;
      failures.push({ url, error });
      if (error instanceof NoAnswer) break;
    }
  }
  const absent = failures.every(({ error }) => error.reason === "metadata_not_found");
  if (absent && hasEndpoints(profile)) return "null";
  const base = profile.metadataUrl ? null : baseOf(profile, preset);
  if (absent && base && discovery.endpoints) return JSON.stringify(documentBelow(base, discovery.endpoints));
  throw verdict(failures, profile, preset);
}

/** What a refusal's body means, where the provider says more than that nothing is there. */
export function explained(preset: ProviderPreset) {
  return (body: string) => {
    const json = parseJson(body);
    const failure = typeof json === "object" && json !== null ? failureIn({ ...json }, preset.answer) : null;
    return failure ? advice(preset, diagnose(preset, "discovery", failure)) : {};
  };
}

/** The most telling of the failures, with what every URL answered. */
export function verdict(
  failures: readonly { url: string; error: DownstreamError }[],
  profile: GatewayProfile,
  preset: Pick<ProviderPreset, "hints"> = { hints: {} },
) {
  const order = ["metadata_issuer_mismatch", "provider_unavailable", "metadata_invalid", "outbound_refused"];
  const worst = order.flatMap((reason) => failures.filter(({ error }) => error.reason === reason))[0]?.error;
  const tried = failures.map(({ url, error }) => {
    const seen = error.detail.seen ?? "";
    return seen.startsWith(place(url)) ? seen : `${place(url)}: ${seen}`;
  });
  const field = profile.metadataUrl ? "metadataUrl" : "authorizationServerUrl";
  const expected = worst?.detail.expected ?? "a discovery document";
  const reason = worst?.reason ?? "metadata_not_found";
  const known = failures.map(({ error }) => error.detail).find(({ diagnosis }) => diagnosis !== undefined);
  return new DownstreamError(
    reason,
    {
      ...(known ? { diagnosis: known.diagnosis, hint: known.hint } : advice(preset, usualDiagnosis(reason))),
      expected,
      seen: worst?.reason === "metadata_issuer_mismatch" ? (worst.detail.seen ?? "") : tried.join("; "),
      field,
    },
    worst?.transient ?? false,
  );
}

function usualDiagnosis(reason: DownstreamError["reason"]) {
  if (reason === "metadata_not_found") return "DISCOVERY_NOT_FOUND";
  return reason === "metadata_issuer_mismatch" ? "DISCOVERY_ISSUER_MISMATCH" : null;
}

/** Throws metadata_invalid, naming the member. */
export function readDocument(text: string, url: string): MetadataDocument {
  const read = readMetadataDocument(parseJson(text));
  if (read.ok) return read.document;
  throw new DownstreamError("metadata_invalid", {
    expected: "a JSON object with issuer and endpoints",
    seen: `${place(url)}: ${read.problem}`,
  });
}

function parseCopy(text: string): MetadataDocument | null {
  const json = parseJson(text);
  if (json === null) return null;
  const read = readMetadataDocument(json);
  if (read.ok) return read.document;
  throw new DownstreamError("metadata_invalid", { seen: read.problem });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function issuerMismatch(expected: string, seen: string): DownstreamError {
  return new DownstreamError("metadata_issuer_mismatch", { expected, seen: seen.slice(0, 300), field: "issuer" });
}
