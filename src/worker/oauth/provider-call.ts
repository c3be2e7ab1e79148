// Calls to a provider's own API: where it is, and what of its answer becomes claims.
import type { ProviderCall, ProviderPreset } from "../../contract/providers.ts";
import { type Claims, claimAt } from "./claim-path.ts";
import type { ProviderMetadata } from "./provider-metadata.ts";

/** The address with `{tokenOrigin}`, `{apiBase}`, `{issuer}` and `{clientId}` filled in; null when one is not known. */
export function addressOf(
  template: string,
  provider: Pick<ProviderMetadata, "issuer" | "tokenEndpoint">,
  { discovery }: Pick<ProviderPreset, "discovery">,
  clientId: string | null,
): string | null {
  const { tokenEndpoint, issuer } = provider;
  const base = discovery.apiBase.find(({ matches }) => matches.test(tokenEndpoint));
  const values: Record<string, string | undefined> = {
    tokenOrigin: URL.parse(tokenEndpoint)?.origin,
    apiBase: base && tokenEndpoint.replace(base.matches, base.to),
    issuer: issuer.replace(/\/$/, ""),
    clientId: clientId === null ? undefined : encodeURIComponent(clientId),
  };
  const missing = [...template.matchAll(/\{(\w+)\}/g)].some(([, name = ""]) => !values[name]);
  return missing ? null : template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}

/** The named members as claims, and no others: `exp` as epoch seconds, whether it came as number, text or date. */
export function claimsFrom(answer: Claims, { claims }: Pick<ProviderCall, "claims">): Claims {
  const named = Object.entries(claims).flatMap(([name, path]) => {
    const value = claimAt(answer, path);
    return value === undefined || value === null ? [] : [[name, name === "exp" ? timeOf(value) : value] as const];
  });
  return Object.fromEntries(named);
}

function timeOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? value : Math.floor(date / 1000);
}
