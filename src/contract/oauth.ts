// What crosses the OAuth doors: documents that are published and registrations that come in. Spec members, open shapes.
import * as z from "zod";

/** Bounds keep an anonymous registration small (P-47); real clients stay far below them. */
const uri = z.string().min(1).max(2_048);
const text = z.string().max(256);

/** RFC 7591 §2. Unknown members pass and are ignored; `null` counts as absent, because some clients send it. */
export const registrationRequest = z.looseObject({
  redirect_uris: z.array(uri).min(1).max(32),
  client_name: text.nullish(),
  client_uri: z.string().max(2_048).nullish(),
  logo_uri: z.string().max(2_048).nullish(),
  tos_uri: z.string().max(2_048).nullish(),
  policy_uri: z.string().max(2_048).nullish(),
  contacts: z.array(text).max(16).nullish(),
  token_endpoint_auth_method: z.string().max(64).nullish(),
  grant_types: z.array(text).max(16).nullish(),
  response_types: z.array(text).max(16).nullish(),
  scope: z.string().max(4_096).nullish(),
  application_type: z.string().max(32).nullish(),
  software_id: text.nullish(),
  software_version: text.nullish(),
});
export type RegistrationRequest = z.infer<typeof registrationRequest>;

/** RFC 7591 §3.2.1. */
export interface RegistrationResponse {
  client_id: string;
  client_id_issued_at: number;
  client_secret?: string;
  client_secret_expires_at?: number;
  redirect_uris: string[];
  token_endpoint_auth_method: string;
  grant_types: string[];
  response_types: string[];
  [member: string]: unknown;
}

/** RFC 9728 §2. */
export interface ProtectedResourceMetadata {
  resource: string;
  authorization_servers: [string];
  scopes_supported: string[];
  bearer_methods_supported: ["header"];
  resource_name: string;
}

/** RFC 8414 §2, RFC 9207 §3. No member is ever null. */
export interface AuthorizationServerMetadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  revocation_endpoint: string;
  registration_endpoint?: string;
  scopes_supported: string[];
  response_types_supported: ["code"];
  response_modes_supported: ["query"];
  grant_types_supported: string[];
  authorization_grant_profiles_supported?: string[];
  code_challenge_methods_supported: ["S256"];
  token_endpoint_auth_methods_supported: string[];
  token_endpoint_auth_signing_alg_values_supported: string[];
  revocation_endpoint_auth_methods_supported: string[];
  revocation_endpoint_auth_signing_alg_values_supported: string[];
  /** Absent where the profile hides it (`clientPolicy.advertiseIss`). */
  authorization_response_iss_parameter_supported?: true;
  client_id_metadata_document_supported: boolean;
  protected_resources: [string];
}

/** RFC 6749 §5.1; `scope` is always there, since clients read it after a step-up. */
export interface TokenResponse {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  refresh_token?: string;
  scope: string;
}
