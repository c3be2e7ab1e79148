// The management API over HTTP: one row of the contract's table in, its answer or a Failure out.
import * as z from "zod";
import type { Route } from "../contract/management/route.ts";
import { Failure, networkReason } from "./failure.ts";
import type { Session } from "./session.ts";
import { userAgent } from "./version.ts";

export interface Sent<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  params?: z.input<P>;
  query?: z.input<Q>;
  body?: z.input<B>;
}

export interface Answer<T> {
  /** As the API sent it; undefined for 204. */
  raw: unknown;
  /** As this version of mcpstack reads it. @throws Failure when it cannot */
  view(): T;
}

export interface Api {
  ask<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    route: Route<P, Q, B, A>,
    sent: Sent<P, Q, B>,
  ): Promise<Answer<z.output<A>>>;
}

const timeLimit = 60_000;
const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.undefined()]));

export function openApi({ url, token, from }: Session): Api {
  return {
    async ask(route, sent) {
      const target = addressOf(url, route.path, values.parse(sent.params ?? {}), values.parse(sent.query ?? {}));
      const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": userAgent };
      const body = sent.body === undefined ? {} : { body: JSON.stringify(sent.body) };
      const typed = sent.body === undefined ? headers : { ...headers, "content-type": "application/json" };
      const init = { method: route.method.toUpperCase(), headers: typed, ...body, redirect: "manual" } as const;
      const { status, location, text } = await exchange(target, init, from.url);
      if (status >= 300 && status < 400) {
        const seen = `${status} to ${location ?? "nowhere"}`;
        throw new Failure(`${url} redirects; a token is never sent along`, {
          seen,
          fix: "use the address it leads to",
        });
      }
      const raw = status === 204 ? undefined : parseJson(text);
      if (status >= 400 || (raw === undefined && status !== 204)) throw refusalOf(status, raw, url, from.token);
      return { raw, view: () => viewOf(route.answer, raw, route.path) };
    },
  };
}

function addressOf(url: string, path: string, params: z.output<typeof values>, query: z.output<typeof values>): URL {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const target = new URL(`${url}/api/v1${filled}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  return target;
}

async function exchange(target: URL, init: RequestInit, urlFrom: string) {
  try {
    const response = await fetch(target, { ...init, signal: AbortSignal.timeout(timeLimit) });
    return { status: response.status, location: response.headers.get("location"), text: await response.text() };
  } catch (error) {
    throw new Failure(`the gateway at ${target.origin} did not answer`, {
      seen: networkReason(error),
      fix: `check that it is up, and its address in ${urlFrom}`,
    });
  }
}

const refusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    requestId: z.string().optional(),
  }),
});

function refusalOf(status: number, raw: unknown, url: string, tokenFrom: string): Failure {
  const parsed = refusal.safeParse(raw);
  if (!parsed.success) {
    const fix = "check that this is the gateway's address, and that nothing in front of it answers in its place";
    return new Failure(`${url} did not answer as a gateway does`, { seen: `status ${status}`, fix });
  }
  const { code, message, field, requestId } = parsed.data.error;
  const fix = fixes[code]?.replace("{token}", tokenFrom);
  return new Failure(field === undefined || message.includes(field) ? message : `${field} ${message}`, {
    code,
    field,
    fix,
    requestId,
  });
}

/** Where the API's own message cannot know how mcpstack was told. */
const fixes: Record<string, string> = {
  unauthenticated: "the token is from {token}; run `mcpstack login`, or set MCPSTACK_TOKEN to one that works",
  rate_limited: "wait a minute",
  storage_unavailable: "try again in a few seconds",
  internal_error: "try again; if it stays, look for the request id in the Worker's log",
};

function viewOf<A extends z.ZodType>(schema: A, raw: unknown, path: string): z.output<A> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join(".");
  throw new Failure(`the gateway's answer to ${path} is not what this version of mcpstack reads`, {
    field: where || undefined,
    fix: "use the mcpstack of the gateway's own version; --json prints the answer as it is",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
