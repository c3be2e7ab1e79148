// An attempt before it succeeds: opened, approved, departed, arrived. Steps over the record; time is handed in.
import type { ReasonCode } from "../../../contract/events.ts";
import { sameHash } from "../../oauth/digest.ts";
import { attemptLifetime, replayWindow } from "../../oauth/lifetimes.ts";
import type { Refused } from "../promises/grants.ts";
import type { GrantRecord } from "./record.ts";

export type Checked<T = { record: GrantRecord }> = ({ ok: true } & T) | Refused;

export function refused(reason: ReasonCode, detail: Omit<Refused, "ok" | "reason"> = {}): Refused {
  return { ok: false, reason, ...detail };
}

/** The attempt that a ticket holds, whatever its state. An unknown ticket and a wrong secret look the same. */
export function holdTicket(record: GrantRecord | null, ticketHash: string, now: number): Checked {
  if (!record || !sameHash(record.ticketHash, ticketHash)) return refused("attempt_unknown");
  if (record.state === "ended") return refused("attempt_finished");
  const since = record.departure?.at ?? record.openedAt;
  if (now - since >= attemptLifetime) return refused("attempt_expired");
  return { ok: true, record };
}

/**
 * The person's yes. A second click within a minute from the same browser is the same yes; any later or foreign one is
 * refused, so that a replayed form never approves anything.
 */
export function approve(record: GrantRecord, browserHash: string, now: number): Checked {
  if (record.state === "opened") {
    return { ok: true, record: { ...record, state: "approved", approval: { at: now, browserHash } } };
  }
  const { approval } = record;
  const awaitsDeparture = record.state === "approved" || record.state === "departed";
  if (!approval || !awaitsDeparture || now - approval.at > replayWindow) return refused("attempt_finished");
  if (!sameHash(approval.browserHash, browserHash)) return refused("browser_mismatch");
  return { ok: true, record };
}

/** What the departure creates; kept sealed so that a repeated click leaves with the same values. */
export interface DepartureSecrets {
  state: string;
  cookie: string;
  codeVerifier: string;
  nonce: string;
}

/**
 * Creates the downstream state after approval and not before (P-58). Without an await, so that of two clicks at the same
 * moment one leaves and the other repeats its departure.
 */
export function depart(
  record: GrantRecord,
  browserHash: string,
  departure: { stateHash: string; cookieHash: string; sealed: string },
  now: number,
): Checked<{ record: GrantRecord; repeated: boolean }> {
  const { approval } = record;
  if (!approval) return refused("attempt_unknown");
  if (!sameHash(approval.browserHash, browserHash)) return refused("browser_mismatch");
  if (record.state === "departed") {
    if (now - approval.at > replayWindow) return refused("attempt_finished");
    return { ok: true, record, repeated: true };
  }
  if (record.state !== "approved") return refused("attempt_finished");
  const left: GrantRecord = { ...record, state: "departed", departure: { at: now, ...departure } };
  return { ok: true, record: left, repeated: false };
}

/**
 * The provider's answer comes back, once. The state must be the one that left, the profile the one it left for (P-80),
 * and the browser the one that said yes (CVE-2026-27124); a wrong profile or browser does not consume it.
 */
export function arrive(
  record: GrantRecord | null,
  proof: { stateHash: string; cookieHash: string | null; gatewayId: string },
  now: number,
): Checked<{ record: GrantRecord; sealed: string }> {
  const departure = record?.departure;
  if (!record || !departure || !sameHash(departure.stateHash, proof.stateHash)) return refused("state_unknown");
  if (record.state !== "departed") return refused("attempt_finished");
  if (now - departure.at >= attemptLifetime) return refused("attempt_expired");
  if (record.request.gatewayId !== proof.gatewayId)
    return refused("state_unknown", { seen: "another profile's callback" });
  if (!proof.cookieHash || !sameHash(departure.cookieHash, proof.cookieHash)) return refused("browser_mismatch");
  return { ok: true, record: { ...record, state: "arrived" }, sealed: departure.sealed };
}
