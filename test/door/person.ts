// A person at a browser without script, in front of the gateway and the provider.
import { CookieJar } from "../rig/cookie-jar.ts";
import { findForm } from "../rig/html-form.ts";
import { fetchUrl } from "./shop.ts";

export interface Seen {
  url: string;
  status: number;
  html: string;
}

/** One browser profile of one person, without script. */
export class Person {
  readonly jar = new CookieJar();
  readonly login: string;
  /** Every request of the last walk, oldest first. */
  steps: Seen[] = [];

  constructor(login = "user1") {
    this.login = login;
  }

  async request(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url);
    const headers = new Headers(init.headers);
    if (!headers.has("accept")) headers.set("accept", "text/html");
    const cookies = this.jar.header(target);
    if (cookies && !headers.has("cookie")) headers.set("cookie", cookies);
    const response = await fetchUrl(target, { ...init, headers });
    this.jar.take(target, response);
    return response;
  }

  /** Goes on until the client's redirect URI, a page without a form, or a URL that `until` names. */
  async walk(
    start: string | URL,
    options: { decision?: "allow" | "deny"; until?: string } = {},
  ): Promise<Seen & { final: URL }> {
    let url = new URL(start);
    let body: URLSearchParams | null = null;
    this.steps = [];
    for (let step = 0; step < 25; step++) {
      if (this.steps.length > 0 && options.until && url.href.startsWith(options.until))
        return { ...this.last(), final: url };
      if (isClient(url)) return { ...this.last(), final: url };
      const headers: Record<string, string> = body ? { origin: url.origin } : {};
      const response = await this.request(url, { method: body ? "POST" : "GET", body, headers });
      const location = response.headers.get("location");
      const html = await response.text();
      this.steps.push({ url: url.href, status: response.status, html });
      body = null;
      if (location) {
        url = new URL(location, url);
        continue;
      }
      const form = findForm(html, url);
      if (!form) return { ...this.last(), final: url };
      body = this.#fill(
        form.inputs,
        options.decision ?? "allow",
        form.buttons.some(({ name }) => name === "decision"),
      );
      url = form.action;
    }
    throw new Error(`no end after 25 steps, at ${url.href}`);
  }

  last(): Seen {
    const seen = this.steps.at(-1);
    if (!seen) throw new Error("nothing was requested");
    return seen;
  }

  #fill(inputs: { name: string; value: string }[], decision: string, decides: boolean): URLSearchParams {
    const body = new URLSearchParams(inputs.map(({ name, value }) => [name, value]));
    if (body.has("login")) body.set("login", this.login);
    if (body.has("password")) body.set("password", "password");
    if (decides) body.set("decision", decision);
    return body;
  }
}

/** Where the tests' clients live: nothing listens there, so a browser that arrives there is done. */
const clientHosts = ["client.example", "other.example", "evil.example"];

function isClient(url: URL): boolean {
  return clientHosts.includes(url.hostname) || (url.hostname === "127.0.0.1" && url.pathname.startsWith("/client"));
}
