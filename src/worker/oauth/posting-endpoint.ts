// Where clients of 2024-11-05 post: the runtime's own endpoint, behind a proof of who it was given to (P-116).
import * as base64url from "jose/base64url";

/** In the query of the MCP URL: clients resolve an endpoint against that URL, and logs leave queries out. */
export const endpointParameter = "mcpstack_endpoint";

/** Longer than any path with a session id in it. */
const longestPath = 4096;

/**
 * The URL that an `endpoint` event means, or null when it is none that the gateway may post to for a client: it must
 * stay at the origin that the operator named.
 *
 * @param named the event's data
 * @param streamUrl where the stream was opened, which a relative endpoint is resolved against
 */
export function namedEndpoint(named: string, streamUrl: string): URL | null {
  const endpoint = URL.parse(named.trim(), streamUrl);
  if (endpoint === null || endpoint.origin !== new URL(streamUrl).origin) return null;
  if (endpoint.username !== "" || endpoint.password !== "") return null;
  endpoint.hash = "";
  return pathOf(endpoint).length > longestPath ? null : endpoint;
}

/** What the proof is made over: an endpoint belongs to one person at one server, and to the runtime that named it. */
export function endpointOwner(serverId: string, userId: string, endpoint: URL): string {
  return JSON.stringify([serverId, userId, endpoint.href]);
}

/** The reference that the client is given instead. `mcpPath` is the path of the MCP URL as the client called it. */
export function joinEndpoint(mcpPath: string, endpoint: URL, proof: string): string {
  return `${mcpPath}?${endpointParameter}=${base64url.encode(pathOf(endpoint))}.${proof}`;
}

/** The endpoint at the runtime of today and the proof that came with it; null when the value cannot be one of ours. */
export function splitEndpoint(value: string, runtimeUrl: string): { endpoint: URL; proof: string } | null {
  const [, path, proof] = /^([\w-]+)\.([\w-]+)$/.exec(value) ?? [];
  const decoded = path === undefined ? null : decode(path);
  if (decoded === null || proof === undefined || !decoded.startsWith("/")) return null;
  const endpoint = URL.parse(new URL(runtimeUrl).origin + decoded);
  return endpoint && { endpoint, proof };
}

function pathOf({ pathname, search }: URL): string {
  return pathname + search;
}

function decode(text: string): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(base64url.decode(text));
  } catch {
    return null;
  }
}
