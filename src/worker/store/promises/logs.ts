// What a gateway's log promises: events are kept in the background, found by any of their members, and counted.
import type { GatewayEvent } from "../../../contract/events.ts";

/** A line on its way to the log. Known members only, each cut to a length; `at` is epoch milliseconds. */
export interface LogEntry extends Omit<GatewayEvent, "organization" | "gateway"> {
  at: number;
}

export interface StoredLine extends LogEntry {
  /** Grows with time; unique within the gateway. */
  id: number;
}

/** What a line must be; an absent member says nothing. `from` and `to` are epoch milliseconds, both included. */
export interface LogFilter {
  event?: GatewayEvent["event"] | undefined;
  outcome?: GatewayEvent["outcome"] | undefined;
  reason?: string | undefined;
  /** The slug. */
  server?: string | undefined;
  user?: string | undefined;
  client?: string | undefined;
  agent?: string | undefined;
  attempt?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

export interface FoundLines {
  /** Newest first. */
  lines: StoredLine[];
  /** Of all lines that fit, exact. */
  total: number;
}

export interface Latency {
  /** Milliseconds; null without a call. */
  p50Ms: number | null;
  p95Ms: number | null;
}

export interface LogStats {
  /** Oldest first; only hours in which something happened. `hour` is epoch milliseconds. */
  hours: ({ hour: number; calls: number; failures: number; signIns: number; exchanges: number } & Latency)[];
  /** Most calls first, like the lists below. */
  tools: ({ tool: string; calls: number; failures: number } & Latency)[];
  clients: { client: string; clientName: string | null; calls: number }[];
  reasons: { reason: string; count: number }[];
}

/** The log as rooms and operators see it. */
export interface Logs {
  /** Keeps an event in the background; never throws, never delays the caller, and waits for no storage. */
  record(event: GatewayEvent): void;
  find(gatewayId: string, filter: LogFilter, page: { offset: number; limit: number }): Promise<FoundLines>;
  /** Oldest first: the first `limit` lines of one attempt. */
  attempt(gatewayId: string, attempt: string, limit: number): Promise<FoundLines>;
  stats(gatewayId: string, filter: Pick<LogFilter, "server" | "from" | "to">): Promise<LogStats>;
}
