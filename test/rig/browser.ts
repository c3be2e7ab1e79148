// A person at a browser without script: follows redirects by hand, keeps cookies, allows, signs in.
import { CookieJar } from "./cookie-jar.ts";
import { findForm, type HtmlForm } from "./html-form.ts";

export interface Person {
  username: string;
  password: string;
}

export const user1: Person = { username: "user1", password: "password" };
export const user2: Person = { username: "user2", password: "password" };

export interface Step {
  method: string;
  url: string;
  status: number;
}

export interface Visit {
  /** The first URL outside the stack: where the client waits, with the answer in its query. */
  redirect: URL;
  steps: Step[];
  /** HTML of the pages that were shown on the way. */
  pages: string[];
}

const mostSteps = 25;

/** One browser profile. `origins` are the servers it talks to; a redirect to any other ends the visit. */
export class ScriptedBrowser {
  readonly jar = new CookieJar();
  readonly #origins: Set<string>;
  readonly #person: Person;

  constructor(origins: string[], person: Person) {
    this.#origins = new Set(origins);
    this.#person = person;
  }

  /** Follows an authorization URL to the client's redirect URI, pressing this button on every page with a choice. */
  async authorize(start: string | URL, decision: "allow" | "deny" = "allow"): Promise<Visit> {
    const steps: Step[] = [];
    const pages: string[] = [];
    let url = new URL(start);
    let body: URLSearchParams | null = null;
    let origin = "null";
    while (steps.length < mostSteps) {
      const response = await this.fetch(url, body, body === null ? {} : { origin });
      steps.push({ method: body === null ? "GET" : "POST", url: url.href, status: response.status });
      const location = response.headers.get("location");
      if (location !== null && response.status >= 300 && response.status < 400) {
        await response.body?.cancel();
        url = new URL(location, url);
        body = null;
        if (!this.#origins.has(url.origin)) return { redirect: url, steps, pages };
        continue;
      }
      const html = await response.text();
      pages.push(html);
      const form = findForm(html, url);
      if (form === null) throw new Error(`no form to go on with:\n${trace(steps)}\n${html}`);
      body = this.#fill(form, decision);
      // Fetch §3.2: a page that sends no referrer posts with an opaque origin, also to its own server.
      origin = response.headers.get("referrer-policy") === "no-referrer" ? "null" : url.origin;
      url = form.action;
      if (form.method === "GET") {
        url.search = body.toString();
        body = null;
      }
    }
    throw new Error(`still no answer for the client:\n${trace(steps)}`);
  }

  /** One request of this browser, redirects left to the caller. */
  async fetch(
    target: string | URL,
    body: URLSearchParams | null = null,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const url = new URL(target);
    const cookie = this.jar.header(url);
    const response = await fetch(url, {
      method: body === null ? "GET" : "POST",
      headers: {
        accept: "text/html,application/xhtml+xml",
        ...(cookie === "" ? {} : { cookie }),
        ...headers,
      },
      body,
      redirect: "manual",
    });
    this.jar.take(url, response);
    return response;
  }

  #fill(form: HtmlForm, decision: string): URLSearchParams {
    const body = new URLSearchParams();
    for (const { name, value, type } of form.inputs) {
      if (name === "" || type === "submit") continue;
      if (name === "username") body.append(name, this.#person.username);
      else if (name === "password") body.append(name, this.#person.password);
      else body.append(name, value);
    }
    const button = form.buttons.find((candidate) => candidate.name === "decision" && candidate.value === decision);
    if (button) body.append(button.name, button.value);
    return body;
  }
}

function trace(steps: Step[]): string {
  return steps.map((step) => `${step.status} ${step.method} ${step.url}`).join("\n");
}
