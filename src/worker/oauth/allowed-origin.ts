// Which web origins an agent may list, and whether a browser's origin is one of them (P-90).

/** One serialized origin as browsers send it (RFC 6454 §6.2): so never `null`, a list, a path or a user name. */
const serialized = /^https?:\/\/(?:\[[0-9a-f:.]+\]|(?:[a-z0-9_-]+\.)*[a-z0-9_-]+)(?::[1-9]\d{0,4})?$/;
/** The scheme, and what follows the star: two labels at least, and the port. */
const wildcard = /^https:\/\/\*((?:\.[a-z0-9_-]+){2,}(?::[1-9]\d{0,4})?)$/;
const label = /^[a-z0-9_-]+$/;

/**
 * Whether this origin is on the list: the same scheme, host and port; `https://*.example.com` stands for exactly one
 * label in the star's place. The case of letters does not matter.
 * @param patterns what `refuseAllowedOrigin` lets pass; anything else matches nothing
 * @param origin the Origin header's value
 */
export function originMatches(patterns: readonly string[], origin: string): boolean {
  const seen = origin.toLowerCase();
  if (!serialized.test(seen)) return false;
  return patterns.some((entry) => {
    const pattern = entry.toLowerCase();
    if (pattern === seen) return true;
    const suffix = wildcard.exec(pattern)?.[1];
    if (suffix === undefined || !seen.startsWith("https://") || !seen.endsWith(suffix)) return false;
    return label.test(seen.slice("https://".length, -suffix.length));
  });
}

const form = "must be an origin such as https://app.example.com";

/**
 * Why this text may not be on an agent's list, for a person and with the fix where it is plain; null when it may.
 * Letters of either case pass: what is kept should be lower case.
 */
export function refuseAllowedOrigin(text: string): string | null {
  if (text === "*") return `${form}; "*" alone would let every web page use the agent`;
  if (text === "null") return `${form}; anybody's sandboxed frame or local file is "null"`;
  if (/[\s\p{Cc}\\,]/u.test(text)) return `${form}, one per item, without spaces, commas or backslashes`;
  const [, scheme, rest] = /^(https?):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return refuseScheme(text);
  return refuseAround(scheme.toLowerCase(), rest) ?? refuseAuthority(scheme.toLowerCase(), rest);
}

function refuseScheme(text: string): string {
  if (text.includes("://")) return `${form}, with the scheme https`;
  const completed = `https://${text}`;
  return refuseAllowedOrigin(completed) === null ? `must have a scheme: write ${completed}` : form;
}

/** What an address has and an origin has not. */
function refuseAround(scheme: string, rest: string): string | null {
  const [authority = ""] = rest.split(/[/?#]/);
  if (authority === "") return form;
  if (authority.includes("@")) return "must not hold a user name or password";
  if (rest === `${authority}/`) return `remove the trailing slash: write ${scheme}://${authority}`;
  if (rest !== authority) return `must have no path, query or fragment: write ${scheme}://${authority}`;
  return null;
}

function refuseAuthority(scheme: string, authority: string): string | null {
  const [, host, colon, port = ""] = /^(\[[^\]]*\]|[^:[\]]*)(:(.*))?$/.exec(authority.toLowerCase()) ?? [];
  if (host === undefined || host === "") return form;
  if (colon !== undefined && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535)) {
    return "must have a port from 1 to 65535, or none";
  }
  if (port === (scheme === "https" ? "443" : "80")) {
    return `remove :${port}, which browsers leave out: write ${scheme}://${host}`;
  }
  const star = host.startsWith("*.") ? "*." : "";
  return refuseHost(scheme, star, host.slice(star.length));
}

const loopback = ["localhost", "127.0.0.1", "[::1]"];
const address = /^(?:\[.*\]|[\d.]+)$/;

function refuseHost(scheme: string, star: string, host: string): string | null {
  if (host.includes("*")) return 'may have one "*", which stands for the whole first label: https://*.example.com';
  if (host.endsWith(".")) return `remove the trailing dot: the host is ${star}${host.replace(/\.+$/, "")}`;
  // The parser writes international names in punycode and numbers as dotted addresses, as browsers do.
  const canonical = URL.parse(`${scheme}://${host}`)?.hostname;
  if (canonical === undefined || host.length > 253) return "must have a valid host name";
  if (canonical !== host) return `must be written as browsers send it: the host is ${star}${canonical}`;
  if (!serialized.test(`${scheme}://${host}`)) return "must have a host of letters, digits, hyphens and dots";
  if (scheme === "http" && (star !== "" || !loopback.includes(host))) {
    return `must be https; http is for ${loopback.join(", ")} alone, while developing`;
  }
  if (star !== "" && (address.test(host) || !host.includes("."))) {
    return 'must have two labels at least after "*.", and no address: https://*.example.com';
  }
  return null;
}
