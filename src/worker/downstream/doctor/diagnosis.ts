// What a provider's error means: its own words against the tables of known ones. The words themselves stay here.
import type { DiagnosisId } from "../../../contract/diagnoses.ts";
import { numberedErrors, wordedErrors } from "../../../contract/providers/error-patterns.ts";

/** Of an error in a redirect or a token answer; null when nothing is known of it. */
export function diagnose(words: string): DiagnosisId | null {
  return found(numberedErrors, words) ?? found(wordedErrors, words);
}

/** Of a page: numbers count anywhere in it, words only where a person reads them. */
export function diagnosePage(html: string): DiagnosisId | null {
  return found(numberedErrors, html) ?? found(wordedErrors, visible(html));
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

function found(table: typeof wordedErrors, words: string): DiagnosisId | null {
  return table.find(({ matches }) => matches.test(words))?.diagnosis ?? null;
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
