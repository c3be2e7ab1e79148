// Client ids that are URLs of metadata documents: their form, and where they lead (P-37, P-39).
import { type OutboundRules, refuseOutbound } from "./outbound-url.ts";

/** Real ones are short; a longer one would only weigh on every token and log line. */
const longest = 1024;

/** True for anything that wants to be read as a URL; generated ids never look like one (P-41). */
export function looksLikeUrl(clientId: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(clientId);
}

/**
 * Why such an id is not acceptable, or null: https, a path, no dot segments, no fragment, no userinfo.
 * @param plainAllowed development only: http as well
 */
export function refuseClientUrl(clientId: string, plainAllowed = false): string | null {
  if (!URL.canParse(clientId)) return "is not a URL";
  const url = new URL(clientId);
  if (url.protocol !== "https:" && !(plainAllowed && url.protocol === "http:")) return "is not https";
  if (url.username || url.password) return "has a user name or password";
  if (clientId.includes("#")) return "has a fragment";
  if (url.pathname === "/") return "has no path";
  if (clientId.length > longest) return `is longer than ${longest} characters`;
  if (url.href !== clientId || /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(clientId)) return "is not in normal form";
  return null;
}

/** The form of the id itself, then where it leads: nothing inside a network, and never this gateway. */
export function refuseClientAddress(clientId: string, rules: OutboundRules): string | null {
  return refuseClientUrl(clientId, rules.allowPrivateNetwork) ?? refuseOutbound(clientId, rules);
}
