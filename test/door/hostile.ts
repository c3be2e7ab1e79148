// Sends what no client should send, and tells what came of it: the answer in a few words, and everything that is kept.
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { fetchUrl, origin } from "./journey.ts";

/** A request in short: a path of the deployment, GET where nothing is said. */
export interface Row {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

export const form = "application/x-www-form-urlencoded";
export const json = "application/json";
export const page = { accept: "text/html" };

export const kilobytes = (count: number) => "x".repeat(count * 1024);
export const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
/** A quoted text that is no UTF-8. */
export const noText = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);

export function post(path: string, type: string, body: Row["body"] = "", headers: Record<string, string> = {}): Row {
  return { method: "POST", path, headers: { "content-type": type, ...headers }, body };
}

let senders = 0;
/** Stands in every refusal, so that a person can find the log's line. */
export const requestId = "ray-of-this-request";

/** From an address of its own, so that no limit is met. */
export function send({ method = "GET", path, headers = {}, body }: Row): Promise<Response> {
  const sender = ++senders;
  const from = { "cf-connecting-ip": `10.2.${(sender >> 8) & 255}.${sender & 255}`, "cf-ray": requestId };
  return fetchUrl(origin + path, { method, headers: { ...from, ...headers }, ...(body !== undefined && { body }) });
}

/** `status reason`, with `page` between them where a person is shown one; the answer's text. */
export async function told(response: Response): Promise<{ answer: string; text: string }> {
  const text = await response.text();
  if (response.headers.get("content-type")?.startsWith("text/html")) {
    return { answer: `${response.status} page ${/<code>([a-z_]+)<\/code>/.exec(text)?.[1]}`, text };
  }
  expect(response.headers.get("content-type")).toBe(json);
  const body = JSON.parse(text);
  return { answer: `${response.status} ${body.reason ?? body.error?.data?.reason ?? body.error?.code}`, text };
}

/** Nothing of the program's inside: no stack, no file, no statement. */
export function saysNothingOfItsInside(text: string): void {
  expect(text).not.toMatch(/\bat [\w.<>]+ \(|node_modules|\.[tj]sx?:\d|SQLITE|SELECT |workerd/);
}

/** Everything that is kept: rows of every table, copies in KV, objects. */
export async function kept(): Promise<Record<string, number>> {
  const names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";
  const { results } = await env.DB.prepare(names).all<{ name: string }>();
  const counts = await env.DB.batch<{ total: number }>(
    results.map(({ name }) => env.DB.prepare(`SELECT count(*) AS total FROM "${name}"`)),
  );
  const rows = results.map(({ name }, index) => [name, counts[index]?.results[0]?.total ?? -1]);
  const copies = (await env.COPIES.list()).keys.length;
  const objects = (await listDurableObjectIds(env.GRANTS)).length;
  return { ...Object.fromEntries(rows), copies, objects };
}
