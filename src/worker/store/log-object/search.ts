// Finds lines by any of their members: exact totals, newest first, in rows of events and in segments of calls alike.
import type { FoundLines, LogFilter, StoredLine } from "../promises/logs.ts";
import { type Row, step } from "./lines.ts";
import { callsOf, countCalls, gatheredEvents, isSegment } from "./segment.ts";

const segments = "(event = 'mcp_call' AND outcome = 'ok')";
/** Segments that may hold other lines than MCP calls. */
const mixed = `(${gatheredEvents.map((event) => `instr(body, '"${event}"') > 0`).join(" OR ")})`;

/** Members that are columns of an event's row, and that say who called in a segment. */
const who = ["server", "user", "client", "agent", "attempt"] as const;

/** A WHERE clause and what is bound to it. */
export interface Condition {
  sql: string;
  values: (string | number)[];
}

/**
 * Measured with 50,000 lines: SQLite judges the rows of events in about 10 ms. A segment is counted without being read
 * unless the filter is about its callers, its first or last second, or one kind of event where it has several; then those that mention the value are parsed,
 * about 25 ms for a thousand of them. Rows of their own for calls, or an index of callers, would cost more to write than
 * the calls themselves.
 */
export function find(sql: SqlStorage, filter: LogFilter, page: { offset: number; limit: number }): FoundLines {
  const events = eventsWhere(filter);
  const hits = `WITH hits (id, n) AS (
    SELECT id, 1 FROM lines WHERE ${events.sql}
    UNION ALL SELECT value ->> 0, value ->> 1 FROM json_each(?)
  )`;
  const values = [...events.values, JSON.stringify(segmentHits(sql, filter))];
  const { total } = sql
    .exec<{ total: number }>(`${hits} SELECT coalesce(sum(n), 0) AS total FROM hits`, ...values)
    .one();
  if (total <= page.offset) return { total, lines: [] };
  const rows = sql.exec<Row & { before: number }>(
    `${hits}, ranked AS (SELECT id, n, sum(n) OVER (ORDER BY id DESC ROWS UNBOUNDED PRECEDING) - n AS before FROM hits)
     SELECT lines.*, before FROM ranked JOIN lines USING (id)
     WHERE before < ? AND before + n > ? ORDER BY id DESC`,
    ...values,
    page.offset + page.limit,
    page.offset,
  );
  let skip: number | null = null;
  const lines: StoredLine[] = [];
  for (const row of rows) {
    skip ??= page.offset - row.before;
    lines.push(...linesOf(row, filter));
  }
  return { total, lines: lines.slice(skip ?? 0, (skip ?? 0) + page.limit) };
}

/** The lines of a row that fit, newest first; the row of an event is known to fit. */
export function linesOf(row: Row, filter: LogFilter): StoredLine[] {
  return isSegment(row) ? callsOf(row, filter, step) : [lineOf(row)];
}

function lineOf({ id, at, event, outcome, reason, attempt, server, user, client, agent, body }: Row): StoredLine {
  return {
    ...JSON.parse(body),
    ...{ id, at, event, outcome },
    ...(reason !== null && { reason }),
    ...(attempt !== null && { attempt }),
    ...(server !== null && { server }),
    ...(user !== null && { user }),
    ...(client !== null && { client }),
    ...(agent !== null && { agent }),
  };
}

/** Rows of single events that fit. */
export function eventsWhere(filter: LogFilter): Condition {
  const parts = [`NOT ${segments}`];
  const values: (string | number)[] = [];
  for (const name of ["event", "outcome", "reason", ...who] as const) {
    const wanted = filter[name];
    if (wanted === undefined) continue;
    parts.push(`${name} = ?`);
    values.push(wanted);
  }
  for (const [name, comparison] of [
    ["from", "at >= ?"],
    ["to", "at <= ?"],
  ] as const) {
    const time = filter[name];
    if (time === undefined) continue;
    parts.push(comparison);
    values.push(time);
  }
  return { sql: parts.join(" AND "), values };
}

/** Segments that may hold lines that fit; null when none can. */
export function segmentsWhere(filter: LogFilter): Condition | null {
  const { event = "mcp_call", outcome = "ok", reason, from, to } = filter;
  if (outcome !== "ok" || reason !== undefined) return null;
  const parts = [segments];
  const values: (string | number)[] = [];
  if (event !== "mcp_call") {
    if (!gatheredEvents.some((name) => name === event)) return null;
    parts.push("instr(body, ?) > 0");
    values.push(JSON.stringify(event));
  }
  for (const name of who) {
    const wanted = filter[name];
    if (wanted === undefined) continue;
    parts.push("instr(body, ?) > 0");
    values.push(JSON.stringify(wanted));
  }
  if (from !== undefined) {
    parts.push("at >= ?");
    values.push(from);
  }
  if (to !== undefined) {
    parts.push("since <= ?");
    values.push(to);
  }
  return { sql: parts.join(" AND "), values };
}

/** Number of each segment's row, and how many of its calls fit. */
function segmentHits(sql: SqlStorage, filter: LogFilter): [id: number, calls: number][] {
  const which = segmentsWhere(filter);
  if (!which) return [];
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = filter;
  const anybody = who.every((name) => filter[name] === undefined);
  const ofOneKind = filter.event === undefined ? "" : ` AND NOT ${mixed}`;
  const whole = anybody ? `since >= ? AND at <= ?${ofOneKind}` : "0 AND ? AND ?";
  const rows = sql.exec<{ id: number; since: number; count: number; body: string | null }>(
    `SELECT id, since, count, CASE WHEN ${whole} THEN NULL ELSE body END AS body FROM lines WHERE ${which.sql}`,
    from,
    to,
    ...which.values,
  );
  const hits: [number, number][] = [];
  for (const { id, since, count, body } of rows) {
    const calls = body === null ? count : countCalls({ id, since, body }, filter);
    if (calls > 0) hits.push([id, calls]);
  }
  return hits;
}
