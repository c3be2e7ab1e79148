// Reason codes of calls at the MCP URL.
import type { Reason } from "./reason.ts";

export const callReasons = {
  token_missing: { cause: "The request carries no access token.", fix: "Authorize as the challenge says." },
  token_malformed: {
    cause: "The Authorization header is not one Bearer token.",
    fix: "Send `Authorization: Bearer` with one access token.",
  },
  token_invalid: { cause: "The access token was not issued by this gateway, or was changed.", fix: "Authorize again." },
  token_expired: { cause: "The access token has expired.", fix: "Refresh it." },
  token_audience: { cause: "The access token was issued for another server.", fix: "Authorize for this server." },
  token_revoked: { cause: "The authorization behind this token has ended.", fix: "Authorize again." },
  caller_token_missing: {
    cause: "Every call to this server uses one shared upstream credential, and the request carries no API token.",
    fix: "Send `Authorization: Bearer` with an organization API token of role caller.",
  },
  caller_token_unknown: {
    cause: "The token is not an API token, or was revoked.",
    fix: "Use an organization API token of role caller; access tokens of OAuth clients do not fit this kind of server.",
  },
  caller_token_role: {
    cause: "The API token manages the organization, and such a token may not call servers.",
    fix: "Use an organization API token of role caller.",
  },
  caller_token_organization: {
    cause: "The API token belongs to another organization.",
    fix: "Use an API token of role caller of the organization that this server belongs to.",
  },
  static_headers_unreadable: {
    cause: "The server's static headers are sealed under a master key that this deployment does not have.",
    fix: "Set MASTER_KEY_PREVIOUS to the former master key, or send staticHeaders again.",
  },
  static_headers_server: {
    cause: "Nobody signs in to this server: its callers present an API token, and it has no authorization server.",
    fix: "Call its MCP URL with an organization API token of role caller.",
  },
  insufficient_scope: {
    cause: "The call needs scopes that were not granted.",
    fix: "Authorize again with the scopes in the challenge.",
  },
  origin_refused: {
    cause: "Pages of this origin may not call this server.",
    fix: "Add the origin to the server's allowedOrigins, or to those of an agent that is linked to the server.",
  },
  header_mismatch: {
    cause: "The MCP headers do not agree with the body.",
    fix: "Send Mcp-Method and Mcp-Name as the body has them.",
  },
  batch_refused: {
    cause: "JSON-RPC batches exist only in protocol version 2025-03-26.",
    fix: "Send one message per request.",
  },
  session_not_yours: {
    cause: "This session belongs to somebody else or does not exist.",
    fix: "Initialize a new session.",
  },
  endpoint_not_yours: {
    cause: "This posting endpoint was given to somebody else, for another server, or before the runtime moved.",
    fix: "Open the event stream again with GET, and POST to the endpoint that it names.",
  },
  runtime_unavailable: {
    cause: "The MCP runtime did not answer.",
    fix: "Check that the runtime is up and that runtimeUrl is right.",
  },
  runtime_redirected: {
    cause: "The MCP runtime answered with a redirect, which is never followed.",
    fix: "Set runtimeUrl to the final URL.",
  },
  runtime_endpoint_refused: {
    cause: "The event stream of the MCP runtime names a posting endpoint outside the runtime's own origin.",
    fix: "Let the runtime's endpoint event name a path, or a URL at the origin of runtimeUrl.",
  },
  runtime_refused: {
    cause: "The MCP runtime refused the gateway's call.",
    fix: "Check that the runtime accepts this gateway's assertion, and that the API behind it accepts the user's token.",
  },
  client_gone: {
    cause: "The client left before the runtime answered.",
    fix: "Nothing to do, unless clients give up often: then the runtime is slow.",
  },
} as const satisfies Record<string, Reason>;
