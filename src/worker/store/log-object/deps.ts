// What a log's object is handed by the worker's entry, what it takes, and what it answers.
import type { FoundLines, LogEntry, LogFilter } from "../promises/logs.ts";

export interface LogObjectParts {
  /** Epoch milliseconds. */
  now(): number;
  keep: Retention;
  /** For each filter, whether another object of the same log holds a call that fits. */
  calledElsewhere(gatewayId: string, filters: LogFilter[]): Promise<boolean[]>;
}

export interface Retention {
  /** Milliseconds. */
  age: number;
  lines: number;
}

export const usualRetention: Retention = { age: 7 * 86_400_000, lines: 50_000 };

/** What one isolate has gathered for one log, oldest first. */
export interface Delivery {
  gatewayId: string;
  shard: number;
  entries: LogEntry[];
  /** Lines that this isolate could not deliver since the last time. */
  lost: number;
}

/** Objects that a log may be spread over; object 0 is `gw_…` itself, the others `gw_…/1` and so on. */
export const mostShards = 8;

export interface Found extends FoundLines {
  /** How many objects may hold lines of this log; 1 unless it was hot within the retention. */
  shards: number;
}
