// Reason codes that only the log gives: what nobody was told, because nobody asked.
import type { Reason } from "./reason.ts";

export const logReasons = {
  token_never_used: {
    cause: "A token was issued, and no MCP call arrived with it.",
    fix: "Let the client's servers through: bot rules, firewall and allow-lists in front of the gateway, egress addresses of hosted clients, port 443 only, and first answers within 10 seconds.",
  },
  log_lines_lost: {
    cause: "The log could not be written for a while, so lines are missing here.",
    fix: "Nothing to do for a short gap; if it lasts, check the Durable Objects of the deployment.",
  },
} as const satisfies Record<string, Reason>;
