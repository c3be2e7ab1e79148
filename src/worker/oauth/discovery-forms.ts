// Where an authorization server may publish its metadata, and whose metadata a document is.
import type { DiscoveryForm, ProviderPreset } from "../../contract/providers.ts";

/**
 * The URLs to try, in the order of the forms and without repetition. One trailing slash of the base is not part of
 * the path (RFC 8414 §3.1, OIDC Discovery §4.1). Throws a TypeError when the base is not a URL.
 */
export function discoveryUrls(base: string, forms: readonly DiscoveryForm[]): string[] {
  const { origin, pathname } = new URL(base);
  const path = pathname.replace(/\/$/, "");
  const place: Record<DiscoveryForm, string> = {
    "oidc-append": `${origin}${path}/.well-known/openid-configuration`,
    "oidc-insert": `${origin}/.well-known/openid-configuration${path}`,
    "oauth-insert": `${origin}/.well-known/oauth-authorization-server${path}`,
    "oauth-append": `${origin}${path}/.well-known/oauth-authorization-server`,
  };
  return [...new Set(forms.map((form) => place[form]))];
}

/**
 * Exact (P-81, RFC 8414 §3.3), except that an origin and the same origin with a slash are one issuer, and that a
 * document which speaks for many tenants writes a placeholder where its address names them all.
 */
export function isIssuerOf(
  configured: string,
  documented: string,
  tenants?: ProviderPreset["discovery"]["tenantPlaceholder"],
): boolean {
  if (configured === documented) return true;
  if (tenants?.asked.some((name) => documented.replace(tenants.written, name) === configured)) return true;
  if (tenants?.renamed.some((one) => isRenamed(one, configured, documented))) return true;
  const asOrigin = (text: string) => (/^[a-z]+:\/\/[^/?#]+\/?$/i.test(text) ? text.replace(/\/$/, "") : null);
  const origin = asOrigin(configured);
  return origin !== null && origin === asOrigin(documented);
}

/** A provider that names itself by another word than it is asked by, and says the same of who it is in both. */
function isRenamed({ asked, documented }: { asked: RegExp; documented: RegExp }, configured: string, found: string) {
  const same = asked.exec(configured)?.[1]?.toLowerCase();
  return same !== undefined && same === documented.exec(found)?.[1]?.toLowerCase();
}

/** The metadata of a provider that publishes none. */
export function documentBelow(base: string, endpoints: Readonly<Record<string, string>>): Record<string, string> {
  const bare = base.replace(/\/$/, "");
  return Object.fromEntries(Object.entries(endpoints).map(([name, url]) => [name, url.replace("{base}", bare)]));
}
