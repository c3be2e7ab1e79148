// What errors mean at any provider, by the words that the standards and the libraries behind many servers have for them.
import type { ErrorRule } from "./preset.ts";

/** Asked after a preset's own rules; the first that fits decides. */
export const usualErrors: readonly ErrorRule[] = [
  { description: "redirect.?uri", error: "invalid_grant", diagnosis: "REDIRECT_URI_MISMATCH" },
  {
    description: "redirect_uri.*(?:mismatch|match|not registered|not allowed|invalid)",
    diagnosis: "REDIRECT_URI_MISMATCH",
  },
  { description: "callback url mismatch", diagnosis: "REDIRECT_URI_MISMATCH" },
  { error: "invalid_redirect_uri", diagnosis: "REDIRECT_URI_MISMATCH" },
  { error: "redirect_uri_mismatch", diagnosis: "REDIRECT_URI_MISMATCH" },
  { error: "redirect_mismatch", diagnosis: "REDIRECT_URI_MISMATCH" },
  { description: "code_challenge.*(?:missing|required)|missing.*code_challenge", diagnosis: "PKCE_REQUIRED" },
  { description: "pkce|code.?verifier", diagnosis: "PKCE_FAILED" },
  {
    at: "page",
    description: "(?:unknown|invalid|no such) client|client.*(?:not found|is unknown)",
    diagnosis: "CLIENT_UNKNOWN",
  },
  {
    error: "invalid_client",
    description: "unknown client|client (?:is )?not (?:found|known)",
    diagnosis: "CLIENT_UNKNOWN",
  },
  { error: "invalid_client", at: "authorize", diagnosis: "CLIENT_UNKNOWN" },
  { error: "invalid_client", at: "page", diagnosis: "CLIENT_UNKNOWN" },
  { error: "invalid_client", diagnosis: "CLIENT_SECRET_INVALID" },
  { error: "unauthorized_client", diagnosis: "GRANT_NOT_ENABLED" },
  { error: "unsupported_grant_type", diagnosis: "GRANT_NOT_ENABLED" },
  { error: "unsupported_response_type", diagnosis: "GRANT_NOT_ENABLED" },
  { error: "invalid_scope", description: "not allowed", diagnosis: "SCOPE_NOT_ALLOWED" },
  { error: "invalid_scope", diagnosis: "SCOPE_UNKNOWN" },
  { error: "invalid_target", diagnosis: "AUDIENCE_UNKNOWN" },
  { error: "invalid_resource", diagnosis: "AUDIENCE_UNKNOWN" },
  { error: "interaction_required", diagnosis: "INTERACTION_REQUIRED" },
  { error: "login_required", diagnosis: "INTERACTION_REQUIRED" },
  { error: "mfa_required", diagnosis: "INTERACTION_REQUIRED" },
  { error: "consent_required", diagnosis: "CONSENT_REQUIRED" },
  { at: "authorize", error: "access_denied", description: "not assigned", diagnosis: "USER_NOT_ASSIGNED" },
  { at: "authorize", error: "access_denied", description: "policy", diagnosis: "POLICY_DENIED" },
  { at: "authorize", error: "access_denied", diagnosis: "CONSENT_DECLINED" },
  {
    at: "refresh",
    error: "invalid_grant",
    description: "already.*used|reuse|used before",
    diagnosis: "REFRESH_REUSED",
  },
  { at: "refresh", error: "invalid_grant", description: "revoked", diagnosis: "REFRESH_REVOKED" },
  { at: "refresh", error: "invalid_grant", diagnosis: "REFRESH_EXPIRED" },
  { at: "token", error: "invalid_grant", diagnosis: "CODE_USED_OR_EXPIRED" },
];
