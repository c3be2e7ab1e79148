// A scripted person at a provider's pages: signs in, consents, and stops where the callback begins.
import { CookieJar } from "./cookie-jar.ts";
import { findForm } from "./html-form.ts";

/**
 * Follows an authorization URL through login and consent and returns the callback URL with the provider's answer,
 * without calling it. Throws when a page has no form to go on with.
 */
export async function signIn(
  authorizationUrl: string,
  person: { login: string; callbackPrefix: string; deny?: boolean },
  jar: CookieJar = new CookieJar(),
): Promise<URL> {
  let url = new URL(authorizationUrl);
  let body: URLSearchParams | null = null;
  for (let step = 0; step < 20; step++) {
    if (url.href.startsWith(person.callbackPrefix)) return url;
    const response: Response = await fetch(url, {
      method: body ? "POST" : "GET",
      body,
      headers: { cookie: jar.header(url), accept: "text/html" },
      redirect: "manual",
    });
    jar.take(url, response);
    const location = response.headers.get("location");
    const html = await response.text();
    body = null;
    if (location) {
      url = new URL(location, url);
      continue;
    }
    const form = findForm(html, url);
    if (!form) throw new Error(`status ${response.status} and no form at ${url.href}:\n${html.slice(0, 2000)}`);
    if (person.deny) {
      url = new URL(`${form.action.href}/abort`);
      continue;
    }
    url = form.action;
    body = new URLSearchParams();
    for (const { name, value } of form.inputs) body.set(name, value);
    if (body.has("login")) body.set("login", person.login);
    if (body.has("password")) body.set("password", "password");
  }
  throw new Error(`still signing in after 20 steps, at ${url.href}`);
}
