// Every form in which the provider may publish its metadata, asked at once; whose metadata it is; whether it will do.

import type { CheckName, Finding } from "../../../contract/management/check.ts";
import type { DiscoveryForm, ProviderPreset } from "../../../contract/providers.ts";
import { discoveryUrls, documentBelow, isIssuerOf } from "../../oauth/discovery-forms.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import {
  type MetadataDocument,
  overlayMetadata,
  type ProviderMetadata,
  readMetadataDocument,
} from "../../oauth/provider-metadata.ts";
import { baseOf, explained, readDocument, type SearchPlace, searchPlace, verdict } from "../discovery.ts";
import { fetchDocument, type GuardedFetch, place as placeOf } from "../http.ts";
import { finding, type Note, refusal } from "./report.ts";

export interface Discovered {
  findings: Finding[];
  document: MetadataDocument | null;
  /** Null when the gateway would not go on with what was found: then nothing may be sent there either. */
  provider: ProviderMetadata | null;
}

interface Tried {
  check: CheckName;
  url: string;
  found: MetadataDocument | null;
  /** Why this is not the document; null for one that fits. */
  error: DownstreamError | null;
}

export async function examineDiscovery(
  guardedFetch: GuardedFetch,
  profile: GatewayProfile,
  preset: ProviderPreset,
): Promise<Discovered> {
  let place: SearchPlace | null;
  try {
    place = searchPlace(profile, preset);
  } catch (error) {
    return { findings: [refusal("discovery", error)], document: null, provider: null };
  }
  if (place === null) return conclude(profile, preset, null, [], { seen: "every endpoint is set by hand" });
  const { urls, expectedIssuer } = place;
  const named = namesOf(profile, preset);
  const tried = await Promise.all(
    urls.map((url) => look(guardedFetch, url, named.get(url) ?? "discovery.metadata-url", expectedIssuer, preset)),
  );
  const chosen = tried.find(({ error }) => error === null);
  const forms = tried.map((one) => formFinding(one, chosen !== undefined));
  if (chosen) return conclude(profile, preset, chosen.found, forms, { seen: placeOf(chosen.url) });
  if (tried.every(({ error }) => error?.reason === "metadata_not_found")) {
    const known = withoutDocument(profile, preset, forms);
    if (known) return known;
  }
  const failures = tried.flatMap(({ url, error }) => (error ? [{ url, error }] : []));
  const other = tried.find(({ found }) => found !== null);
  const findings = [...forms, refusal("discovery", verdict(failures, profile, preset), fixed(other?.found))];
  if (other?.found && expectedIssuer !== null) {
    findings.push(mismatch("authorizationServerUrl", expectedIssuer, other.found.issuer));
  }
  return { findings, document: null, provider: null };
}

/** Endpoints that are set by hand, or known of a provider that publishes none. */
function withoutDocument(profile: GatewayProfile, preset: ProviderPreset, forms: Finding[]): Discovered | null {
  if (profile.authorizationEndpoint && profile.tokenEndpoint) {
    return conclude(profile, preset, null, forms, { seen: "no document; the endpoints that are set by hand" });
  }
  const { endpoints } = preset.discovery;
  const base = baseOf(profile, preset);
  if (!endpoints || !base || profile.metadataUrl) return null;
  const read = readMetadataDocument(documentBelow(base, endpoints));
  return read.ok ? conclude(profile, preset, read.document, forms, { seen: `${preset.name} publishes none` }) : null;
}

function namesOf(profile: GatewayProfile, preset: ProviderPreset): Map<string, CheckName> {
  const base = baseOf(profile, preset);
  if (profile.metadataUrl || !base) return new Map();
  const checkOf = (form: DiscoveryForm) => `discovery.${form}` as const;
  // Forms that give the same URL are one request, under the name of the first.
  const pairs = preset.discovery.forms.toReversed().flatMap((form) => {
    return discoveryUrls(base, [form]).map((url) => [url, checkOf(form)] as const);
  });
  return new Map(pairs);
}

async function look(
  guardedFetch: GuardedFetch,
  url: string,
  check: CheckName,
  expected: string | null,
  preset: ProviderPreset,
): Promise<Tried> {
  try {
    const found = readDocument(await fetchDocument(guardedFetch, url, explained(preset)), url);
    const fits = expected === null || isIssuerOf(expected, found.issuer, preset.discovery.tenantPlaceholder);
    const detail = { expected: expected ?? "", seen: found.issuer.slice(0, 300), field: "authorizationServerUrl" };
    return { check, url, found, error: fits ? null : new DownstreamError("metadata_issuer_mismatch", detail) };
  } catch (error) {
    if (!(error instanceof DownstreamError)) throw error;
    return { check, url, found: null, error };
  }
}

