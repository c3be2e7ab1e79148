// Which web origins may call an MCP URL (P-99): the gateway's own, and those that the operator listed.

/**
 * @param origin the Origin header; null when there is none, which is how every client but a browser calls
 * @param own origins of the gateway itself (its public one, and the server's own host)
 * @param allowed the server's list; `*` admits every origin that has a name
 */
export function originAllowed(origin: string | null, own: readonly string[], allowed: readonly string[]): boolean {
  if (origin === null) return true;
  // `null` is what sandboxed frames and local files send: anybody can be `null`.
  if (!named.test(origin)) return false;
  return own.includes(origin) || allowed.includes(origin) || allowed.includes("*");
}

/** One serialized origin: scheme, host, optional port; no list, no path, nothing around it. */
const named = /^[a-z][a-z0-9+.-]*:\/\/[^\s,/?#@\\]+$/i;
