// What a provider's error means: its own words against the tables of known ones. The words themselves stay here.
import type { DiagnosisId } from "../../../contract/diagnoses.ts";
import { wordedErrors } from "../../../contract/providers/error-patterns.ts";
import type { ProviderPreset } from "../../../contract/providers.ts";
import { diagnose, failureIn, type ProviderFailure } from "../../oauth/provider-failure.ts";

/** Of an error in a redirect or a token answer; null when nothing is known of it. */
export function diagnoseError(
  preset: ProviderPreset,
  at: "authorize" | "token",
  failure: Pick<ProviderFailure, "error" | "description" | "codes">,
): DiagnosisId | null {
  return worded(`${failure.error}: ${failure.description ?? ""}`) ?? diagnose(preset, at, failure);
}

/** The same of an error that came in an address. */
export function diagnoseRedirect(preset: ProviderPreset, error: string, description: string | null) {
  const failure = failureIn({ error, error_description: description }, preset.answer);
  return failure && diagnoseError(preset, "authorize", failure);
}

/** Of a page: the provider's numbers count anywhere in it, words only where a person reads them. */
export function diagnosePage(preset: ProviderPreset, status: number, html: string): DiagnosisId | null {
  const text = visible(html);
  const numbers = failureIn({ error: "page", error_description: html }, preset.answer)?.codes.slice(1) ?? [];
  const known = worded(text) ?? diagnose(preset, "page", { error: null, description: null, codes: numbers });
  // A page to sign in at is full of words; one that is an error by its status is about that error.
  if (known || status < 300) return known;
  const error = oauthError.exec(text)?.[0] ?? null;
  return diagnose(preset, "page", { error, description: text.slice(0, 2000), codes: numbers });
}

const oauthError =
  /\b(?:invalid_(?:client|scope|target|request|resource|redirect_uri)|unauthorized_client|unsupported_response_type)\b/;

function worded(text: string): DiagnosisId | null {
  return wordedErrors.find(({ matches }) => matches.test(text))?.diagnosis ?? null;
}

const fields: Partial<Record<DiagnosisId, string>> = {
  REDIRECT_URI_MISMATCH: "callbackUrl",
  CLIENT_SPA_PLATFORM: "callbackUrl",
  CLIENT_SECRET_INVALID: "clientSecret",
  CLIENT_SECRET_EXPIRED: "clientSecret",
  CLIENT_IS_CONFIDENTIAL: "clientSecret",
  CLIENT_IS_PUBLIC: "clientSecret",
  CLIENT_AUTH_METHOD: "tokenEndpointAuthMethod",
  SCOPE_UNKNOWN: "scopes",
  SCOPE_NOT_ALLOWED: "scopes",
  MULTIPLE_RESOURCES: "scopes",
  AUDIENCE_UNKNOWN: "resource",
  AUDIENCE_NOT_AUTHORIZED: "resource",
  RESOURCE_REJECTED: "resourceParameter",
  TENANT_UNKNOWN: "authorizationServerUrl",
  TENANT_NOT_ALLOWED: "authorizationServerUrl",
};

/** The profile's field to look at. */
export function fieldOf(diagnosis: DiagnosisId): string {
  return fields[diagnosis] ?? "clientId";
}

const entities: Record<string, string> = { "&#39;": "'", "&#x27;": "'", "&quot;": '"', "&amp;": "&" };

function visible(html: string): string {
  return html
    .replaceAll(/<(script|style|template|noscript)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, " ")
    .replaceAll(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&(?:#39|#x27|quot|amp);/gi, (entity) => entities[entity.toLowerCase()] ?? entity)
    .replaceAll(/\s+/g, " ");
}
