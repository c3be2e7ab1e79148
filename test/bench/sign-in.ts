// A client and its person without people: registers, authorizes, consents, signs in at the provider, redeems, refreshes.
import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";
import { CookieJar } from "../rig/cookie-jar.ts";
import { findForm } from "../rig/html-form.ts";

const redirectUri = "http://127.0.0.1:33418/client/callback";

export const tokens = z.object({ access_token: z.string(), refresh_token: z.string() });
export type Tokens = z.infer<typeof tokens>;

/** Told of every request to the gateway, so that a caller may count what each step costs. */
export type Told = (step: string) => Promise<void>;

const step = (url: URL) =>
  url.pathname.startsWith("/callback/") ? "callback" : (url.pathname.split("/").at(-1) ?? "");

export class BenchClient {
  readonly #server: string;
  readonly #told: Told | undefined;
  #clientId = "";

  /** @param server `S`, the server's base URL */
  constructor(server: string, told?: Told) {
    this.#server = server;
    this.#told = told;
  }

  async register(): Promise<this> {
    const body = { client_name: "Bench", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" };
    const response = await fetch(`${this.#server}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    this.#clientId = z.object({ client_id: z.string() }).parse(await response.json()).client_id;
    await this.#told?.("register");
    return this;
  }

  /** From the authorization request to the tokens, with a new browser. */
  async signIn(): Promise<Tokens> {
    const verifier = randomBytes(32).toString("base64url");
    const url = new URL(`${this.#server}/authorize`);
    url.search = new URLSearchParams({
      ...{ response_type: "code", client_id: this.#clientId, redirect_uri: redirectUri, state: "bench" },
      ...{ code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256" },
      ...{ resource: `${this.#server}/mcp`, scope: "tickets.read" },
    }).toString();
    const back = await this.#walk(url);
    const code = back.searchParams.get("code");
    if (code === null) throw new Error(`no code came back: ${back.href}`);
    return this.#token({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier });
  }

  refresh(token: string): Promise<Tokens> {
    return this.#token({ grant_type: "refresh_token", refresh_token: token });
  }

  async #token(parameters: Record<string, string>): Promise<Tokens> {
    const body = new URLSearchParams({ ...parameters, client_id: this.#clientId, resource: `${this.#server}/mcp` });
    const response = await fetch(`${this.#server}/token`, { method: "POST", body });
    const text = await response.text();
    if (!response.ok) throw new Error(`/token answered ${response.status} ${text}`);
    await this.#told?.("token");
    return tokens.parse(JSON.parse(text));
  }

  /** As a browser without script: follows redirects and sends every form with what the page put there. */
  async #walk(start: URL): Promise<URL> {
    const jar = new CookieJar();
    let url = start;
    let body: URLSearchParams | null = null;
    for (let count = 0; count < 25; count++) {
      const response: Response = await fetch(url, {
        method: body ? "POST" : "GET",
        body,
        headers: { cookie: jar.header(url), accept: "text/html", ...(body && { origin: url.origin }) },
        redirect: "manual",
      });
      jar.take(url, response);
      const html = await response.text();
      if (url.href.startsWith(new URL(this.#server).origin)) await this.#told?.(body ? "consent POST" : step(url));
      const location = response.headers.get("location");
      if (location?.startsWith(redirectUri)) return new URL(location);
      body = null;
      if (location !== null) {
        url = new URL(location, url);
        continue;
      }
      const form = findForm(html, url);
      if (form === null)
        throw new Error(`status ${response.status} and no form at ${url.pathname}: ${html.slice(0, 500)}`);
      url = form.action;
      body = filled(form);
    }
    throw new Error("the sign-in did not end");
  }
}

function filled({ inputs, buttons }: NonNullable<ReturnType<typeof findForm>>): URLSearchParams {
  const body = new URLSearchParams(inputs.map(({ name, value }): [string, string] => [name, value]));
  if (body.has("login")) body.set("login", "user1");
  if (body.has("password")) body.set("password", "password");
  if (buttons.some(({ name }) => name === "decision")) body.set("decision", "allow");
  return body;
}
