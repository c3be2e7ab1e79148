// An event as it may be kept: the members that a line has and no others, cut short, and URLs without what follows `?`.
import type { GatewayEvent } from "../../contract/events.ts";
import { withoutQueries } from "../oauth/shown-url.ts";
import type { LogEntry } from "./promises/logs.ts";

/** Characters. What a provider said about itself may be longer than a name. */
const longestName = 200;
const longestFinding = 500;

/** @param at epoch milliseconds */
export function logEntry(event: GatewayEvent, at: number): LogEntry {
  const { reason, diagnosis, channel, status, totalMs, runtimeMs } = event;
  const entry: LogEntry = { at, event: event.event, outcome: event.outcome, requestId: cut(event.requestId) };
  for (const name of names) {
    const value = event[name];
    if (value !== undefined && value !== "") entry[name] = cut(value);
  }
  for (const name of ["expected", "seen", "field"] as const) {
    const value = event[name];
    if (value !== undefined && value !== "") entry[name] = cut(withoutQueries(value), longestFinding);
  }
  if (reason !== undefined) entry.reason = reason;
  if (diagnosis !== undefined) entry.diagnosis = diagnosis;
  if (channel !== undefined) entry.channel = channel;
  else if (ofOAuth.includes(event.event)) entry.channel = "oauth";
  if (status !== undefined) entry.status = status;
  if (totalMs !== undefined) entry.totalMs = Math.round(totalMs);
  if (runtimeMs !== undefined) entry.runtimeMs = Math.round(runtimeMs);
  return entry;
}

/** Steps that only the OAuth channel has. */
const ofOAuth: readonly GatewayEvent["event"][] = [
  ...(["registration", "authorize", "consent", "departure", "return", "identity", "code", "token", "refresh"] as const),
];

const names = [
  ...(["attempt", "server", "client", "clientName", "user", "agent"] as const),
  ...(["origin", "session", "method", "tool"] as const),
];

function cut(text: string, longest = longestName): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
