// The way to the runtime and back: own header rules, no redirects, no buffering, an answer in time.
import { corsHeaders } from "../../oauth/cors.ts";
import type { ProxyError } from "../../oauth/errors.ts";
import { clientHeaders, runtimeAddress, runtimeHeaders } from "../../oauth/forward-headers.ts";
import { refuseOutbound } from "../../oauth/outbound-url.ts";
import type { AdmittedCall, UpstreamHeaders } from "./call.ts";
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
  upstream: UpstreamHeaders,
  late: (refusal: ProxyError) => void,
): Promise<Response> {
  requireOutside(call);
  const headers = await outgoing(call, passage, upstream);
  const address = (await provenEndpoint(call)) ?? runtimeAddress(call.snapshot.runtimeUrl, call.url.search);
  const response = await reach(call, passage, address, headers);
  refuseUnrelayable(call, response);
  return relayed(call, response, (events) => {
    const legacy = passage.label === "GET" && !call.request.headers.has("mcp-session-id");
    return legacy ? withOwnEndpoint(call, events, address, late) : events;
  });
}

/** The URL was judged when it was saved; the settings may have changed since, and a gateway must not call itself. */
function requireOutside(call: AdmittedCall): void {
  const { allowPrivateNetwork, origin, serverHostSuffix } = call.visit.context.settings;
  const ownHosts = [new URL(origin).host, ...(serverHostSuffix === null ? [] : [serverHostSuffix])];
  const expected = refuseOutbound(call.snapshot.runtimeUrl, { allowPrivateNetwork, ownHosts });
  if (expected !== null) throw refused(call, 502, "outbound_refused", { expected, field: "runtimeUrl" });
}

async function outgoing(call: AdmittedCall, passage: Passage, upstream: UpstreamHeaders): Promise<Headers> {
  const { caller, request, snapshot, visit } = call;
  const session = await provenSession(call, passage);
  const assertion = await visit.context.assertions.sign(
    snapshot.signingKey,
    {
      audience: visit.server.resource,
      userId: caller.subject,
      organizationId: snapshot.organizationId,
      serverId: snapshot.id,
      gatewayId: snapshot.gateway?.id ?? "",
      clientId: caller.clientId,
      clientName: caller.clientName,
      workspace: caller.workspace,
      scope: caller.scope,
      channel: caller.channel,
      grantId: caller.grantId,
    },
    visit.context.now(),
  );
  const headers = new Headers(runtimeHeaders(request.headers));
  if (session !== null) headers.set("Mcp-Session-Id", session);
  // An event id belongs to a session; without a proven one it could be anybody's.
  else headers.delete("Last-Event-ID");
  headers.set("Accept-Encoding", "identity");
  // The operator's names win over the client's; the two below are nobody's but the gateway's.
  for (const [name, value] of upstream) headers.set(name, value);
  headers.set("X-MCPStack-Assertion", assertion);
  headers.set("X-MCPStack-Request-Id", visit.requestId);
  return headers;
}

async function reach(
  call: AdmittedCall,
  { body, label }: Passage,
  address: string,
  headers: Headers,
): Promise<Response> {
  const { limits, request } = call;
  const limit = prompt.has(label) || label.startsWith("notifications/") ? limits.promptMs : limits.patientMs;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), limit);
  try {
    return await fetch(address, {
      method: request.method,
      headers,
      body,
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.any([request.signal, deadline.signal]),
    });
  } catch {
    if (request.signal.aborted) throw refused(call, 499, "client_gone");
    const late = deadline.signal.aborted;
    throw refused(call, 502, "runtime_unavailable", {
      expected: late ? `response headers within ${limit / 1000} s` : "a connection to the runtime",
      field: "runtimeUrl",
    });
  } finally {
    clearTimeout(timer);
  }
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

/** Status and body as they came; the gateway's own headers where they decide about caching, origins and sessions. */
async function relayed(
  call: AdmittedCall,
  response: Response,
  checked: (events: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>,
): Promise<Response> {
  const headers = new Headers(clientHeaders(response.headers));
  for (const [name, value] of Object.entries(corsHeaders())) headers.set(name, value);
  const session = response.headers.get("mcp-session-id");
  if (session !== null) headers.set("Mcp-Session-Id", await boundSession(call, session));
  headers.set("X-Content-Type-Options", "nosniff");
  // P-107: what one caller may see is never kept for another, whatever the runtime thinks of caching.
  headers.set("Cache-Control", "no-store");
  if (response.body === null || !/^text\/event-stream\b/i.test(headers.get("content-type") ?? "")) {
    return new Response(response.body, { status: response.status, headers });
  }
  headers.set("Cache-Control", "no-store, no-transform");
  headers.set("X-Accel-Buffering", "no");
  headers.delete("content-length");
  headers.delete("content-encoding");
  const events = withKeepAlive(checked(response.body), call.limits.keepAliveMs);
  return new Response(events, { status: response.status, headers });
}
