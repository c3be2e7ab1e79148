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
    const url = new URL(this.uri);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    if (this.#answer.state !== null) url.searchParams.set("state", this.#answer.state);
    url.searchParams.set("iss", this.#answer.issuer);
    return url.href;
  }
}

/** Schemes that a browser would execute or render itself; never a place to send a code. */
const dangerous = new Set(["javascript:", "data:", "vbscript:", "file:", "blob:", "about:", "view-source:", "ws:", "wss:"]);

/**
 * Why a redirect URI may not be registered, or null. Private-use schemes are stored beside compliant ones (Cursor sends
 * `cursor://` in a mixed list) but `mayBeUsed` refuses them.
 * @see O21 §8.4.3, MCP security considerations "Communication Security" (P-46)
 */
export function refuseRedirect(uri: string): string | null {
  if (!URL.canParse(uri)) return "is not an absolute URI";
  if (/[\s\\<>"^`{|}]/.test(uri)) return "holds characters that a URI may not hold";
  const url = new URL(uri);
  if (uri.includes("#")) return "has a fragment";
  if (url.username || url.password) return "has a user name or password";
  if (dangerous.has(url.protocol)) return `uses the scheme ${url.protocol}`;
  if (/%2e/i.test(url.pathname) || /\/\.\.?(?:\/|$)/.test(rawPath(uri))) return "has dot segments in its path";
  if (url.protocol === "http:" && !isLoopback(uri)) return "uses http on a host that is not loopback";
  if (url.protocol === "https:" || url.protocol === "http:") return null;
  return /^[a-z][a-z0-9+.-]*:$/.test(url.protocol) && url.href.length > url.protocol.length ? null : "has no target";
}

/** "All redirect URIs MUST be either localhost or use HTTPS": a stored private-use scheme is refused when it is asked for. */
export function mayBeUsed(uri: string): boolean {
  return refuseRedirect(uri) === null && /^https?:/i.test(uri);
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

/** The path as written, before the URL parser resolves dot segments (CVE-2026-12985: raw and parsed must agree). */
function rawPath(uri: string): string {
  const afterScheme = uri.replace(/^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]*)?/i, "");
  return afterScheme.split(/[?#]/, 1)[0] ?? "";
}
