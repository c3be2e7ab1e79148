// Every request to a provider: allowed address, no redirects, a time limit over the body, a size limit, its type.
import { DownstreamError } from "../oauth/downstream-error.ts";
import type { RefusalDetail } from "../oauth/errors.ts";
import { type OutboundRules, refuseOutbound } from "../oauth/outbound-url.ts";

export interface OutboundRequest {
  method?: string | undefined;
  headers?: Record<string, string> | undefined;
  body?: string | URLSearchParams | undefined;
  /**
   * Somebody looks at what is there: a redirect is an answer, and a body that is too large or too slow is cut short.
   */
  glance?: Glance | undefined;
}

interface Glance {
  /** Null sends none. */
  userAgent?: string | null;
  /** Told of the whole text so far whenever more came; the rest of the body is not waited for once it says so. */
  enough?: (text: string) => boolean;
  /** Milliseconds, where less than the usual time limit. */
  timeout?: number;
}

/**
 * A fetch that keeps the outbound rules and answers with the whole body already read, whatever the status.
 * Fits oauth4webapi's customFetch. Throws a DownstreamError: outbound_refused for an address or a redirect,
 * provider_unavailable (transient) for a network error, a timeout or a body beyond the limit.
 */
export type GuardedFetch = (url: string, request?: OutboundRequest) => Promise<Response>;

/** Nothing came back in time: what else lives on that host will not answer either. */
export class NoAnswer extends DownstreamError {
  constructor(url: string, seen: string) {
    super("provider_unavailable", { seen: `${place(url)}: ${seen}` }, true);
  }
}

/** More came than was asked for. */
export class TooLarge extends DownstreamError {
  constructor(url: string, maximumBytes: number) {
    super("provider_unavailable", { seen: `${place(url)}: more than ${maximumBytes / 1024} KB` }, true);
  }
}

export interface OutboundSettings extends OutboundRules {
  /** Milliseconds for connection, headers and body together; 10 s unless told. */
  timeout?: number | undefined;
  /** Of the body, decoded; 256 KB unless told. */
  maximumBytes?: number | undefined;
}

const defaultTimeout = 10_000;
/** Metadata, key sets and token answers. */
const usualBytes = 256 * 1024;
const userAgent = "mcp-stack-gateway";

export function createGuardedFetch(settings: OutboundSettings): GuardedFetch {
  const maximumBytes = settings.maximumBytes ?? usualBytes;
  return async function guardedFetch(url, request = {}) {
    const refused = refuseOutbound(url, settings);
    if (refused)
      throw new DownstreamError("outbound_refused", { expected: `an address that ${refused}`, seen: place(url) });
    const usual = settings.timeout ?? defaultTimeout;
    // Not AbortSignal.timeout: its timer would keep a grant's object alive for seconds after every answer.
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new DOMException("late", "TimeoutError")),
      Math.min(usual, request.glance?.timeout ?? usual),
    );
    try {
      const response = await fetch(url, {
        method: request.method ?? "GET",
        headers: { accept: "application/json", ...request.headers, ...namedAs(request.glance) },
        ...(request.body === undefined ? {} : { body: request.body }),
        // A redirect could lead anywhere, with the client's secret in the body.
        redirect: "manual",
        signal: deadline.signal,
      });
      return await (request.glance
        ? begun(response, maximumBytes, request.glance)
        : whole(response, url, maximumBytes));
    } catch (error) {
      if (error instanceof DownstreamError) throw error;
      throw new NoAnswer(url, isTimeout(error) ? "no answer in time" : "no connection");
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * The text of a JSON document with status 200. Throws a DownstreamError: transient for 429 and 5xx, otherwise
 * `metadata_not_found` (a 4xx) or `metadata_invalid` (another type); what the body said is never repeated (P-83), only
 * what `explain` makes of it.
 */
export async function fetchDocument(
  guardedFetch: GuardedFetch,
  url: string,
  explain: (body: string) => Pick<RefusalDetail, "diagnosis" | "hint"> = () => ({}),
): Promise<string> {
  const response = await guardedFetch(url);
  if (response.status === 429 || response.status >= 500) throw unavailable(url, `status ${response.status}`);
  if (response.status !== 200) {
    const seen = `${place(url)}: status ${response.status}`;
    throw new DownstreamError("metadata_not_found", { seen, ...explain(await response.text()) });
  }
  const type = mediaType(response);
  if (!/^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type)) {
    throw new DownstreamError("metadata_invalid", { expected: "application/json", seen: `${place(url)}: ${type}` });
  }
  return response.text();
}

/** Origin and path, for messages: a query may hold what nobody should read. */
export function place(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}`.slice(0, 300) : "not a URL";
}

/** Lower case, without parameters. */
export function mediaType(response: Response): string {
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type ? type.slice(0, 100) : "no content type";
}

async function refuseRedirect(response: Response, url: string): Promise<void> {
  if (response.status < 300 || response.status >= 400) return;
  await response.body?.cancel();
  throw new DownstreamError("outbound_refused", {
    expected: "an answer without a redirect",
    seen: `${place(url)}: status ${response.status}`,
  });
}

async function readLimited(response: Response, url: string, maximumBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.body) return new Uint8Array();
  if (Number(response.headers.get("content-length")) > maximumBytes) {
    await response.body.cancel();
    throw new TooLarge(url, maximumBytes);
  }
  const reader = response.body.getReader();
  const body = new Uint8Array(maximumBytes);
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.byteLength > maximumBytes) {
      await reader.cancel();
      throw new TooLarge(url, maximumBytes);
    }
    body.set(part.value, length);
    length += part.value.byteLength;
  }
  return body.slice(0, length);
}

async function whole(response: Response, url: string, maximumBytes: number): Promise<Response> {
  await refuseRedirect(response, url);
  return readAnswer(response, await readLimited(response, url, maximumBytes));
}

async function begun(response: Response, maximumBytes: number, { enough }: Glance): Promise<Response> {
  return readAnswer(response, await readBeginning(response, maximumBytes, enough));
}

function readAnswer({ status, headers: sent }: Response, body: Uint8Array<ArrayBuffer>): Response {
  const bodiless = status === 204 || status === 205 || status === 304;
  const headers = new Headers(sent);
  // The body is already decoded.
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(bodiless ? null : body, { status, headers });
}

/** As much as comes before the size or time limit, or is enough. */
async function readBeginning(
  response: Response,
  maximumBytes: number,
  enough: Glance["enough"],
): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Uint8Array(maximumBytes);
  let length = 0;
  const reader = response.body?.getReader();
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      const fitting = part.value.subarray(0, maximumBytes - length);
      body.set(fitting, length);
      length += fitting.byteLength;
      if (length < maximumBytes && !enough?.(new TextDecoder().decode(body.subarray(0, length)))) continue;
      await reader?.cancel();
      break;
    }
  } catch {
    // What came so far is what there is to see.
  }
  return body.slice(0, length);
}

function namedAs(glance: OutboundRequest["glance"]): Record<string, string> {
  if (glance?.userAgent === undefined) return { "user-agent": userAgent };
  return glance.userAgent === null ? {} : { "user-agent": glance.userAgent };
}

function unavailable(url: string, seen: string): DownstreamError {
  return new DownstreamError("provider_unavailable", { seen: `${place(url)}: ${seen}` }, true);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
}
