// Client ids that are URLs of metadata documents: the rule for their form (P-37).

/** True for anything that wants to be read as a URL; generated ids never look like one (P-41). */
export function looksLikeUrl(clientId: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(clientId);
}

/** Why such an id is not acceptable, or null: https, a path, no dot segments, no fragment, no userinfo. */
export function refuseClientUrl(clientId: string): string | null {
  if (!URL.canParse(clientId)) return "is not a URL";
  const url = new URL(clientId);
  if (url.protocol !== "https:") return "is not https";
  if (url.username || url.password) return "has a user name or password";
  if (clientId.includes("#")) return "has a fragment";
  if (url.pathname === "/") return "has no path";
  if (url.href !== clientId || /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(clientId)) return "is not in normal form";
  return null;
}
