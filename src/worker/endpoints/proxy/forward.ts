// The way to the runtime and back: own header rules, no redirects, no buffering, an answer in time.
import { corsHeaders } from "../../oauth/cors.ts";
import { outboundRules } from "../../oauth/deployment.ts";
import type { ProxyError } from "../../oauth/errors.ts";
import { clientHeaders, type HeaderFields, runtimeAddress, runtimeHeaders } from "../../oauth/forward-headers.ts";
import { MadeOnce } from "../../oauth/made-once.ts";
import { refuseOutbound } from "../../oauth/outbound-url.ts";
import type { ServerSnapshot } from "../../store/promises/snapshot.ts";
import { assertionOf } from "./assertion.ts";
import type { AdmittedCall } from "./call.ts";
import { withKeepAlive } from "./events.ts";
import type { Passage } from "./policy.ts";
import { provenEndpoint, withOwnEndpoint } from "./posting.ts";
import { refused } from "./refusal.ts";
import { boundSession, provenSession } from "./session.ts";

/** What a live runtime answers at once; anything else, tool calls first of all, may work for a while. */
const prompt = new Set([
  "initialize",
  "ping",
  "server/discover",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "prompts/list",
  "logging/setLevel",
  "response",
  "GET",
  "HEAD",
  "DELETE",
]);

/**
 * Sends the passage on with what the runtime needs to act, and answers with what the runtime says.
 *
 * @param late is told of what must be refused after the answer has begun
 */
export async function forward(
  call: AdmittedCall,
  passage: Passage,
  upstream: HeaderFields,
  late: (refusal: ProxyError) => void,
): Promise<Response> {
  const runtime = runtimeOf(call);
  const presented = call.request.headers.get("mcp-session-id");
  const proven = presented === null ? null : await provenSession(call, presented, passage);
  const headers = outgoing(call, proven, upstream, await assertionOf(call));
  const { search } = call.url;
  const address =
    search === "" ? runtime : ((await provenEndpoint(call)) ?? runtimeAddress(call.snapshot.runtimeUrl, search));
  const response = await reach(call, passage, address, headers);
  refuseUnrelayable(call, response);
  const started = response.headers.get("mcp-session-id");
  const session = started === null ? null : await boundSession(call, started);
  if (response.body === null || !eventStream.test(response.headers.get("content-type") ?? "")) {
    return relayed(response, response.body, session);
  }
  const legacy = passage.label === "GET" && presented === null;
  const events = legacy ? withOwnEndpoint(call, response.body, address, late) : response.body;
  const stream = relayed(response, withKeepAlive(events, call.limits.keepAliveMs), session);
  stream.headers.set("cache-control", "no-store, no-transform");
  stream.headers.set("x-accel-buffering", "no");
  stream.headers.delete("content-length");
  stream.headers.delete("content-encoding");
  return stream;
}

/** A runtime's URL as it is called, and what speaks against calling it: judged once for each copy of a snapshot. */
const runtimes = new MadeOnce<ServerSnapshot, { href: string; refusal: string | null }>();

/** The URL was judged when it was saved; the settings may have changed since, and a gateway must not call itself. */
function runtimeOf(call: AdmittedCall): string {
  const { runtimeUrl } = call.snapshot;
  const { href, refusal } = runtimes.get(call.snapshot, runtimeUrl, () => {
    const expected = refuseOutbound(runtimeUrl, outboundRules(call.visit.context.settings));
    return { href: expected === null ? new URL(runtimeUrl).href : "", refusal: expected };
  });
  if (refusal !== null) throw refused(call, 502, "outbound_refused", { expected: refusal, field: "runtimeUrl" });
  return href;
}

function outgoing(
  { request, visit }: AdmittedCall,
  session: string | null,
  upstream: HeaderFields,
  assertion: string,
): HeaderFields {
  const headers = runtimeHeaders(request.headers);
  if (session !== null) headers["mcp-session-id"] = session;
  // An event id belongs to a session; without a proven one it could be anybody's.
  else if (headers["last-event-id"] !== undefined) delete headers["last-event-id"];
  headers["accept-encoding"] = "identity";
  // The operator's names win over the client's; the two below are nobody's but the gateway's.
  Object.assign(headers, upstream);
  headers["x-mcpstack-assertion"] = assertion;
  headers["x-mcpstack-request-id"] = visit.requestId;
  return headers;
}

async function reach(
  call: AdmittedCall,
  { body, label }: Passage,
  address: string,
  headers: HeaderFields,
): Promise<Response> {
  const { limits, request } = call;
  const limit = prompt.has(label) || label.startsWith("notifications/") ? limits.promptMs : limits.patientMs;
  const unavailable = (expected: string) =>
    refused(call, 502, "runtime_unavailable", { expected, field: "runtimeUrl" });
  const { signal } = request;
  const answer = fetch(address, {
    method: request.method,
    headers,
    body,
    redirect: "manual",
    cache: "no-store",
    signal,
  });
  // A race, and nothing to clear after it: a second abort signal and its timer's end cost a warm call several times
  // as much. The call to a runtime that is late ends with the request, which is as soon as the refusal is sent.
  const deadline = new Promise<null>((resolve) => setTimeout(resolve, limit, null));
  let response: Response | null;
  try {
    response = await Promise.race([answer, deadline]);
  } catch {
    throw signal.aborted ? refused(call, 499, "client_gone") : unavailable("a connection to the runtime");
  }
  if (response !== null) return response;
  answer.then(({ body: unread }) => unread?.cancel()).catch(() => undefined);
  throw unavailable(`response headers within ${limit / 1000} s`);
}

/**
 * What must not be passed on as if the gateway had said it. A redirect would take the credential elsewhere (P-111). A
 * 401 or 403 is between the gateway and the runtime: a client would take it for a verdict on its own token, and
 * authorizing again would not help. A platform's error page is not an answer of the runtime.
 */
function refuseUnrelayable(call: AdmittedCall, response: Response): void {
  const { status } = response;
  const reason =
    status >= 300 && status < 400
      ? "runtime_redirected"
      : status === 401 || status === 403
        ? "runtime_refused"
        : status >= 500 && !/json|event-stream/i.test(response.headers.get("content-type") ?? "")
          ? "runtime_unavailable"
          : null;
  if (reason === null) return;
  call.visit.background(response.body?.cancel().catch(() => {}) ?? Promise.resolve());
  const wait = Number(response.headers.get("retry-after"));
  throw refused(call, 502, reason, {
    seen: `HTTP ${status}`,
    ...(reason === "runtime_refused" && call.kind === "static_headers" && { field: "staticHeaders" }),
    ...(Number.isInteger(wait) && wait > 0 && { retryAfter: wait }),
  });
}

const eventStream = /^text\/event-stream\b/i;

/** P-107: what one caller may see is never kept for another, whatever the runtime thinks of caching. */
const ownHeaders = new Headers({ ...corsHeaders(), "x-content-type-options": "nosniff", "cache-control": "no-store" });

/** The runtime's answer, with the gateway's own headers where they decide about caching, origins and sessions. */
function relayed({ headers, status }: Response, body: ReadableStream | null, session: string | null): Response {
  // Taking over whole `Headers` costs less than telling the same names one by one.
  const answer = new Response(body, { status, headers: ownHeaders });
  for (const [name, value] of Object.entries(clientHeaders(headers))) answer.headers.set(name, value);
  if (session !== null) answer.headers.set("mcp-session-id", session);
  return answer;
}
