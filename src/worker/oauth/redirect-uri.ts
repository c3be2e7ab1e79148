// Redirect URIs: which may be registered, and which request is proven to name a registered one (P-46, P-50).

/** Only `proveRedirect` makes one: holding it is the proof that an answer may go there. */
export class ProvenRedirect {
  readonly uri: string;
  /** Loopback, or registered by the operator: an error may go there without a person having agreed (P-60). */
  readonly trusted: boolean;
  readonly #answer: { state: string | null; issuer: string };

  private constructor(uri: string, answer: { state: string | null; issuer: string }, trusted: boolean) {
    this.uri = uri;
    this.#answer = answer;
    this.trusted = trusted;
  }

  static prove(
    asked: string,
    registered: readonly string[],
    answer: { state: string | null; issuer: string; trusted: boolean },
  ): ProvenRedirect | null {
    if (!registered.some((candidate) => sameRedirect(candidate, asked))) return null;
    return new ProvenRedirect(asked, answer, answer.trusted || isLoopback(asked));
  }

  /** The same redirect, read back from the record of an attempt whose request was proven when it was opened. */
  static recorded(request: { redirectUri: string; state: string | null; issuer: string }): ProvenRedirect {
    return new ProvenRedirect(request.redirectUri, request, true);
  }

  /** The URI with the answer's parameters and `iss`, always (P-54). Existing query parameters stay (RFC 6749 §3.1.2). */
  to(parameters: Record<string, string>): string {
    const { state, issuer } = this.#answer;
    const answer = new URLSearchParams({ ...parameters, ...(state !== null && { state }), iss: issuer });
    const url = new URL(this.uri);
    const kept = url.search.slice(1).split("&");
    url.search = [...kept.filter((pair) => pair !== "" && !answer.has(nameOf(pair))), `${answer}`].join("&");
    return url.href;
  }
}

function nameOf(pair: string): string {
  const [name = ""] = new URLSearchParams(pair).keys();
  return name;
}

/** Schemes that a browser would execute or render itself; never a place to send a code. */
const dangerous = new Set([
  // `localhost:3000/callback` without its scheme
  "localhost:",
  "javascript:",
  "data:",
  "vbscript:",
  "file:",
  "blob:",
  "about:",
  "view-source:",
  "ws:",
  "wss:",
]);

/**
 * Why a redirect URI may not be registered, or null. Private-use schemes are stored beside compliant ones (Cursor sends
 * `cursor://` in a mixed list) but `mayBeUsed` refuses them.
 * @see O21 §8.4.3, MCP security considerations "Communication Security" (P-46)
 */
export function refuseRedirect(uri: string): string | null {
  if (!URL.canParse(uri)) return "is not an absolute URI";
  if (/[^\x21-\x7e]|[\\<>"^`{|}]/.test(uri)) return "holds characters that a URI may not hold";
  const url = new URL(uri);
  const { authority, path } = asWritten(uri);
  if (uri.includes("#")) return "has a fragment";
  if (authority?.includes("@")) return "has a user name or password";
  if (dangerous.has(url.protocol)) return `uses the scheme ${url.protocol}`;
  if (/%2e|\/\.\.?(?:\/|$)/i.test(path)) return "has dot segments in its path";
  if (url.protocol === "https:" || url.protocol === "http:") {
    if (!authority || authority.includes("%")) return "does not name its host plainly after //";
    return url.protocol === "http:" && !isLoopback(uri) ? "uses http on a host that is not loopback" : null;
  }
  return /^[a-z][a-z0-9+.-]*:$/.test(url.protocol) && url.href.length > url.protocol.length ? null : "has no target";
}

/**
 * "All redirect URIs MUST be either localhost or use HTTPS": a stored private-use scheme is refused when it is asked for,
 * unless the profile allows it.
 * @param schemes without their colon
 */
export function mayBeUsed(uri: string, schemes: readonly string[] = []): boolean {
  if (refuseRedirect(uri) !== null) return false;
  return /^https?:/i.test(uri) || schemes.includes(new URL(uri).protocol.slice(0, -1));
}

/** Whether a profile that lists the hosts of web redirects lets an acceptable URI pass; an empty list names none. */
export function hasAllowedHost(uri: string, hosts: readonly string[]): boolean {
  const { hostname, protocol } = new URL(uri);
  return protocol !== "https:" || hosts.length === 0 || hosts.includes(hostname) || isLoopbackHost(hostname);
}

/** localhost, 127.0.0.0/8 and ::1. WHATWG parsing has already normalized odd spellings of the address. */
export function isLoopback(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const url = new URL(uri);
  return url.protocol === "http:" && isLoopbackHost(url.hostname);
}

export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** A loopback URI without its port, so that a registration does not change with the port (RFC 8252 §7.3). */
export function withoutLoopbackPort(uri: string): string {
  if (!isLoopback(uri)) return uri;
  const url = new URL(uri);
  url.port = "";
  return url.href;
}

/**
 * Exact strings, but on a loopback host any port (P-50, RFC 8252 §7.3); there the parsed URLs are compared, so that
 * `http://127.0.0.1:33418` is `http://127.0.0.1:33418/`.
 */
export function sameRedirect(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  if (!isLoopback(registered) || !isLoopback(asked) || refuseRedirect(asked) !== null) return false;
  return withoutLoopbackPort(registered) === withoutLoopbackPort(asked);
}

/**
 * Authority and path as written (RFC 3986 appendix B), before the URL parser supplies slashes, decodes the host or
 * resolves dot segments, `%2e%2e` among them (CVE-2026-12985: both readings must agree).
 */
function asWritten(uri: string): { authority: string | null; path: string } {
  const [, authority = null, path = ""] = /^[^:/?#]+:(?:\/\/([^/?#]*))?([^?#]*)/.exec(uri) ?? [];
  return { authority, path };
}
