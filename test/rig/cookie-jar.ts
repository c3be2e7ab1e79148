// Cookies as browsers keep them: by host and path and never by port, so two servers on localhost share one jar.

interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
  expiresAt: number;
}

export class CookieJar {
  #cookies: Cookie[] = [];

  take(url: URL, response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const cookie = parse(line, url);
      this.#cookies = this.#cookies.filter((old) => !isSame(old, cookie));
      if (cookie.expiresAt > Date.now()) this.#cookies.push(cookie);
    }
  }

  /** The Cookie header for a URL, longest path first; empty when there is none. */
  header(url: URL): string {
    return this.#cookies
      .filter(
        (cookie) => cookie.host === url.hostname && cookie.expiresAt > Date.now() && covers(cookie.path, url.pathname),
      )
      .sort((one, other) => other.path.length - one.path.length)
      .map((cookie) => `${cookie.name}=${cookie.value}`)
      .join("; ");
  }
}

/** RFC 6265 §5.2. */
function parse(line: string, url: URL): Cookie {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const cut = pair.indexOf("=");
  const named = new Map(
    attributes.map((attribute) => {
      const [name = "", ...value] = attribute.split("=");
      return [name.toLowerCase(), value.join("=")];
    }),
  );
  const maxAge = named.get("max-age");
  const expires = named.get("expires");
  let expiresAt = Number.POSITIVE_INFINITY;
  if (maxAge !== undefined) expiresAt = Date.now() + Number(maxAge) * 1000;
  else if (expires !== undefined) expiresAt = Date.parse(expires);
  const path = named.get("path");
  return {
    name: pair.slice(0, cut),
    value: pair.slice(cut + 1),
    host: url.hostname,
    path: path?.startsWith("/") ? path : url.pathname.slice(0, Math.max(1, url.pathname.lastIndexOf("/"))),
    expiresAt,
  };
}

function isSame(one: Cookie, other: Cookie): boolean {
  return one.name === other.name && one.host === other.host && one.path === other.path;
}

function covers(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
