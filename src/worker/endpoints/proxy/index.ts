// The MCP URL: preflight, origin, admission, policy, credential, the runtime, and one line in the log.
import type { GatewayEvent } from "../../../contract/events.ts";
import { preflightHeaders } from "../../oauth/cors.ts";
import { Refusal } from "../../oauth/errors.ts";
import { originAllowed } from "../../oauth/origin-policy.ts";
import type { ServerVisit } from "../context.ts";
import { admit } from "./admit.ts";
import { type AdmittedCall, type Call, memoryOf, type ProxyLimits, usualLimits } from "./call.ts";
import { upstreamHeaders } from "./credential.ts";
import { forward } from "./forward.ts";
import { authorize, type Passage, readPassage } from "./policy.ts";
import { refused } from "./refusal.ts";

/**
 * Answers one request at `S/mcp` or `S/mcp/`. Authorization comes before the method, the body and the protocol's era
 * (P-105); a warm request touches no storage. Throws a BearerChallenge or a ProxyError, for the renderer.
 */
export async function proxy(
  request: Request,
  visit: ServerVisit & { limits?: Partial<ProxyLimits> },
): Promise<Response> {
  if (request.method === "OPTIONS") {
    const requested = request.headers.get("access-control-request-headers");
    return new Response(null, { status: 204, headers: preflightHeaders(requested) });
  }
  const url = new URL(request.url);
  const call: Call = {
    request,
    url,
    visit,
    limits: { ...usualLimits, ...visit.limits },
    memory: memoryOf(visit.context),
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
  const { context, server } = call.visit;
  const origin = call.request.headers.get("origin");
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
  context.record({
    event: "mcp_call",
    requestId,
    organization: snapshot.organizationId,
    server: snapshot.slug,
    totalMs: Math.round(ended - began),
    ...(departed !== undefined && { runtimeMs: Math.round(ended - departed) }),
    ...(snapshot.gateway && { gateway: snapshot.gateway.id }),
    ...(caller && { client: caller.clientId, channel: caller.channel }),
    ...(caller && caller.channel !== "static" && { user: caller.subject }),
    ...(caller?.channel === "embedded" && { agent: caller.clientId }),
    ...(caller?.clientName != null && { clientName: caller.clientName }),
    ...(caller?.grantId != null && { attempt: caller.grantId }),
    ...(passage && { method: passage.label }),
    ...(passage?.tool != null && { tool: passage.tool }),
    ...ending,
  });
}
