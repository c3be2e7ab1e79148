// Resource indicators (RFC 8707): is what the client names this server's MCP URL?

/**
 * The canonical form that audiences are compared in: lower-case scheme and host, no default port, no trailing slash
 * (P-5, P-23). Null for anything that is not an absolute http(s) URI or has a fragment (RFC 8707 §2).
 */
export function canonicalResource(value: string): string | null {
  if (!URL.canParse(value) || value.includes("#")) return null;
  const url = new URL(value);
  if ((url.protocol !== "https:" && url.protocol !== "http:") || url.username || url.password) return null;
  // Written as it is read: no dot segments, backslashes or blanks that the parser would quietly repair.
  if (url.pathname !== "/" && !value.endsWith(`${url.pathname}${url.search}`)) return null;
  return `${url.origin}${url.pathname.replace(/\/$/, "")}${url.search}`;
}

/**
 * Whether the named resource means this server. `S/mcp` and `S/mcp/` are one audience; nothing shorter is accepted, so
 * that a token never covers the gateway's base URL (CVE-2025-69196, P-53).
 */
export function meansServer(value: string, resource: string): boolean {
  return canonicalResource(value) === resource;
}
