// The table of one log: a row per event, and a row per 50 successes of every day. Numbers grow with time; old rows go.
import type { LogEntry } from "../promises/logs.ts";
import type { Retention } from "./deps.ts";
import { addCall, emptySegment, isGathered, isSegment, readSegment, type Segment, segmentSize } from "./segment.ts";

/**
 * Numbers are the clock's: milliseconds × 1024, the lowest four bits naming the object, so that the lines of a log that
 * is spread over several objects sort by time. Sixty-four fit into a millisecond; a burst runs ahead of the clock.
 */
export const step = 16;
const perMillisecond = 1024;

/** Rows are removed when so many lines too many are there, or an hour late: not at every write. */
const slackLines = 1000;
export const slackTime = 3_600_000;

/** `id` and `last` are the numbers of the first and last line in the row, `since` and `at` their times. */
export interface Row {
  [column: string]: SqlStorageValue;
  id: number;
  last: number;
  since: number;
  at: number;
  count: number;
  event: LogEntry["event"];
  outcome: LogEntry["outcome"];
  reason: string | null;
  attempt: string | null;
  server: string | null;
  user: string | null;
  client: string | null;
  agent: string | null;
  body: string;
}

/** No index: a scan of the whole log takes a few milliseconds, and an index would double what each event costs. */
const table = `CREATE TABLE IF NOT EXISTS lines (
  id INTEGER PRIMARY KEY, last INTEGER NOT NULL, since INTEGER NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL,
  event TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT,
  attempt TEXT, server TEXT, user TEXT, client TEXT, agent TEXT, body TEXT NOT NULL
)`;

interface Newest {
  id: number;
  last: number;
  since: number;
  /** Null for the row of a single event. */
  calls: number | null;
}

export class Lines {
  readonly #sql: SqlStorage;
  readonly #keep: Retention;
  #newest: Newest | null;
  #kept: number;

  constructor(sql: SqlStorage, keep: Retention) {
    this.#sql = sql;
    this.#keep = keep;
    sql.exec(table);
    const [newest] = sql.exec<Row>("SELECT * FROM lines ORDER BY id DESC LIMIT 1");
    this.#newest = newest
      ? { id: newest.id, last: newest.last, since: newest.since, calls: isSegment(newest) ? newest.count : null }
      : null;
    const counted = sql.exec<{ kept: number }>("SELECT coalesce(sum(count), 0) AS kept FROM lines");
    this.#kept = counted.one().kept;
  }

  /** Gathered lines that follow each other share rows; the newest row is filled before another begins. */
  add(entries: readonly LogEntry[], shard: number, now: number): void {
    let calls: LogEntry[] = [];
    for (const entry of entries) {
      if (isGathered(entry)) {
        calls.push(entry);
        continue;
      }
      this.#addCalls(calls, shard, now);
      calls = [];
      this.#addEvent(entry, this.#next(shard, now));
    }
    this.#addCalls(calls, shard, now);
    this.#kept += entries.length;
    if (this.#kept >= this.#keep.lines + slackLines) this.#removeExcess();
  }

  #next(shard: number, now: number): number {
    const byClock = now * perMillisecond + shard;
    return Math.max(byClock, (this.#newest?.last ?? 0) + step);
  }

  #addEvent(entry: LogEntry, number: number): void {
    const { at, event, outcome, reason, attempt, server, user, client, agent, ...rest } = entry;
    this.#insert({
      ...{ id: number, last: number, since: at, at, count: 1, event, outcome },
      ...{ reason: reason ?? null, attempt: attempt ?? null, server: server ?? null },
      ...{ user: user ?? null, client: client ?? null, agent: agent ?? null, body: JSON.stringify(rest) },
    });
    this.#newest = { id: number, last: number, since: at, calls: null };
  }

  #addCalls(calls: readonly LogEntry[], shard: number, now: number): void {
    let rest = calls;
    while (rest.length > 0) {
      const room = this.#newest?.calls ? segmentSize - this.#newest.calls : 0;
      const taken = rest.slice(0, room > 0 ? room : segmentSize);
      if (room > 0) this.#fill(taken, shard, now);
      else this.#begin(taken, shard, now);
      rest = rest.slice(taken.length);
    }
  }

  #begin(calls: readonly LogEntry[], shard: number, now: number): void {
    const id = this.#next(shard, now);
    const since = calls[0]?.at ?? now;
    const segment = emptySegment();
    this.#newest = { id, last: id - step, since, calls: 0 };
    this.#put(segment, calls, shard, now);
    const { last } = this.#newest;
    this.#insert({
      ...{ id, last, since, at: newestTime(since, segment), count: calls.length, event: "mcp_call", outcome: "ok" },
      ...{ reason: null, attempt: null, server: null, user: null, client: null, agent: null },
      body: JSON.stringify(segment),
    });
  }

  #fill(calls: readonly LogEntry[], shard: number, now: number): void {
    if (!this.#newest) return;
    const { id, since } = this.#newest;
    const segment = readSegment(this.#sql.exec<{ body: string }>("SELECT body FROM lines WHERE id = ?", id).one().body);
    this.#put(segment, calls, shard, now);
    const changed = [this.#newest.last, newestTime(since, segment), segment.calls.length, JSON.stringify(segment)];
    this.#sql.exec("UPDATE lines SET last = ?, at = ?, count = ?, body = ? WHERE id = ?", ...changed, id);
  }

  #put(segment: Segment, calls: readonly LogEntry[], shard: number, now: number): void {
    if (!this.#newest) return;
    const { id, since } = this.#newest;
    for (const call of calls) {
      const number = this.#next(shard, now);
      // Whole steps from the first number, so that the stored distance stays small.
      const steps = Math.ceil((number - id) / step);
      addCall(segment, since, call, steps);
      this.#newest = { id, since, last: id + steps * step, calls: segment.calls.length };
    }
  }

  #insert(row: Row): void {
    const columns = Object.keys(row);
    const values = Object.values(row);
    this.#sql.exec(`INSERT INTO lines (${columns}) VALUES (${columns.map(() => "?")})`, ...values);
  }

  #removeExcess(): void {
    let excess = this.#kept - this.#keep.lines;
    let cut = 0;
    for (const { id, count } of this.#sql.exec<Row>("SELECT id, count FROM lines ORDER BY id")) {
      if (excess <= 0) break;
      cut = id;
      excess -= count;
    }
    this.#remove("id <= ?", cut);
  }

  /** What is older than the log is kept. */
  removeOld(now: number): void {
    this.#remove("at < ?", now - this.#keep.age);
  }

  #remove(where: string, value: number): void {
    const [gone] = this.#sql.exec<{ count: number }>(
      `SELECT coalesce(sum(count), 0) AS count FROM lines WHERE ${where}`,
      value,
    );
    this.#sql.exec(`DELETE FROM lines WHERE ${where}`, value);
    this.#kept -= gone?.count ?? 0;
  }

  /** When the oldest row will be too old, epoch milliseconds; null for an empty log. */
  removalDue(): number | null {
    const [oldest] = this.#sql.exec<{ at: number }>("SELECT at FROM lines ORDER BY id LIMIT 1");
    return oldest ? oldest.at + this.#keep.age + slackTime : null;
  }
}

function newestTime(since: number, { calls }: Segment): number {
  return since + Math.max(0, ...calls.map(([after]) => after));
}
