// Tokens that nobody uses: a client was told yes and never called, which nobody would notice but this log.
import type { LogEntry, LogFilter } from "../promises/logs.ts";

const minute = 60_000;
/** Calls reach the log up to two seconds late, and clocks differ a little. */
const lateness = 5000;
/** Lines that say that somebody was given a token. */
const issuing: readonly string[] = ["token", "exchange", "enterprise"];
/** Several tokens share one alarm. */
const grain = 10_000;
const mostKnown = 10_000;

/**
 * One row per attempt, until it is used. The tokens of an app (no grant) are renewed while it is idle, so there a row
 * without a time stays behind and says that this person and app were judged already.
 */
const table = `CREATE TABLE IF NOT EXISTS unused (
  key TEXT PRIMARY KEY, due INTEGER, since INTEGER NOT NULL, entry TEXT NOT NULL
) WITHOUT ROWID`;

export class UnusedTokens {
  readonly #sql: SqlStorage;
  /** Keys that have a row for certain: an app's people come again and again, and their row stays as it is. */
  readonly #rows = new Set<string>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(table);
  }

  /** @returns whether a token began to be waited for */
  follow(entries: readonly LogEntry[], now: number): boolean {
    let began = false;
    const called = new Set<string>();
    for (const entry of entries) {
      const key = keyOf(entry);
      if (key === null) continue;
      if (entry.event === "mcp_call") called.add(key);
      if (!issuing.includes(entry.event) || entry.outcome !== "ok" || this.#rows.has(key)) continue;
      const due = Math.ceil((entry.at + 5 * minute + lateness) / grain) * grain;
      const written = this.#sql.exec(
        "INSERT OR IGNORE INTO unused (key, due, since, entry) VALUES (?, ?, ?, ?)",
        ...[key, due, now, JSON.stringify(entry)],
      );
      began ||= written.rowsWritten > 0;
      if (this.#rows.size >= mostKnown) this.#rows.clear();
      this.#rows.add(key);
    }
    for (const key of called) this.#settle(key);
    return began;
  }

  /** Attempts whose time is over, with the line of their token. */
  due(now: number): { key: string; token: LogEntry }[] {
    const rows = this.#sql.exec<{ key: string; entry: string }>("SELECT key, entry FROM unused WHERE due <= ?", now);
    return [...rows].map(({ key, entry }) => ({ key, token: JSON.parse(entry) }));
  }

  nextDue(): number | null {
    return this.#sql.exec<{ next: number | null }>("SELECT min(due) AS next FROM unused").one().next;
  }

  /** Used, or told once: either way there is nothing more to wait for. */
  settleAll(keys: readonly string[]): void {
    for (const key of keys) this.#settle(key);
  }

  #settle(key: string): void {
    if (key.startsWith(grantKey)) {
      this.#rows.delete(key);
      this.#sql.exec("DELETE FROM unused WHERE key = ?", key);
    } else this.#sql.exec("UPDATE unused SET due = NULL WHERE key = ? AND due IS NOT NULL", key);
  }

  removeOld(before: number): void {
    this.#rows.clear();
    this.#sql.exec("DELETE FROM unused WHERE since < ?", before);
  }
}

const grantKey = "grant ";

/** What ties a call to the token it came with: the grant, or where there is none the person, app and server. */
export function keyOf({ attempt, agent, client, channel, user, server }: LogEntry): string | null {
  if (attempt !== undefined) return grantKey + attempt;
  const app = channel === "enterprise" ? client : agent;
  return app === undefined || user === undefined ? null : `app ${app} ${user} ${server ?? ""}`;
}

/** The calls that would have used this token. */
export function callsWith({ attempt, agent, client, channel, user, server }: LogEntry): LogFilter {
  if (attempt !== undefined) return { event: "mcp_call", attempt };
  const app = channel === "enterprise" ? { client } : { agent };
  return { event: "mcp_call", ...app, user, server };
}

/** The line that names the case; it lies on the attempt of the token. */
export function unusedLine(token: LogEntry, now: number): LogEntry {
  const { requestId, attempt, server, client, clientName, user, agent, channel, origin, session } = token;
  return {
    ...{ at: now, event: "token_never_used", outcome: "failed", reason: "token_never_used", requestId },
    expected: "an MCP call within 5 minutes",
    seen: "none",
    ...(attempt !== undefined && { attempt }),
    ...(server !== undefined && { server }),
    ...(client !== undefined && { client }),
    ...(clientName !== undefined && { clientName }),
    ...(user !== undefined && { user }),
    ...(agent !== undefined && { agent }),
    ...(channel !== undefined && { channel }),
    ...(origin !== undefined && { origin }),
    ...(session !== undefined && { session }),
  };
}
