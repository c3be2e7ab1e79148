// Words on the pages that providers show instead of a login, whatever preset a profile has: advice, never a verdict.
import type { DiagnosisId } from "../diagnoses.ts";

export interface ErrorPattern {
  matches: RegExp;
  diagnosis: DiagnosisId;
}

/**
 * The first that matches decides. They count only where a person reads them: a login page's script may hold every
 * message there is. The presets' own rules, and those for OAuth's error codes, are asked after these.
 */
export const wordedErrors: readonly ErrorPattern[] = [
  {
    matches: /callback url mismatch|redirect_mismatch|redirect_uri_mismatch|invalid_redirect_uri/i,
    diagnosis: "REDIRECT_URI_MISMATCH",
  },
  {
    matches: /(?:invalid|incorrect|mismatching|unregistered)[^.<>]{0,30}redirect[_ ]ur[il]/i,
    diagnosis: "REDIRECT_URI_MISMATCH",
  },
  {
    matches:
      /redirect[_ ]ur[il]\W[^.<>]{0,120}?(?:not (?:allowed|registered|match|valid|whitelisted)|must be a login redirect|is (?:missing|invalid)|does(?:n't| not) match)/i,
    diagnosis: "REDIRECT_URI_MISMATCH",
  },
  { matches: /is not authorized to access resource server/i, diagnosis: "AUDIENCE_NOT_AUTHORIZED" },
  { matches: /resource (?:does not match|cannot be introduced)/i, diagnosis: "RESOURCE_REJECTED" },
  { matches: /service not found:|service not enabled within domain/i, diagnosis: "AUDIENCE_UNKNOWN" },
  { matches: /resource indicator is missing, or unknown/i, diagnosis: "AUDIENCE_UNKNOWN" },
  { matches: /invalid client or invalid client credentials/i, diagnosis: "CLIENT_SECRET_INVALID" },
  { matches: /incorrect_client_credentials|invalid client secret/i, diagnosis: "CLIENT_SECRET_INVALID" },
  {
    matches: /client is invalid|(?:unknown|invalid) client\b|invalid value for 'client_id'/i,
    diagnosis: "CLIENT_UNKNOWN",
  },
  {
    matches: /client (?:was )?not found|client does not exist|deleted_client|Errors\.App\.NotFound/i,
    diagnosis: "CLIENT_UNKNOWN",
  },
  {
    matches: /scopes were rejected|not allowed to request scope/i,
    diagnosis: "SCOPE_NOT_ALLOWED",
  },
  { matches: /scopes are not configured|invalid scopes:/i, diagnosis: "SCOPE_UNKNOWN" },
  { matches: /parameter organization is required/i, diagnosis: "ORG_REQUIRED" },
  { matches: /policy evaluation failed/i, diagnosis: "POLICY_DENIED" },
  { matches: /browser requests to the token endpoint/i, diagnosis: "CLIENT_SPA_PLATFORM" },
];
