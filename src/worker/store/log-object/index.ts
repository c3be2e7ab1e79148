// One gateway's log: takes what isolates have gathered, finds lines, counts them, and notices tokens nobody uses.
import { DurableObject } from "cloudflare:workers";
import type { LogEntry, LogFilter } from "../promises/logs.ts";
import type { Delivery, Found, LogObjectParts } from "./deps.ts";
import { Heat } from "./heat.ts";
import { Lines } from "./lines.ts";
import { find } from "./search.ts";
import { type Tally, tally } from "./tally.ts";
import { callsWith, UnusedTokens, unusedLine } from "./unused-tokens.ts";

const gatewayKey = "gateway";

export abstract class LogObjectBase<Env> extends DurableObject<Env> {
  readonly #parts: LogObjectParts;
  readonly #sql: SqlStorage;
  readonly #lines: Lines;
  readonly #unused: UnusedTokens;
  readonly #heat: Heat;
  /** The next alarm as far as this instance knows, epoch milliseconds. */
  #alarm: number | null = null;

  constructor(ctx: DurableObjectState, env: Env, parts: LogObjectParts) {
    super(ctx, env);
    this.#parts = parts;
    this.#sql = ctx.storage.sql;
    this.#lines = new Lines(this.#sql, parts.keep);
    this.#unused = new UnusedTokens(this.#sql);
    this.#heat = new Heat(ctx.storage, parts.keep.age);
  }

  /** Without an await: either all of a delivery is kept or none of it. @returns over how many objects to spread calls */
  append({ gatewayId, shard, entries, lost }: Delivery): number {
    const now = this.#parts.now();
    if (this.ctx.storage.kv.get(gatewayKey) === undefined) this.ctx.storage.kv.put(gatewayKey, gatewayId);
    this.#lines.add(lost > 0 ? [lostLine(lost, now), ...entries] : entries, shard, now);
    const began = this.#unused.follow(entries, now);
    if (began || this.#alarm === null) this.#plan(now);
    this.#heat.note(now);
    return this.#heat.forWriters(now);
  }

  find(filter: LogFilter, page: { offset: number; limit: number }): Found {
    return { ...find(this.#sql, filter, page), shards: this.#heat.forReaders(this.#parts.now()) };
  }

  tally(filter: Pick<LogFilter, "server" | "from" | "to">): { tally: Tally; shards: number } {
    return { tally: tally(this.#sql, filter), shards: this.#heat.forReaders(this.#parts.now()) };
  }

  /** For each filter, whether a call that fits is here. */
  called(filters: LogFilter[]): boolean[] {
    return filters.map((filter) => find(this.#sql, filter, { offset: 0, limit: 1 }).total > 0);
  }

  /** How many rows there are, for whoever watches what logging costs. */
  rows(): number {
    return this.#sql.exec<{ rows: number }>("SELECT count(*) AS rows FROM lines").one().rows;
  }

  override async alarm(): Promise<void> {
    const due = this.#unused.due(this.#parts.now());
    const used = await this.#usedElsewhere(due.map(({ token }) => token));
    // Again after the wait: a call may have come meanwhile.
    const now = this.#parts.now();
    const still = new Set(this.#unused.due(now).map(({ key }) => key));
    const unused = due.filter(({ key }, index) => still.has(key) && !used[index]);
    const lines = unused.map(({ token }) => unusedLine(token, now));
    this.#lines.add(lines, 0, now);
    this.#unused.settleAll(due.map(({ key }) => key));
    this.#lines.removeOld(now);
    this.#unused.removeOld(now - this.#parts.keep.age);
    this.#alarm = null;
    this.#plan(now);
  }

  /** Tokens are followed by the first object, while calls of a hot log may be written to any. */
  async #usedElsewhere(tokens: LogEntry[]): Promise<boolean[]> {
    if (tokens.length === 0 || this.#heat.forReaders(this.#parts.now()) === 1) return [];
    const gatewayId = this.ctx.storage.kv.get<string>(gatewayKey) ?? "";
    return this.#parts.calledElsewhere(gatewayId, tokens.map(callsWith));
  }

  /** One alarm for the next thing that time will bring; it is set again only when something comes before it. */
  #plan(now: number): void {
    const times = [this.#unused.nextDue(), this.#lines.removalDue()].filter((time) => time !== null);
    if (times.length === 0) return;
    const next = Math.max(now, Math.min(...times));
    if (this.#alarm !== null && this.#alarm <= next) return;
    this.#alarm = next;
    void this.ctx.storage.setAlarm(next);
  }
}

/** What nobody can find any more is at least counted. */
function lostLine(lost: number, now: number): LogEntry {
  return {
    ...{ at: now, event: "failure", outcome: "failed", reason: "log_lines_lost", requestId: "log" },
    seen: `${lost} lines`,
  };
}
