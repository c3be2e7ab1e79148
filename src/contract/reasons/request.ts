// Reason codes of the request itself, whatever door it came to.
import type { Reason } from "./reason.ts";

export const requestReasons = {
  malformed_request: { cause: "The request could not be read.", fix: "Send what the endpoint documents." },
  duplicate_parameter: { cause: "A parameter was sent more than once.", fix: "Send each parameter once." },
  request_too_large: { cause: "The request is larger than this endpoint reads.", fix: "Send a smaller request." },
  method_not_allowed: {
    cause: "This URL does not answer that method.",
    fix: "Use a method named in the Allow header.",
  },
  unsupported_media_type: {
    cause: "The content type is not one this endpoint reads.",
    fix: "Send the content type named in the message.",
  },
  not_found: {
    cause: "Nothing answers at this URL.",
    fix: "Check the URL; a server's MCP URL is shown by `servers get`.",
  },
  server_unknown: { cause: "No MCP server has this name.", fix: "Check the slug in the URL." },
  rate_limited: {
    cause: "Too many requests of this kind in a short time.",
    fix: "Wait for the time in Retry-After, then try again.",
  },
  internal_error: { cause: "The gateway failed.", fix: "Try again; if it lasts, give the request id to the operator." },
  misconfigured: {
    cause: "This deployment's settings are incomplete.",
    fix: "The operator finds the list at /healthz.",
  },
  storage_unavailable: { cause: "The gateway's storage did not answer.", fix: "Try again in a few seconds." },
} as const satisfies Record<string, Reason>;
