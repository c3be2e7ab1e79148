// The only place where an error becomes a Response: JSON, redirect, challenge or page, told apart by its type.
import { diagnoses } from "../contract/diagnoses.ts";
import { reasons } from "../contract/events.ts";
import type { Reason } from "../contract/reasons/reason.ts";
import { bearerChallenge } from "./oauth/challenge.ts";
import { corsHeaders } from "./oauth/cors.ts";
import {
  BearerChallenge,
  PageError,
  ProxyError,
  RedirectableError,
  Refusal,
  type RefusalDetail,
  WireError,
} from "./oauth/errors.ts";

/** What a failed request looked like, as far as its answer depends on it. */
interface Asked {
  request: Request;
  requestId: string;
  /** Whether every page may read the answer; not unless it is said. A challenge is always readable (P-112). */
  readable?: boolean;
}

/** Anything that is not a Refusal is the gateway's own failure: 500 without a word of its inside. */
export function render(error: unknown, asked: Asked): Response | Promise<Response> {
  if (error instanceof WireError) return wire(error, asked);
  if (error instanceof BearerChallenge) return challenge(error, asked);
  if (error instanceof ProxyError) return proxied(error, asked);
  if (error instanceof RedirectableError) return redirected(error, asked);
  if (error instanceof PageError) return shown(error, asked);
  if (error instanceof Refusal)
    return wire(new WireError(503, "temporarily_unavailable", error.reason, error.detail), asked);
  return wire(new WireError(500, "server_error", "internal_error"), asked);
}

function body(error: Refusal, code: string, asked?: Asked): Record<string, unknown> {
  const { field, expected, seen, attempt, diagnosis, hint } = error.detail;
  return {
    error: code,
    error_description: describe(error),
    reason: error.reason,
    ...(field && { field }),
    ...(expected && { expected }),
    ...(seen && { seen }),
    ...(diagnosis && { diagnosis }),
    ...(hint && { hint }),
    ...(attempt && { attempt }),
    ...(asked && { request_id: asked.requestId }),
  };
}

/** Cause and fix in the characters that RFC 6749 §5.2 allows. */
function describe(error: Refusal): string {
  const { cause, fix } = told(error);
  return `${cause} ${fix}`.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, "?");
}

/** What happened by its reason; what to do by the diagnosis, where the provider's own words gave one. */
function told({ reason, detail: { diagnosis, hint } }: Refusal): Reason {
  if (diagnosis === undefined) return reasons[reason];
  const { cause, fix } = diagnoses[diagnosis];
  return { cause: `${reasons[reason].cause} ${cause}`, fix: hint === undefined ? fix : `${fix} ${hint}` };
}

function headersOf({ headers, retryAfter }: RefusalDetail, readable = false): Record<string, string> {
  return {
    ...headers,
    ...(readable && corsHeaders()),
    "cache-control": "no-store",
    ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
  };
}

function wire(error: WireError, asked: Asked): Response {
  const headers = headersOf(error.detail, asked.readable);
  return Response.json(body(error, error.error, asked), { status: error.status, headers });
}

/** All of a challenge but the id of the request, which is the last thing that it says. */
interface Prepared {
  status: number;
  headers: Headers;
  text: string;
}

/** The same challenge is thrown at everybody who comes without a token. */
const prepared = new WeakMap<BearerChallenge, Prepared>();

function challenge(error: BearerChallenge, { requestId }: Asked): Response {
  let known = prepared.get(error);
  if (known === undefined) {
    known = prepare(error);
    prepared.set(error, known);
  }
  const { status, headers, text } = known;
  return new Response(`${text},"request_id":${JSON.stringify(requestId)}}`, { status, headers });
}

function prepare(error: BearerChallenge): Prepared {
  const { error: code, scope, resourceMetadata, status, detail } = error;
  const errorDescription = code === null ? null : reasons[error.reason].cause;
  const value = bearerChallenge({ realm: "mcp", error: code, errorDescription, scope, resourceMetadata });
  const named = { ...headersOf(detail, true), "content-type": "application/json", "www-authenticate": value };
  const headers = new Headers(named);
  return { status, headers, text: JSON.stringify(body(error, code ?? "unauthorized")).slice(0, -1) };
}

/** JSON with a reason, and in the shape of JSON-RPC where a code is defined for the case (P-100, P-105). */
function proxied(error: ProxyError, asked: Asked): Response {
  const init = { status: error.status, headers: headersOf(error.detail, asked.readable) };
  if (error.rpcCode === null) return Response.json(body(error, error.reason, asked), init);
  const data = body(error, error.reason, asked);
  const rpcError = { code: error.rpcCode, message: describe(error), data };
  return Response.json({ jsonrpc: "2.0", id: error.rpcId, error: rpcError }, init);
}

/**
 * Back to the client. A self-registered web client could be anybody's, so nobody is sent there by an error alone: the
 * person sees it first and goes on by a click of their own (P-60).
 */
async function redirected(error: RedirectableError, asked: Asked): Promise<Response> {
  const { redirect, detail } = error;
  const attempt = detail.attempt ? ` Attempt ${detail.attempt}.` : "";
  const location = redirect.to({ error: error.error, error_description: `${describe(error)}${attempt}` });
  if (redirect.trusted) {
    const headers = { ...headersOf(detail), location, "referrer-policy": "no-referrer" };
    return new Response(null, { status: 303, headers });
  }
  const { host, protocol } = new URL(redirect.uri);
  const returnTo = { host: host || protocol, url: location };
  const headers = headersOf(detail);
  if (prefersJson(asked.request)) return Response.json(body(error, error.error, asked), { status: 400, headers });
  const { errorDocument } = await import("./error-document.ts");
  return errorDocument(400, { ...facts(error), requestId: asked.requestId, returnTo }, new Headers(headers));
}

async function shown(error: PageError, asked: Asked): Promise<Response> {
  const headers = headersOf(error.detail);
  if (prefersJson(asked.request)) {
    return Response.json(body(error, error.error, asked), { status: error.status, headers });
  }
  const { errorDocument } = await import("./error-document.ts");
  return errorDocument(error.status, { ...facts(error), requestId: asked.requestId }, new Headers(headers));
}

function facts({ reason, detail }: Refusal) {
  const { field, expected, seen, attempt, retryAfter, diagnosis, hint } = detail;
  return {
    reason,
    ...(field !== undefined && { field }),
    ...(expected !== undefined && { expected }),
    ...(seen !== undefined && { seen }),
    ...(attempt !== undefined && { attempt }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(diagnosis !== undefined && { diagnosis }),
    ...(hint !== undefined && { hint }),
  };
}

/** A program that probes a page wants JSON (mcp-remote heals itself by it); browsers always name text/html. */
function prefersJson(request: Request): boolean {
  const accept = request.headers.get("accept")?.toLowerCase() ?? "";
  return quality(accept, "application/json") > quality(accept, "text/html");
}

/** RFC 9110 §12.5.1, for a type that is named: wildcards prefer nothing. */
function quality(accept: string, type: string): number {
  const range = accept.split(",").find((part) => part.split(";")[0]?.trim() === type);
  if (range === undefined) return 0;
  const weight = /;\s*q\s*=\s*([\d.]+)/.exec(range)?.[1];
  return weight === undefined ? 1 : Number(weight);
}
