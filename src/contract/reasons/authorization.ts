// Reason codes of an authorization, from the request to the grant.
import type { Reason } from "./reason.ts";

export const authorizationReasons = {
  response_type_unsupported: { cause: "Only the authorization code flow is offered.", fix: "Send response_type=code." },
  pkce_required: {
    cause: "The request has no PKCE challenge.",
    fix: "Send code_challenge and code_challenge_method=S256.",
  },
  pkce_method_unsupported: { cause: "Only the PKCE method S256 is accepted.", fix: "Send code_challenge_method=S256." },
  resource_unknown: {
    cause: "The resource asked for is not this MCP server.",
    fix: "Send the server's MCP URL as resource.",
  },
  attempt_unknown: { cause: "This sign-in is not known or is over.", fix: "Start again from the app." },
  attempt_expired: { cause: "This sign-in took longer than ten minutes.", fix: "Start again from the app." },
  attempt_finished: {
    cause: "This sign-in was already completed.",
    fix: "Go back to the app, or start again from there.",
  },
  browser_mismatch: {
    cause: "This sign-in was started in another browser, or cookies are blocked.",
    fix: "Start again from the app and finish in the same browser, with cookies allowed.",
  },
  form_forged: {
    cause: "The consent form did not come from the page that was shown.",
    fix: "Start again from the app.",
  },
  consent_denied: {
    cause: "The person chose not to allow the app.",
    fix: "Connect again and choose Allow if that was a mistake.",
  },
  gateway_detached: {
    cause: "No gateway profile is attached to this server.",
    fix: "Attach a gateway profile to the server.",
  },
  grant_ended: { cause: "The authorization has ended.", fix: "Connect the app again." },
  grant_revoked: { cause: "The authorization was revoked.", fix: "Connect the app again." },
} as const satisfies Record<string, Reason>;
