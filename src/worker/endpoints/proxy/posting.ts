// Runtimes of 2024-11-05 (HTTP+SSE, P-116): where a client posts, bound to the caller it was told to, without storage.
import type { ProxyError } from "../../oauth/errors.ts";
import {
  endpointOwner,
  endpointParameter,
  joinEndpoint,
  namedEndpoint,
  splitEndpoint,
} from "../../oauth/posting-endpoint.ts";
import type { AdmittedCall } from "./call.ts";
import { withEndpoint } from "./endpoint-event.ts";
import { refused } from "./refusal.ts";

/**
 * The runtime's endpoint that this request is for, or null for the MCP URL's own. Throws 404 for an endpoint of
 * somebody else, of another server, of a runtime that has moved, and for one that nobody was given.
 */
export async function provenEndpoint(call: AdmittedCall): Promise<string | null> {
  const { caller, request, snapshot, url, visit } = call;
  const presented = url.searchParams.get(endpointParameter);
  if (presented === null) return null;
  const halves = splitEndpoint(presented, snapshot.runtimeUrl);
  if (halves !== null && request.method === "POST") {
    const owner = endpointOwner(snapshot.id, caller.subject, halves.endpoint);
    if (await visit.context.sealer.verifyMac("endpoint-binding", owner, halves.proof)) return halves.endpoint.href;
  }
  throw refused(call, 404, "endpoint_not_yours");
}

/**
 * A stream whose first event names an endpoint, as runtimes of 2024-11-05 begin; any other passes as it is. The client
 * is given an endpoint at the MCP URL instead, so that its token stays here. A stream that names an endpoint elsewhere
 * ends at once; `late` is told, because the answer has begun by then.
 *
 * @param streamUrl where the stream was opened at the runtime
 */
export function withOwnEndpoint(
  call: AdmittedCall,
  source: ReadableStream<Uint8Array>,
  streamUrl: string,
  late: (refusal: ProxyError) => void,
): ReadableStream<Uint8Array> {
  const { caller, snapshot, url, visit } = call;
  return withEndpoint(source, {
    async replace(named) {
      const endpoint = namedEndpoint(named, streamUrl);
      if (endpoint === null) return null;
      const owner = endpointOwner(snapshot.id, caller.subject, endpoint);
      const proof = await visit.context.sealer.mac("endpoint-binding", owner);
      return joinEndpoint(url.pathname, endpoint, proof);
    },
    refuse() {
      const refusal = refused(call, 502, "runtime_endpoint_refused", {
        expected: `a path, or a URL at ${new URL(streamUrl).origin}`,
        field: "runtimeUrl",
      });
      late(refusal);
      return refusal.reason;
    },
  });
}
