// How the management API refuses: the codes, the status each one has, and the body.
import * as z from "zod";

/** Every code and its HTTP status. */
export const errorStatus = {
  malformed_json: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  slug_taken: 409,
  name_ambiguous: 409,
  gateway_attached: 409,
  last_key: 409,
  too_many_keys: 409,
  too_many_tokens: 409,
  issuer_unknown: 409,
  shared_credential: 409,
  revocation_pending: 409,
  request_too_large: 413,
  unsupported_media_type: 415,
  invalid_field: 422,
  unknown_field: 422,
  rate_limited: 429,
  internal_error: 500,
  storage_unavailable: 503,
  misconfigured: 503,
} as const;

export type ManagementErrorCode = keyof typeof errorStatus;

export const errorBody = z.object({
  error: z.object({
    code: z.enum(Object.keys(errorStatus)),
    /** What is wrong and what to do about it. */
    message: z.string(),
    /** The body's or query's field, as a path such as `tools.0.name`. */
    field: z.string().optional(),
    requestId: z.string(),
  }),
});
