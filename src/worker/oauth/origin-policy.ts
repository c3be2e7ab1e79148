// Which web origins may call an MCP URL (P-99): the gateway's own, and those that the operator listed.
import { originMatches } from "./allowed-origin.ts";

export interface ListedOrigins {
  /** The server's own list; `*` admits every origin that has a name. */
  allowedOrigins: readonly string[];
  /** Linked to the server: the pages that get its tokens also call it with them. */
  agents: readonly { allowedOrigins: readonly string[] }[];
}

/**
 * @param origin the Origin header; null when there is none, which is how every client but a browser calls
 * @param own origins of the gateway itself (its public one, and the server's own host)
 * @param listed by the server and by its agents: any of them is enough
 */
export function originAllowed(origin: string | null, own: readonly string[], listed: ListedOrigins): boolean {
  if (origin === null) return true;
  // `null` is what sandboxed frames and local files send: anybody can be `null`.
  if (!named.test(origin)) return false;
  const { allowedOrigins, agents } = listed;
  if (own.includes(origin) || allowedOrigins.includes(origin) || allowedOrigins.includes("*")) return true;
  return agents.some((agent) => originMatches(agent.allowedOrigins, origin));
}

/** One serialized origin: scheme, host, optional port; no list, no path, nothing around it. */
const named = /^[a-z][a-z0-9+.-]*:\/\/[^\s,/?#@\\]+$/i;
