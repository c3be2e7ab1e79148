// What the gateway holds of the provider: who somebody is, their tokens, and what a renewal or revocation brought.
import type { DiagnosisId } from "../../contract/diagnoses.ts";
import type { ReasonCode } from "../../contract/events.ts";

/** Who came back from the provider. Issuer and subject are already pinned; the user id is derived from them. */
export interface Identity {
  userId: string;
  issuer: string;
  subject: string;
  workspace: string | null;
  email: string | null;
}

/** The provider's tokens. `expiresAt` is in epoch seconds; null means that the provider named no lifetime. */
export interface DownstreamTokens {
  accessToken: string;
  expiresAt: number | null;
  refreshToken: string | null;
  /** MCP-facing scope that the provider granted. */
  scope: string[];
}

/** A downstream credential that the proxy may send to the runtime. */
export interface Credential {
  token: string;
  expiresAt: number | null;
}

/** What the provider said when its own token was to be revoked. */
export type ProviderRevocation = "revoked" | "refused" | "unsupported" | "unavailable" | "nothing_to_revoke";

/** A downstream refresh. `ended` only for the provider's own invalid_grant (P-85); anything transient is `unavailable`. */
export type Renewal =
  | { outcome: "renewed"; tokens: DownstreamTokens; workspace: string | null }
  | { outcome: "ended"; reason: ReasonCode; seen?: string; diagnosis?: DiagnosisId }
  | { outcome: "unavailable"; reason: ReasonCode; seen?: string; diagnosis?: DiagnosisId; retryAfter: number };
