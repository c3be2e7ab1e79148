// The vocabulary of what goes wrong: every reason code with its cause and its fix, rendered everywhere from here.

interface Reason {
  /** What happened, for a person; a sentence without values. */
  cause: string;
  /** What to do about it, and who can. */
  fix: string;
}

const table = {
  // The request itself
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

  // Clients and registration
  client_unknown: {
    cause: "The gateway does not know this client id.",
    fix: "Make the app forget its registration and connect again.",
  },
  client_url_refused: {
    cause: "A client id that is a URL must be a public https URL with a path.",
    fix: "Publish the client's metadata document at such a URL, or register dynamically.",
  },
  client_metadata_unsupported: {
    cause: "This deployment does not fetch client metadata documents.",
    fix: "Register the client dynamically or ask the operator to pre-register it.",
  },
  client_authentication_failed: {
    cause: "The client's secret is missing or wrong.",
    fix: "Send the secret that registration returned, or register again.",
  },
  client_metadata_invalid: {
    cause: "The registration holds a value that is not accepted.",
    fix: "Correct the named member.",
  },
  redirect_uri_invalid: {
    cause: "A redirect URI is not acceptable.",
    fix: "Use https, or http on a loopback host, without fragment.",
  },
  redirect_uri_unregistered: {
    cause: "The redirect URI is not one that this client registered.",
    fix: "Register exactly this URI; only a loopback port may differ.",
  },
  registration_closed: {
    cause: "This server does not take dynamic registrations.",
    fix: "Use a client that the operator registered.",
  },

  // Authorization
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
  scope_unknown: {
    cause: "None of the scopes asked for exist at this server.",
    fix: "Ask for scopes that the metadata lists.",
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

  // The way back from the provider
  state_unknown: {
    cause: "The provider's answer does not belong to a sign-in that is under way.",
    fix: "Start again from the app.",
  },
  issuer_response_mismatch: {
    cause: "The answer names another issuer than the profile's.",
    fix: "Check the profile's authorization server URL against the provider.",
  },
  provider_denied: {
    cause: "The provider refused the sign-in.",
    fix: "See the provider's message; often the user is not assigned to the application.",
  },
  provider_error: {
    cause: "The provider answered with an error.",
    fix: "See expected and seen; check the client id, callback URL and scopes at the provider.",
  },
  provider_unavailable: {
    cause: "The provider could not be reached or answered with a fault.",
    fix: "Try again; if it lasts, check the provider's status.",
  },
  provider_client_rejected: {
    cause: "The provider refused the profile's client id or secret.",
    fix: "Check clientId, clientSecret and tokenEndpointAuthMethod of the profile.",
  },
  metadata_not_found: {
    cause: "No discovery document was found at the provider.",
    fix: "Correct authorizationServerUrl, or set metadataUrl or the endpoints by hand.",
  },
  metadata_invalid: {
    cause: "The provider's discovery document is not usable.",
    fix: "See expected and seen; set the missing endpoint on the profile.",
  },
  metadata_issuer_mismatch: {
    cause: "The discovery document names another issuer.",
    fix: "Set authorizationServerUrl to the issuer that the document names.",
  },
  outbound_refused: { cause: "The address is not one the gateway may call.", fix: "Use a public https URL." },
  id_token_invalid: {
    cause: "The provider's ID token did not verify.",
    fix: "See expected and seen; check clientId and the issuer.",
  },
  access_token_invalid: {
    cause: "The provider's access token did not verify.",
    fix: "See expected and seen; check resource and issuer of the profile.",
  },
  audience_mismatch: {
    cause: "The provider's token is for another audience.",
    fix: "Set the profile's resource to the audience that the API expects.",
  },
  identity_missing: {
    cause: "The provider's tokens name no stable user.",
    fix: "Add openid to the scopes, or set subjectClaim.",
  },
  scopes_missing: {
    cause: "The provider did not grant every scope that was asked for.",
    fix: "Allow the missing scopes for this client and user at the provider.",
  },
  profile_incomplete: {
    cause: "The gateway profile lacks a value that this step needs.",
    fix: "Set the named field on the profile.",
  },

  // Tokens
  grant_type_unsupported: { cause: "This grant type is not offered.", fix: "Use authorization_code or refresh_token." },
  code_unknown: {
    cause: "The authorization code is wrong, expired or belongs to another client.",
    fix: "Start a new authorization.",
  },
  code_replayed: {
    cause: "The authorization code was used a second time, so its authorization was ended.",
    fix: "Start a new authorization.",
  },
  pkce_mismatch: {
    cause: "The code verifier does not fit the challenge.",
    fix: "Send the verifier of the same authorization request.",
  },
  redirect_uri_mismatch: {
    cause: "The redirect URI differs from the authorization request.",
    fix: "Send the same redirect_uri.",
  },
  refresh_unknown: {
    cause: "The refresh token is wrong, expired or belongs to another client.",
    fix: "Connect the app again.",
  },
  refresh_reused: {
    cause: "An old refresh token was used again, so the authorization was ended.",
    fix: "Connect the app again; an app must keep the newest refresh token.",
  },
  scope_exceeded: {
    cause: "More scopes were asked for than were granted.",
    fix: "Ask for granted scopes, or authorize again.",
  },
  provider_grant_ended: { cause: "The provider ended the user's sign-in.", fix: "Connect the app again." },
  downstream_token_too_large: {
    cause: "The provider's token is too large to travel inside a token.",
    fix: "Ask the provider for fewer claims.",
  },

  // The MCP URL
  token_missing: { cause: "The request carries no access token.", fix: "Authorize as the challenge says." },
  token_malformed: {
    cause: "The Authorization header is not one Bearer token.",
    fix: "Send `Authorization: Bearer` with one access token.",
  },
  token_invalid: { cause: "The access token was not issued by this gateway, or was changed.", fix: "Authorize again." },
  token_expired: { cause: "The access token has expired.", fix: "Refresh it." },
  token_audience: { cause: "The access token was issued for another server.", fix: "Authorize for this server." },
  token_revoked: { cause: "The authorization behind this token has ended.", fix: "Authorize again." },
  insufficient_scope: {
    cause: "The call needs scopes that were not granted.",
    fix: "Authorize again with the scopes in the challenge.",
  },
  origin_refused: {
    cause: "Pages of this origin may not call this server.",
    fix: "Add the origin to the server's allowedOrigins.",
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
  runtime_unavailable: {
    cause: "The MCP runtime did not answer.",
    fix: "Check that the runtime is up and that runtimeUrl is right.",
  },
  runtime_redirected: {
    cause: "The MCP runtime answered with a redirect, which is never followed.",
    fix: "Set runtimeUrl to the final URL.",
  },
  runtime_refused: {
    cause: "The MCP runtime refused the gateway's call.",
    fix: "Check that the runtime accepts this gateway's assertion, and that the API behind it accepts the user's token.",
  },
  client_gone: {
    cause: "The client left before the runtime answered.",
    fix: "Nothing to do, unless clients give up often: then the runtime is slow.",
  },
} satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof table;

/** Cause and fix of every reason code. */
export const reasons: Record<ReasonCode, Reason> = table;

/** What an expectation met: kept beside a reason in logs and, where it is safe, in answers. Never a secret. */
export interface Finding {
  expected?: string;
  seen?: string;
  /** The profile, server or request field to change. */
  field?: string;
}

/** What is written about one step of an attempt or one call. No member ever holds a token, code, verifier or secret. */
export interface GatewayEvent {
  event:
    | "registration"
    | "authorize"
    | "consent"
    | "departure"
    | "return"
    | "identity"
    | "code"
    | "token"
    | "refresh"
    | "revocation"
    | "mcp_call"
    | "failure";
  outcome: "ok" | "refused" | "failed";
  reason?: ReasonCode;
  requestId: string;
  attempt?: string;
  organization?: string;
  gateway?: string;
  server?: string;
  client?: string;
  clientName?: string;
  user?: string;
  method?: string;
  tool?: string;
  status?: number;
  totalMs?: number;
  runtimeMs?: number;
  expected?: string;
  seen?: string;
  field?: string;
}
