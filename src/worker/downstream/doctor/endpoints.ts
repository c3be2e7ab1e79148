// The provider's endpoints: whether they may be called and answer, and what the metadata offers beside the usual.
import type { CheckName, Finding } from "../../../contract/management/check.ts";
import type { ProviderPreset } from "../../../contract/providers.ts";
import { refuseNavigation, refuseOutbound } from "../../oauth/outbound-url.ts";
import type { MetadataDocument, ProviderMetadata } from "../../oauth/provider-metadata.ts";
import { place } from "../http.ts";
import type { Parts } from "../parts.ts";
import type { Examination } from "./port.ts";
import { finding, refusal } from "./report.ts";

/** Where the browser goes and where the gateway goes: two rules, and a plain GET that commits to nothing. */
export function examineEndpoints(parts: Parts, provider: ProviderMetadata): Promise<Finding[]> {
  return Promise.all([
    reach(parts, "endpoints.authorization", "authorizationEndpoint", provider.authorizationEndpoint),
    reach(parts, "endpoints.token", "tokenEndpoint", provider.tokenEndpoint),
  ]);
}

async function reach({ guardedFetch, settings }: Parts, check: CheckName, field: string, url: string) {
  const byBrowser = field === "authorizationEndpoint";
  const refused = byBrowser ? refuseNavigation(url, settings) : refuseOutbound(url, settings);
  if (refused) {
    const expected = `an address that ${refused}`;
    return finding(check, "fail", { reason: "outbound_refused", expected, seen: place(url), field });
  }
  if (refuseOutbound(url, settings)) {
    return finding(check, "warn", { seen: `${place(url)}: browsers may reach it, the gateway cannot look`, field });
  }
  const expected = "an answer, whatever its status";
  try {
    const { status } = await guardedFetch(url, { glance: {} });
    const seen = `${place(url)}: status ${status}`;
    if (status < 500) return finding(check, "pass", { expected, seen });
    return finding(check, "fail", { reason: "provider_unavailable", expected, seen, field });
  } catch (error) {
    return refusal(check, error, { expected, field });
  }
}

/** What the document says by itself. */
export function examineOffers(
  { profile, registrationEndpoint }: Pick<Examination, "profile" | "registrationEndpoint">,
  preset: ProviderPreset,
  provider: ProviderMetadata,
  document: MetadataDocument | null,
): Finding[] {
  const { revocationEndpoint, introspectionEndpoint, sendsIssuer } = provider;
  const own = preset.revocation === null ? null : "not advertised; the provider's own call is made";
  const revocation = revocationEndpoint ? place(revocationEndpoint) : own;
  const secret = profile.clientSecretsSealed.length > 0 ? "" : "; without a client secret it cannot be asked";
  return [
    revocation
      ? finding("revocation", "pass", { seen: revocation })
      : finding("revocation", "warn", {
          expected: "revocation_endpoint",
          seen: "not advertised",
          fix: "Nothing to do here; a sign-in that is revoked at the gateway lives on at the provider until it ends there.",
        }),
    introspectionEndpoint
      ? finding("introspection", "pass", { seen: `${place(introspectionEndpoint)}${secret}` })
      : finding("introspection", "skip", { seen: "not advertised; needed for apps with opaque tokens only" }),
    sendsIssuer
      ? finding("callback-issuer", "pass", { seen: "advertised; an answer without iss is refused" })
      : finding("callback-issuer", "pass", { seen: "not advertised; checked where it is sent" }),
    registrationFinding(registrationEndpoint ?? memberOf(document, "registration_endpoint"), profile.clientId),
  ];
}

function registrationFinding(endpoint: string | null, clientId: string | null): Finding {
  if (endpoint) return finding("registration", "pass", { seen: place(endpoint) });
  const seen = clientId ? "not offered; not needed, the profile has its clientId" : "not offered";
  return finding("registration", "skip", { seen });
}

function memberOf(document: MetadataDocument | null, name: string): string | null {
  const value = document?.[name];
  return typeof value === "string" && value !== "" ? value : null;
}
