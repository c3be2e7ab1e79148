// Which addresses the gateway may call: profile URLs are tenant input, so they must never reach inside (P-83).

export interface OutboundRules {
  /** Development only: plain http, loopback, private addresses and any port are allowed. */
  allowPrivateNetwork: boolean;
  /** Hosts of this deployment as in `URL.host`, such as `mcp.example.com` or `localhost:8787`. */
  ownHosts: readonly string[];
}

/** Names that resolve inside a network, or that local resolvers answer for (RFC 6761, RFC 6762, RFC 8375). */
const specialUse = ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "test", "onion"];

/** WHATWG URL parsing drops tabs and newlines and turns backslashes: such a URL is not what it looks like. */
const deceptive = /[\s\p{Cc}\\]/u;

/** The reason, for a person, why this URL may not be called; null when it may. Redirects are the caller's to refuse. */
export function refuseOutbound(text: string, rules: OutboundRules): string | null {
  if (deceptive.test(text)) return "must not hold spaces, control characters or backslashes";
  const url = URL.parse(text);
  if (!url) return "must be an absolute URL";
  const form = refuseForm(url, rules.allowPrivateNetwork);
  if (form) return form;
  if (isOwn(url, rules)) return "must not be one of this gateway";
  return rules.allowPrivateNetwork ? null : refuseHost(url);
}

/** A URL that a person's browser is sent to: the same form, but its host is the browser's to reach (CVE-2025-6514). */
export function refuseNavigation(text: string, rules: OutboundRules): string | null {
  if (deceptive.test(text)) return "must not hold spaces, control characters or backslashes";
  const url = URL.parse(text);
  return url ? refuseForm(url, rules.allowPrivateNetwork) : "must be an absolute URL";
}

function refuseForm(url: URL, plainAllowed: boolean): string | null {
  if (url.protocol !== "https:" && !(plainAllowed && url.protocol === "http:")) return "must be https";
  if (url.username || url.password) return "must not hold a user name or password";
  if (url.href.includes("#")) return "must not have a fragment";
  return null;
}

function isOwn(url: URL, rules: OutboundRules): boolean {
  // In development everything shares localhost, so there only host and port together name the gateway.
  if (rules.allowPrivateNetwork) return rules.ownHosts.includes(url.host);
  const host = withoutDot(url.hostname);
  return rules.ownHosts.some((entry) => isWithin(host, entry.replace(/:\d+$/, "")));
}

function refuseHost(url: URL): string | null {
  const host = withoutDot(url.hostname);
  // The URL parser has already turned 0x7f.1, 2130706433 and their kin into dotted form (GHSA-vv7q-7jx5-f767).
  if (host.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(host)) return "must name a host, not an IP address";
  if (specialUse.some((suffix) => isWithin(host, suffix))) return "must be a public host";
  if (!host.includes(".")) return "must be a fully qualified public host";
  if (url.port !== "") return "must use port 443";
  return null;
}

function withoutDot(host: string): string {
  return host.replace(/\.+$/, "");
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
