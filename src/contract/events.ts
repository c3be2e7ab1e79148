// The vocabulary of what goes wrong: every reason code with its cause and its fix, rendered everywhere from here.
import { authorizationReasons } from "./reasons/authorization.ts";
import { callReasons } from "./reasons/call.ts";
import { clientReasons } from "./reasons/client.ts";
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

/** What is written about one step of an attempt or one call. No member ever holds a token, code, verifier or secret. */
export interface GatewayEvent {
  event:
    | "registration"
    | "authorize"
    | "consent"
    | "departure"
    | "return"
    | "identity"
    | "code"
    | "token"
    | "refresh"
    | "revocation"
    | "mcp_call"
    | "failure";
  outcome: "ok" | "refused" | "failed";
  reason?: ReasonCode;
  requestId: string;
  attempt?: string;
  organization?: string;
  gateway?: string;
  server?: string;
  client?: string;
  clientName?: string;
  user?: string;
  method?: string;
  tool?: string;
  status?: number;
  totalMs?: number;
  runtimeMs?: number;
  expected?: string;
  seen?: string;
  field?: string;
}
