// An operator at the dashboard with a browser without script: cookies kept, forms filled as they stand, links followed.

import { env } from "cloudflare:workers";
import type { Bindings } from "../../src/worker/settings.ts";
import { createSealer } from "../../src/worker/tokens/seal.ts";
import { CookieJar } from "../rig/cookie-jar.ts";
import { deployment, knock } from "./knock.ts";
import { origin } from "./shop.ts";

export interface Shown {
  status: number;
  location: string | null;
  html: string;
  headers: Headers;
}

export class Operator {
  readonly jar = new CookieJar();
  readonly #bindings: Bindings;

  constructor(overrides: Partial<Bindings> = {}) {
    this.#bindings = deployment(overrides);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Shown> {
    return this.#send(path, { headers });
  }

  /** What a browser sends from a page of ours; any header may be another. */
  async post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Shown> {
    const body = new URLSearchParams(form);
    return this.#send(path, { method: "POST", body, headers: { origin, "sec-fetch-site": "same-origin", ...headers } });
  }

  /** Loads a page and sends its form to this path, with these fields changed. */
  async submit(page: string, action: string, fields: Record<string, string>): Promise<Shown> {
    return this.post(action, { ...formOn((await this.get(page)).html, action), ...fields });
  }

  async signIn(token: string): Promise<Shown> {
    return this.submit("/dashboard/sign-in", "/dashboard/sign-in", { token });
  }

  async #send(path: string, init: RequestInit): Promise<Shown> {
    const url = new URL(path, origin);
    const headers = new Headers(init.headers);
    const cookies = this.jar.header(url);
    if (cookies && !headers.has("cookie")) headers.set("cookie", cookies);
    const response = await knock(this.#bindings, url, { ...init, headers });
    this.jar.take(url, response);
    const location = response.headers.get("location");
    return { status: response.status, location, html: await response.text(), headers: response.headers };
  }
}

/** The token that this session's form for a path would carry, made as the gateway makes it. */
export async function tokenFor(operator: Operator, path: string): Promise<string> {
  const masterKey = Uint8Array.from(atob(env.MASTER_KEY ?? ""), (character) => character.charCodeAt(0));
  const sealer = createSealer([masterKey]);
  const sealed = /mcpstack_dashboard=([^;]+)/.exec(operator.jar.header(new URL(origin)))?.[1] ?? "";
  const session = JSON.parse(await sealer.open("dashboard-session", "session", sealed));
  return sealer.mac("dashboard-form", `${session.id}\n${path}`);
}

/** The fields of the form with this action, as the page filled them. */
export function formOn(html: string, action: string): Record<string, string> {
  const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)];
  const form = forms.find(([, tag = ""]) => tag.includes(`action="${action}"`));
  if (!form) throw new Error(`no form for ${action} among ${forms.map(([, tag]) => tag).join(" | ")}`);
  const [, , body = ""] = form;
  const fields: Record<string, string> = {};
  for (const [, tag = ""] of body.matchAll(/<input\b([^>]*)>/g)) {
    const name = attribute(tag, "name");
    const unchecked = tag.includes('type="checkbox"') && !/\bchecked\b/.test(tag);
    if (name && !unchecked) fields[name] = attribute(tag, "value");
  }
  for (const [, tag = "", text = ""] of body.matchAll(/<textarea\b([^>]*)>([\s\S]*?)<\/textarea>/g)) {
    fields[attribute(tag, "name")] = decode(text);
  }
  for (const [, tag = "", options = ""] of body.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/g)) {
    const all = [...options.matchAll(/<option\b([^>]*)>/g)].map(([, option = ""]) => option);
    const chosen = all.find((option) => /\bselected\b/.test(option)) ?? all[0] ?? "";
    fields[attribute(tag, "name")] = attribute(chosen, "value");
  }
  return fields;
}

function attribute(tag: string, name: string): string {
  return decode(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
}

export function decode(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
