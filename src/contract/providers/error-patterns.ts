// What providers write on the pages that they show instead of a login, and what it means: advice, never a verdict.
import type { DiagnosisId } from "../diagnoses.ts";

/** In a table the first that matches decides, so what is specific stands before what is general. */
export interface ErrorPattern {
  matches: RegExp;
  diagnosis: DiagnosisId;
}

/** Numbers that mean one thing wherever they stand, also in a page's script: Entra writes them there. */
export const numberedErrors: readonly ErrorPattern[] = [
  { matches: /AADSTS(?:50011|70004|900971|500113)\b/, diagnosis: "REDIRECT_URI_MISMATCH" },
  { matches: /AADSTS(?:700016|700011|70001)\b/, diagnosis: "CLIENT_UNKNOWN" },
  { matches: /AADSTS7000222\b/, diagnosis: "CLIENT_SECRET_EXPIRED" },
  { matches: /AADSTS(?:7000215|70002)\b/, diagnosis: "CLIENT_SECRET_INVALID" },
  { matches: /AADSTS7000218\b/, diagnosis: "CLIENT_IS_CONFIDENTIAL" },
  { matches: /AADSTS700025\b/, diagnosis: "CLIENT_IS_PUBLIC" },
  { matches: /AADSTS900232[567]\b/, diagnosis: "CLIENT_SPA_PLATFORM" },
  { matches: /AADSTS(?:70011|28002|650053|700023)\b/, diagnosis: "SCOPE_UNKNOWN" },
  { matches: /AADSTS(?:28000|700022)\b/, diagnosis: "MULTIPLE_RESOURCES" },
  { matches: /AADSTS(?:9010010|901002)\b/, diagnosis: "RESOURCE_REJECTED" },
  { matches: /AADSTS(?:500011|50001|650052|90009)\b/, diagnosis: "AUDIENCE_UNKNOWN" },
  { matches: /AADSTS(?:65005|650056|650057)\b/, diagnosis: "AUDIENCE_NOT_AUTHORIZED" },
  { matches: /AADSTS(?:90002|90038|700005)\b/, diagnosis: "TENANT_UNKNOWN" },
  {
    matches: /AADSTS(?:50020|50034|50194|500208|50021[23]|90072|51004|90124|90130)\b/,
    diagnosis: "TENANT_NOT_ALLOWED",
  },
  { matches: /AADSTS50105\b/, diagnosis: "USER_NOT_ASSIGNED" },
  { matches: /AADSTS(?:5300[0-3]|53011|530032)\b/, diagnosis: "POLICY_DENIED" },
];

/** Words that mean it only where a person reads them: a login page's script may hold every message there is. */
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
  { matches: /\binvalid_target\b|resource indicator is missing, or unknown/i, diagnosis: "AUDIENCE_UNKNOWN" },
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
  { matches: /scopes are not configured|invalid scopes?:|\binvalid_scope\b/i, diagnosis: "SCOPE_UNKNOWN" },
  { matches: /parameter organization is required/i, diagnosis: "ORG_REQUIRED" },
  { matches: /policy evaluation failed/i, diagnosis: "POLICY_DENIED" },
  { matches: /browser requests to the token endpoint/i, diagnosis: "CLIENT_SPA_PLATFORM" },
  {
    matches:
      /\bunauthorized_client\b|\bunsupported_(?:grant|response)_type\b|grant type[^.<>]{0,40}not (?:allowed|enabled)/i,
    diagnosis: "GRANT_NOT_ENABLED",
  },
  { matches: /\bunknown_client\b|\binvalid_client\b/i, diagnosis: "CLIENT_UNKNOWN" },
];
