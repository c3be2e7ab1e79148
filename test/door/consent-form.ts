// A consent page in a person's browser, up to the button, and where an authorization request leads.
import { expect } from "vitest";
import { findForm } from "../rig/html-form.ts";
import { origin, Person } from "./journey.ts";

let visitors = 0;

/** A person with an address of their own, so that the limits per address count each apart. */
export class Visitor extends Person {
  readonly #address = `192.0.2.${++visitors % 256}`;

  override request(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("cf-connecting-ip", this.#address);
    return super.request(url, { ...init, headers });
  }
}

export interface Asked {
  ticket: string;
  /** The attempt's id, as the page prints it. */
  attempt: string;
  page: Response;
  html: string;
  fields: Record<string, string>;
}

/** Follows an authorization request to the question, without answering it. */
export async function ask(person: Person, authorizeUrl: string | URL): Promise<Asked> {
  const opened = await person.request(authorizeUrl);
  const location = opened.headers.get("location") ?? "";
  if (!location.startsWith(`${origin}/consent?`)) {
    throw new Error(`not asked: ${opened.status} ${location}\n${bodyOf(await opened.text())}`);
  }
  const page = await person.request(location);
  const html = await page.clone().text();
  const form = findForm(html, new URL(location));
  const fields = Object.fromEntries(form?.inputs.map(({ name, value }) => [name, value]) ?? []);
  const attempt = /grt_[\w-]+/.exec(html)?.[0] ?? "";
  return { ticket: new URL(location).searchParams.get("ticket") ?? "", attempt, page, html, fields };
}

/** Presses a button of the page; `changes` are what a forger would put into the form, null leaves a field out. */
export function press(
  person: Person,
  asked: Pick<Asked, "fields">,
  decision: "allow" | "deny" = "allow",
  changes: { fields?: Record<string, string | null>; headers?: Record<string, string> } = {},
): Promise<Response> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...asked.fields, decision, ...changes.fields })) {
    if (value !== null) body.set(name, value);
  }
  return person.request(`${origin}/consent`, { method: "POST", body, headers: { origin, ...changes.headers } });
}

export function locationOf(response: Response): URL {
  const location = response.headers.get("location");
  if (!location) throw new Error(`no redirect: ${response.status}`);
  return new URL(location);
}

/** Where an authorization request leads this browser. */
export async function leadsTo(person: Person, authorizeUrl: URL, provider: string): Promise<"question" | "provider"> {
  const location = locationOf(await person.request(authorizeUrl));
  if (location.href.startsWith(`${origin}/consent?`)) return "question";
  expect(location.origin).toBe(provider);
  return "provider";
}

/** A refusal as a page that a person reads; it leads nowhere and leaves nothing in the browser. */
export async function expectPage(response: Response, status: number, reason: string): Promise<string> {
  const html = await response.text();
  const seen = { status: response.status, reason: /Reason <code>(\w+)/.exec(html)?.[1] };
  expect(seen, bodyOf(html)).toEqual({ status, reason });
  expect(response.headers.get("location")).toBeNull();
  expect(response.headers.getSetCookie()).toEqual([]);
  expectPageHeaders(response);
  return html;
}

/** P-56, P-61, P-62. */
export function expectPageHeaders(response: Response): void {
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("base-uri 'none'");
  // Chrome applies it to the redirects that follow the form, so it would break the sign-in.
  expect(policy).not.toContain("form-action");
  expect(policy).not.toMatch(/script-src|unsafe/);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
}

/** No element or attribute but the page's own: what was sent in appears as text only. */
export function expectOnlyText(html: string): void {
  expect(html).not.toMatch(/<(?:script|img|svg|iframe|b|object|embed|link|base)\b/i);
  expect(html).not.toMatch(/<[^>]*\son\w+\s*=/i);
  expect(html).not.toMatch(/(?:href|src|action)="(?!https?:|\/)/i);
}

export const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`;

function bodyOf(html: string): string {
  return html.replace(/^.*<body>/s, "");
}
