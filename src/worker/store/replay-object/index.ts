// Remembers which statements were used until they are too old to matter: an insert that fails when the row is there.
import { DurableObject } from "cloudflare:workers";

export interface ReplayObjectParts {
  /** Epoch seconds. */
  now(): number;
}

/**
 * Seconds that a row outlives its statement. A request may have judged the statement a moment before its end and come
 * here a moment after it; without this, it would find the row gone.
 */
const margin = 60;

/** Seconds between two sweeps, on the clock's own grid: an alarm that is set again is set to the same time. */
const sweep = 300;

/** No index on `until`: it would double the rows written, and a sweep reads a few minutes' rows at most. */
const table = "CREATE TABLE IF NOT EXISTS used (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID";

export abstract class ReplayObjectBase<Env> extends DurableObject<Env> {
  readonly #parts: ReplayObjectParts;
  readonly #sql: SqlStorage;
  /** The alarm that this instance has set, epoch seconds. */
  #alarm = 0;

  constructor(ctx: DurableObjectState, env: Env, parts: ReplayObjectParts) {
    super(ctx, env);
    this.#parts = parts;
    this.#sql = ctx.storage.sql;
    this.#sql.exec(table);
  }

  /**
   * Without an await, so that of any number of callers one inserts. The answer leaves after the row is durable.
   * @param key a digest: rows are of one size whatever was signed
   * @param until epoch seconds
   */
  firstUse(key: string, until: number): boolean {
    const inserted = this.#sql.exec("INSERT OR IGNORE INTO used (key, until) VALUES (?, ?)", key, until);
    const first = inserted.rowsWritten > 0;
    if (first) this.#plan();
    return first;
  }

  /** How many statements are remembered. */
  rows(): number {
    return this.#sql.exec<{ rows: number }>("SELECT count(*) AS rows FROM used").one().rows;
  }

  override async alarm(): Promise<void> {
    this.#sql.exec("DELETE FROM used WHERE until < ?", this.#parts.now() - margin);
    this.#alarm = 0;
    if (this.rows() > 0) this.#plan();
  }

  #plan(): void {
    const now = this.#parts.now();
    if (this.#alarm > now) return;
    this.#alarm = (Math.floor(now / sweep) + 1) * sweep;
    void this.ctx.storage.setAlarm(this.#alarm * 1000);
  }
}
