// Scope strings: parsing, narrowing and the order in which they are shown.

/** Scope tokens of RFC 6749 §3.3, without repetitions; null when a character is not allowed. */
export function parseScope(value: string | null | undefined): string[] | null {
  if (!value) return [];
  const tokens = value.split(" ").filter((token) => token !== "");
  if (!tokens.every((token) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(token))) return null;
  return [...new Set(tokens)];
}

/**
 * What an authorization is for: the scopes asked for that exist at the server (one that includes others does, although it
 * is not published), or the server's baseline when none was
 * asked for or none of them exists (P-63; unknown ones such as `openid email profile` are dropped, not refused). Alone,
 * `openid` and `offline_access` ask for nothing that a server does: they are hints (P-72).
 */
export function grantableScope(
  asked: readonly string[],
  server: {
    scopes: readonly string[];
    tools: readonly { scopes: readonly string[] }[];
    broaderScopes?: readonly { name: string }[];
  },
): string[] {
  const known = [...allScopes(server), ...(server.broaderScopes ?? []).map(({ name }) => name)];
  const kept = asked.filter((scope) => known.includes(scope));
  return kept.some(isOfResource) ? kept : [...server.scopes];
}

/** False for the two scopes that never say what a resource allows, only how the sign-in goes (P-7). */
export function isOfResource(scope: string): boolean {
  return scope !== "openid" && scope !== "offline_access";
}

/** Baseline and tool scopes of a server, each once, baseline first. */
export function allScopes(server: {
  scopes: readonly string[];
  tools: readonly { scopes: readonly string[] }[];
}): string[] {
  return [...new Set([...server.scopes, ...server.tools.flatMap((tool) => tool.scopes)])];
}

/** True when every wanted scope is among those held. */
export function holdsAll(held: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((scope) => held.includes(scope));
}
