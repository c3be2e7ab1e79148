// Cookies for one look at a login page: providers set one, redirect, and want it back.

/** Kept by host and never longer than the look; paths and lifetimes do not matter for that. */
export class LookCookies {
  readonly #byHost = new Map<string, Map<string, string>>();

  take(url: URL, headers: Headers): void {
    const kept = this.#byHost.get(url.host) ?? new Map<string, string>();
    for (const line of headers.getSetCookie().slice(0, 50)) {
      const [pair = ""] = line.split(";", 1);
      const at = pair.indexOf("=");
      if (at > 0) kept.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
    }
    this.#byHost.set(url.host, kept);
  }

  /** The request's headers with what this host is owed. */
  headers(url: URL): Record<string, string> {
    const pairs = [...(this.#byHost.get(url.host) ?? [])].map(([name, value]) => `${name}=${value}`);
    return pairs.length > 0 ? { cookie: pairs.join("; ") } : {};
  }
}
