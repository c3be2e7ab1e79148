// Entra's numbered errors, and what each number means.
import type { DiagnosisId } from "../diagnoses.ts";
import type { ErrorRule } from "./preset.ts";

const numbers: readonly [DiagnosisId, string][] = [
  ["REDIRECT_URI_MISMATCH", "50011|70004|900971|500113"],
  ["CLIENT_UNKNOWN", "700016|700011|70001"],
  ["CLIENT_SECRET_INVALID", "7000215|70002"],
  ["CLIENT_SECRET_EXPIRED", "7000222"],
  ["CLIENT_IS_CONFIDENTIAL", "7000218"],
  ["CLIENT_IS_PUBLIC", "700025"],
  ["CLIENT_SPA_PLATFORM", "900232[567]"],
  ["PKCE_FAILED", "501481|50147|501491"],
  ["CODE_USED_OR_EXPIRED", "54005"],
  ["SCOPE_UNKNOWN", "70011|28002|650053|700023"],
  ["SCOPES_MISSING", "28003"],
  ["AUDIENCE_UNKNOWN", "500011|50001|650052|90009"],
  ["AUDIENCE_NOT_AUTHORIZED", "65005|650056|650057"],
  ["RESOURCE_REJECTED", "9010010|901002"],
  ["MULTIPLE_RESOURCES", "28000|700022"],
  ["TENANT_UNKNOWN", "90002|90038|700005"],
  ["TENANT_NOT_ALLOWED", "50020|50034|50194|500208|50021[23]|90072|51004|90124|90130"],
  ["USER_NOT_ASSIGNED", "50105"],
  ["POLICY_DENIED", "5300[0-3]|53011|530032"],
  ["INTERACTION_REQUIRED", "50058|5007[2-9]|50158|70043"],
  ["CONSENT_REQUIRED", "65001"],
  ["ADMIN_CONSENT_REQUIRED", "9009[45]"],
  ["CONSENT_DECLINED", "65004"],
  ["REFRESH_EXPIRED", "700082|700084"],
  ["REFRESH_REVOKED", "50173|5013[23]"],
];

export const entraErrors: readonly ErrorRule[] = [
  // The same number for a code and for a refresh token.
  { at: "refresh", code: "^70008$", diagnosis: "REFRESH_EXPIRED" },
  { code: "^70008$", diagnosis: "CODE_USED_OR_EXPIRED" },
  ...numbers.map(([diagnosis, number]): ErrorRule => ({ code: `^(?:${number})$`, diagnosis })),
];