/** Beside a form that answered, one that does not exist is nothing to mend; one that fails may become a fault. */
function formFinding({ check, url, found, error }: Tried, chosen: boolean): Finding {
  if (error === null) return finding(check, "pass", { seen: `${placeOf(url)}: issuer ${found?.issuer ?? ""}` });
  const words = error.detail.seen ?? "no document";
  const seen = words.startsWith(placeOf(url)) ? words : `${placeOf(url)}: ${words}`;
  if (!chosen) return refusal(check, error, { seen });
  if (error.reason === "metadata_not_found") return finding(check, "skip", { seen });
  return { ...refusal(check, error, { seen }), status: "warn" };
}

/** What the gateway makes of the document, with the profile's own fields laid over it. */
function conclude(
  profile: GatewayProfile,
  preset: ProviderPreset,
  document: MetadataDocument | null,
  forms: Finding[],
  where: Note,
): Discovered {
  const pkce = pkceFinding(document);
  try {
    const provider = overlayMetadata(profile, document, preset.discovery);
    const issuer = issuerFinding(profile, provider, document);
    const kind = document === null && forms.length > 0 ? "warn" : document === null ? "skip" : "pass";
    const findings = [...forms, finding("discovery", kind, where), issuer, pkce];
    return { findings, document, provider: issuer.status === "fail" ? null : provider };
  } catch (error) {
    const unusable = pkce.status === "fail" ? finding("discovery", "pass", where) : refusal("discovery", error);
    return { findings: [...forms, unusable, pkce], document, provider: null };
  }
}

function pkceFinding(document: MetadataDocument | null): Finding {
  const methods = document?.code_challenge_methods_supported ?? [];
  const expected = "S256 in code_challenge_methods_supported, or no word about it";
  if (methods.length === 0)
    return finding("pkce", "pass", { expected, seen: "not mentioned; S256 is sent all the same" });
  const seen = methods.join(" ");
  if (methods.includes("S256")) return finding("pkce", "pass", { expected, seen });
  const fix = "Enable PKCE with S256 at the provider.";
  return finding("pkce", "fail", { reason: "metadata_invalid", expected, seen, fix });
}

function issuerFinding(
  profile: GatewayProfile,
  provider: ProviderMetadata,
  document: MetadataDocument | null,
): Finding {
  const { pinnedIssuer } = profile;
  const field = profile.issuer ? "issuer" : profile.metadataUrl ? "metadataUrl" : "authorizationServerUrl";
  if (pinnedIssuer !== null && pinnedIssuer !== provider.issuer) {
    const fix = `Lead the profile back to ${pinnedIssuer}: its users are known under that issuer.`;
    return mismatch(field, pinnedIssuer, provider.issuer, fix);
  }
  const expected = profile.issuer ?? pinnedIssuer ?? profile.authorizationServerUrl ?? undefined;
  if (document === null) return finding("issuer", "pass", { expected, seen: `set by hand: ${provider.issuer}` });
  return finding("issuer", "pass", { expected, seen: says(expected ?? document.issuer, document.issuer) });
}

function mismatch(field: string, expected: string, seen: string, fix = `Set ${field} to ${seen}`): Finding {
  return finding("issuer", "fail", {
    ...{ reason: "metadata_issuer_mismatch", field, expected, seen: says(expected, seen), fix },
  });
}

function fixed(found: MetadataDocument | null | undefined): Note {
  return found ? { field: "authorizationServerUrl", fix: `Set authorizationServerUrl to ${found.issuer}` } : {};
}

function says(expected: string, documented: string): string {
  const difference = howTheyDiffer(expected, documented);
  return `document says ${documented}${difference === null ? "" : ` (${difference})`}`;
}

/** What the eye does not see in two issuers that are nearly the same; null when it is plain, or nothing. */
function howTheyDiffer(expected: string, seen: string): string | null {
  if (seen === `${expected}/`) return "one slash more at its end";
  if (`${seen}/` === expected) return "one slash less at its end";
  if (seen === expected) return null;
  if (seen.toLowerCase() === expected.toLowerCase()) return "other capitals";
  const bare = (text: string) => text.replace(/^https?:/, "");
  return bare(seen) === bare(expected) ? "another scheme" : null;
}
