// The vocabulary of what goes wrong: every reason code with its cause and its fix, rendered everywhere from here.
import type { DiagnosisId } from "./diagnoses.ts";
import { accountReasons } from "./reasons/account.ts";
import { authorizationReasons } from "./reasons/authorization.ts";
import { callReasons } from "./reasons/call.ts";
import { checkReasons } from "./reasons/check.ts";
import { clientReasons } from "./reasons/client.ts";
import { embeddedReasons } from "./reasons/embedded.ts";
import { enterpriseReasons } from "./reasons/enterprise.ts";
import { logReasons } from "./reasons/log.ts";
import { providerReasons } from "./reasons/provider.ts";
import type { Reason } from "./reasons/reason.ts";
import { requestReasons } from "./reasons/request.ts";
import { tokenReasons } from "./reasons/token.ts";

const table = {
  ...requestReasons,
  ...clientReasons,
  ...authorizationReasons,
  ...providerReasons,
  ...tokenReasons,
  ...callReasons,
  ...embeddedReasons,
  ...enterpriseReasons,
  ...logReasons,
  ...checkReasons,
  ...accountReasons,
};

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

/** Every kind of line in a gateway's log. */
export const gatewayEvents = [
  "discovery",
  "registration",
  "authorize",
  "consent",
  "departure",
  "return",
  "identity",
  "code",
  "token",
  "refresh",
  "exchange",
  "enterprise",
  "mcp_call",
  "revocation",
  "change",
  "token_never_used",
  "failure",
] as const;

export const outcomes = ["ok", "refused", "failed"] as const;

/** What is written about one step of an attempt or one call. No member ever holds a token, code, verifier or secret. */
export interface GatewayEvent extends Finding {
  event: (typeof gatewayEvents)[number];
  outcome: (typeof outcomes)[number];
  reason?: ReasonCode;
  /** What is wrong at the provider, where its own words told. */
  diagnosis?: DiagnosisId;
  requestId: string;
  /** The grant's id. */
  attempt?: string;
  organization?: string;
  gateway?: string;
  /** The server's slug, which never changes. */
  server?: string;
  client?: string;
  clientName?: string;
  user?: string;
  /** The web origin that asked, at the embedded door. */
  origin?: string;
  /** The app's own name for its session, cut short. */
  session?: string;
  agent?: string;
  channel?: "oauth" | "embedded" | "enterprise" | "static";
  method?: string;
  tool?: string;
  status?: number;
  totalMs?: number;
  runtimeMs?: number;
}
