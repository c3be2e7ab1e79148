// The Bearer challenge as a header value, and the order in which it lists scopes.

export interface Challenge {
  realm: string;
  error?: "invalid_request" | "invalid_token" | "insufficient_scope" | null;
  errorDescription?: string | null;
  scope?: readonly string[];
  /** Null where nobody can authorize: without it no client looks for an authorization server. */
  resourceMetadata: string | null;
}

/**
 * One `Bearer` challenge with every value quoted and every parameter at most once (P-18).
 * Clients read it with regular expressions, so nothing else may look like a parameter.
 * @see RFC 6750 §3, RFC 9728 §5.1
 */
export function bearerChallenge(challenge: Challenge): string {
  const parameters: [string, string][] = [["realm", challenge.realm]];
  if (challenge.error) parameters.push(["error", challenge.error]);
  if (challenge.errorDescription) parameters.push(["error_description", prose(challenge.errorDescription)]);
  if (challenge.scope?.length) parameters.push(["scope", challenge.scope.join(" ")]);
  if (challenge.resourceMetadata) parameters.push(["resource_metadata", challenge.resourceMetadata]);
  return `Bearer ${parameters.map(([name, value]) => `${name}="${quotable(value)}"`).join(", ")}`;
}

/** In prose, `scope=` would look like a parameter to a regular expression. */
function prose(text: string): string {
  return text.replaceAll("=", ":");
}

/** RFC 6750 §3: %x20-21 / %x23-5B / %x5D-7E. */
function quotable(value: string): string {
  return value.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, "?");
}

/**
 * Scopes without repetition, in an order that differs from the published one wherever there is more than one:
 * mcp-remote asks for the old scopes again when a challenge reads exactly like `scopes_supported`.
 */
export function challengeScopes(scopes: readonly string[], published: readonly string[]): string[] {
  const ordered = [...new Set(scopes)].sort((a, b) => (a < b ? 1 : -1));
  return ordered.join(" ") === published.join(" ") ? ordered.reverse() : ordered;
}
