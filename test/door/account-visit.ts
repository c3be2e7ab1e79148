// A person at their account, from the name of a server to the button that stops an app.
import { expect } from "vitest";
import { findForm } from "../rig/html-form.ts";
import { Visitor } from "./consent-form.ts";
import { origin, type Person, type Shop } from "./journey.ts";

export const account = `${origin}/account`;

/** At the moment when the gateway sends the browser to the account's return address. */
export async function goingIn(shop: Pick<Shop, "slug">, person: Person = new Visitor()) {
  const start = `${account}?server=${shop.slug}`;
  const { final } = await person.walk(start, { until: `${account}/return` });
  return { person, url: final };
}

/** Signs in and says that it worked. */
export async function goIn(shop: Pick<Shop, "slug">, person: Person = new Visitor()): Promise<Person> {
  const { url } = await goingIn(shop, person);
  const arrived = await person.request(url);
  expect([arrived.status, /<h1>(.*?)<\/h1>/s.exec(await arrived.text())?.[1]]).toEqual([200, "You are signed in"]);
  return person;
}

export interface Shown {
  response: Response;
  html: string;
  /** What a person reads, without the markup. */
  text: string;
}

export async function open(person: Person, path = ""): Promise<Shown> {
  const response = await person.request(`${account}${path}`);
  const html = await response.clone().text();
  return { response, html, text: textOf(html) };
}

export function textOf(html: string): string {
  const [, body = ""] = /<main[^>]*>(.*)<\/main>/s.exec(html) ?? [];
  const plain = body
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'");
  return plain.replaceAll(/\s+/g, " ").trim();
}

/** Fields of the form that a page shows last. */
export function fieldsOf(html: string): Record<string, string> {
  const form = findForm(html, new URL(account));
  return Object.fromEntries(form?.inputs.map(({ name, value }) => [name, value]) ?? []);
}

/** Posts a form of the account's pages; `fields` without a value are left out. */
export function post(
  person: Person,
  path: string,
  fields: Record<string, string | null>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== null) body.set(name, value);
  return person.request(`${account}${path}`, { method: "POST", body, headers: { origin: "null", ...headers } });
}

/** Through the question to the answer. */
export async function revoke(person: Person, grantId: string): Promise<Response> {
  const asked = await open(person, `/revoke?grant=${grantId}`);
  expect(asked.response.status, asked.text).toBe(200);
  return post(person, "/revoke", fieldsOf(asked.html));
}
