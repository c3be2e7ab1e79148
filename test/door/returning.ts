// A person on the way back from the provider, and what the client may be told when the way ends there.
import { expect } from "vitest";
import { type Asked, ask, locationOf, press, Visitor } from "./consent-form.ts";
import { type Client, origin } from "./journey.ts";

export interface Returning {
  person: Visitor;
  asked: Asked;
  /** The provider's answer, which the browser has not yet asked for. */
  url: URL;
}

/** A person who agreed and signed in, at the moment when the provider sends them back. */
export async function returning(of: Client, person = new Visitor()): Promise<Returning> {
  const asked = await ask(person, await of.authorizeUrl({ state: "a/b+c=.", prompt: "consent" }));
  const left = locationOf(await press(person, asked));
  const { final } = await person.walk(left, { until: `${origin}/callback/` });
  return { person, asked, url: final };
}

export function changed(url: URL, parameters: Record<string, string | null>): URL {
  const copy = new URL(url);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) copy.searchParams.delete(name);
    else copy.searchParams.set(name, value);
  }
  return copy;
}

/** P-54, P-86: an error at the client's proven redirect URI, with its state and our issuer, and no code. */
export function expectError(response: Response, error: string, of: Client): URL {
  expect(response.status).toBe(303);
  const location = locationOf(response);
  expect(location.href.startsWith(`${of.redirectUri}?`)).toBe(true);
  expect([...location.searchParams.keys()].sort()).toEqual(["error", "error_description", "iss", "state"]);
  expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: "a/b+c=.", iss: of.shop.issuer });
  expect(response.headers.get("cache-control")).toBe("no-store");
  return location;
}

/** How often the gateway itself asked for something below this URL. */
export function requestsTo(fetched: { mock: { calls: unknown[][] } }, url: string): number {
  return fetched.mock.calls.filter(([target]) => String(target).startsWith(url)).length;
}
