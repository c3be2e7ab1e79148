// Which pages may read what the exchange answers: those of the server's own agents, each named, never all (P-90).
import { keyHeader } from "../../../contract/embed.ts";
import { originMatches } from "../../oauth/allowed-origin.ts";
import type { LinkedAgent } from "../../store/promises/snapshot.ts";

/**
 * For every answer, refusals too: an agent's page can read why another agent refused it. No credentials, ever: the
 * exchange knows no cookie.
 */
export function agentCors(request: Request, agents: readonly LinkedAgent[]): Record<string, string> {
  const origin = request.headers.get("origin");
  const vary = { vary: "Origin" };
  if (origin === null || !agents.some(({ allowedOrigins }) => originMatches(allowedOrigins, origin))) return vary;
  const allowed = { ...vary, "access-control-allow-origin": origin };
  if (request.method !== "OPTIONS") return { ...allowed, "access-control-expose-headers": "Retry-After" };
  return {
    ...allowed,
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": `content-type, ${keyHeader.toLowerCase()}`,
    // Short: a list that was changed should not be remembered for hours.
    "access-control-max-age": "600",
  };
}
