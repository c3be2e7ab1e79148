// The MCP URL: preflight, origin, admission, policy, credential, the runtime, and one line in the log.
import type { GatewayEvent } from "../../../contract/events.ts";
import { preflightHeaders } from "../../oauth/cors.ts";
import { Refusal } from "../../oauth/errors.ts";
import { originAllowed } from "../../oauth/origin-policy.ts";
import { admit } from "./admit.ts";
import {
  type AdmittedCall,
  type Call,
  type Caller,
  type McpVisit,
  memoryOf,
  type ProxyLimits,
  usualLimits,
} from "./call.ts";
import { upstreamHeaders } from "./credential.ts";
import { forward } from "./forward.ts";
import { authorize, type Passage, readPassage } from "./policy.ts";
import { refused } from "./refusal.ts";

/**
 * Answers one request at `S/mcp` or `S/mcp/`. Authorization comes before the method, the body and the protocol's era
 * (P-105); a warm request touches no storage. Throws a BearerChallenge or a ProxyError, for the renderer.
 */
export async function proxy(request: Request, visit: McpVisit & { limits?: Partial<ProxyLimits> }): Promise<Response> {
  if (request.method === "OPTIONS") {
    const requested = request.headers.get("access-control-request-headers");
    return new Response(null, { status: 204, headers: preflightHeaders(requested) });
  }
  const { context, limits, url } = visit;
  const call: Call = {
    request,
    url,
    visit,
    limits: limits === undefined ? usualLimits : { ...usualLimits, ...limits },
    memory: memoryOf(context),
  };
  requireOrigin(call);
  const began = performance.now();
  const known: Known = {};
  try {
    const admitted = await admit(call);
    known.admitted = admitted;
    const passage = await readPassage(admitted);
    known.passage = passage;
    authorize(admitted, passage);
    const upstream = await upstreamHeaders(admitted);
    known.departed = performance.now();
    const response = await forward(admitted, passage, upstream, (late) => noteFailure(call, known, began, late));
    note(call, known, began, { outcome: "ok", status: response.status });
    return response;
  } catch (error) {
    noteFailure(call, known, began, error);
    throw error;
  }
}

/** P-99. Before authorization, so that a page of a foreign origin learns nothing about a token. */
function requireOrigin(call: Call): void {
  const origin = call.request.headers.get("origin");
  if (origin === null) return;
  const { context, server } = call.visit;
  const own = [context.settings.origin, new URL(server.issuer).origin];
  if (originAllowed(origin, own, server.snapshot)) return;
  throw refused(call, 403, "origin_refused", { field: "allowedOrigins" });
}

/** What the log may say, growing with the steps that were passed. */
interface Known {
  admitted?: AdmittedCall;
  passage?: Passage;
  /** When the runtime was called, in the clock of performance.now(). */
  departed?: number;
}

/** A refusal of nobody in particular is not kept: every client begins without a token, and so does every scanner. */
function noteFailure(call: Call, known: Known, began: number, error: unknown): void {
  // A fault of the gateway's own is noted at the door, with where it came from.
  if (!(error instanceof Refusal)) return;
  const { headers, retryAfter, line, hint, diagnosis, ...detail } = error.detail;
  const found = { ...detail, ...(diagnosis && { diagnosis }) };
  if (known.admitted === undefined && found.attempt === undefined) return;
  const status = "status" in error && typeof error.status === "number" ? error.status : 500;
  note(call, known, began, { outcome: status >= 500 ? "failed" : "refused", reason: error.reason, status, ...found });
}

type Ending = Pick<GatewayEvent, "outcome"> & Partial<GatewayEvent>;

function note(call: Call, { admitted, passage, departed }: Known, began: number, ending: Ending): void {
  const { context, requestId, server } = call.visit;
  const { caller, snapshot } = admitted ?? { caller: null, snapshot: server.snapshot };
  const ended = performance.now();
  // Member by member: this is written for every call, and each conditional spread would be an object of its own.
  const event: GatewayEvent = {
    event: "mcp_call",
    requestId,
    organization: snapshot.organizationId,
    server: snapshot.slug,
    totalMs: Math.round(ended - began),
    ...ending,
  };
  if (departed !== undefined) event.runtimeMs = Math.round(ended - departed);
  if (snapshot.gateway !== null) event.gateway = snapshot.gateway.id;
  if (passage !== undefined) event.method = passage.label;
  if (passage?.tool != null) event.tool = passage.tool;
  if (caller !== null) noteCaller(event, caller);
  context.record(event);
}

function noteCaller(event: GatewayEvent, { channel, clientId, clientName, grantId, subject }: Caller): void {
  event.client = clientId;
  event.channel = channel;
  if (channel !== "static") event.user = subject;
  if (channel === "embedded") event.agent = clientId;
  if (clientName !== null) event.clientName = clientName;
  if (grantId !== null) event.attempt = grantId;
}
