// Counts for charts: per hour, tool, client and reason. Times of calls are kept whole, so that shards can be added up.
import type { LogFilter, LogStats } from "../promises/logs.ts";
import type { Row } from "./lines.ts";
import { eventsWhere, linesOf, segmentsWhere } from "./search.ts";

export interface Tally {
  hours: Record<string, { calls: number; failures: number; signIns: number; exchanges: number; ms: number[] }>;
  tools: Record<string, { calls: number; failures: number; ms: number[] }>;
  clients: Record<string, { clientName: string | null; calls: number }>;
  reasons: Record<string, number>;
}

const hourMs = 3_600_000;
/** A chart shows so many tools, clients or reasons at most. */
const longestList = 50;

/** One pass over the rows of the time asked for. Failures are all lines that are not ok, whatever their event. */
export function tally(sql: SqlStorage, filter: Pick<LogFilter, "server" | "from" | "to">): Tally {
  const into: Tally = { hours: {}, tools: {}, clients: {}, reasons: {} };
  countOthers(sql, filter, into);
  const failedCalls = eventsWhere({ ...filter, event: "mcp_call" });
  countCalls(sql, failedCalls, filter, into);
  const segments = segmentsWhere(filter);
  if (segments) countCalls(sql, segments, filter, into);
  return into;
}

function hourOf(into: Tally, at: number) {
  const hour = at - (at % hourMs);
  into.hours[hour] ??= { calls: 0, failures: 0, signIns: 0, exchanges: 0, ms: [] };
  return into.hours[hour];
}

/** Everything but calls, counted by SQLite. */
function countOthers(sql: SqlStorage, filter: LogFilter, into: Tally): void {
  const { sql: where, values } = eventsWhere(filter);
  const rows = sql.exec<{ at: number; event: string; outcome: string; reason: string | null; n: number }>(
    `SELECT at / ${hourMs} * ${hourMs} AS at, event, outcome, reason, count(*) AS n FROM lines
     WHERE ${where} GROUP BY 1, 2, 3, 4`,
    ...values,
  );
  for (const { at, event, outcome, reason, n } of rows) {
    const hour = hourOf(into, at);
    if (outcome !== "ok") hour.failures += n;
    if (outcome === "ok" && event === "identity") hour.signIns += n;
    if (outcome === "ok" && event === "exchange") hour.exchanges += n;
    if (reason !== null && outcome !== "ok") into.reasons[reason] = (into.reasons[reason] ?? 0) + n;
  }
}

/** Calls, failed or not; a failed one is counted as a failure of its hour already. */
function countCalls(
  sql: SqlStorage,
  { sql: where, values }: { sql: string; values: (string | number)[] },
  filter: LogFilter,
  into: Tally,
): void {
  for (const row of sql.exec<Row>(`SELECT * FROM lines WHERE ${where}`, ...values)) {
    for (const { at, outcome, tool, client, clientName, totalMs } of linesOf(row, filter)) {
      const hour = hourOf(into, at);
      hour.calls += 1;
      if (totalMs !== undefined) hour.ms.push(totalMs);
      if (tool !== undefined) {
        into.tools[tool] ??= { calls: 0, failures: 0, ms: [] };
        into.tools[tool].calls += 1;
        if (outcome !== "ok") into.tools[tool].failures += 1;
        if (totalMs !== undefined) into.tools[tool].ms.push(totalMs);
      }
      if (client === undefined) continue;
      into.clients[client] ??= { clientName: null, calls: 0 };
      into.clients[client].calls += 1;
      into.clients[client].clientName = clientName ?? into.clients[client].clientName;
    }
  }
}

/** The tallies of a log's shards as one answer. */
export function statsOf(tallies: readonly Tally[]): LogStats {
  const all: Tally = { hours: {}, tools: {}, clients: {}, reasons: {} };
  for (const { hours, tools, clients, reasons } of tallies) {
    for (const [key, from] of Object.entries(hours)) {
      const hour = hourOf(all, Number(key));
      for (const name of ["calls", "failures", "signIns", "exchanges"] as const) hour[name] += from[name];
      hour.ms = hour.ms.concat(from.ms);
    }
    for (const [tool, { calls, failures, ms }] of Object.entries(tools)) {
      const known = all.tools[tool] ?? { calls: 0, failures: 0, ms: [] };
      const sum = { calls: known.calls + calls, failures: known.failures + failures };
      all.tools[tool] = { ...sum, ms: known.ms.concat(ms) };
    }
    for (const [client, { clientName, calls }] of Object.entries(clients)) {
      const known = all.clients[client];
      all.clients[client] = { clientName: clientName ?? known?.clientName ?? null, calls: (known?.calls ?? 0) + calls };
    }
    for (const [reason, count] of Object.entries(reasons)) all.reasons[reason] = (all.reasons[reason] ?? 0) + count;
  }
  return shown(all);
}

function shown({ hours, tools, clients, reasons }: Tally): LogStats {
  return {
    hours: Object.entries(hours)
      .map(([hour, { ms, ...counts }]) => ({ hour: Number(hour), ...counts, ...latency(ms) }))
      .sort((one, other) => one.hour - other.hour),
    tools: most(Object.entries(tools), ([, { calls }]) => calls).map(([tool, { ms, ...counts }]) => ({
      ...{ tool, ...counts },
      ...latency(ms),
    })),
    clients: most(Object.entries(clients), ([, { calls }]) => calls).map(([client, rest]) => ({ client, ...rest })),
    reasons: most(Object.entries(reasons), ([, count]) => count).map(([reason, count]) => ({ reason, count })),
  };
}

function most<T>(entries: T[], weight: (entry: T) => number): T[] {
  return entries.sort((one, other) => weight(other) - weight(one)).slice(0, longestList);
}

/** The nearest-rank percentiles: a value that really occurred. */
function latency(ms: number[]): { p50Ms: number | null; p95Ms: number | null } {
  const sorted = Float64Array.from(ms).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}
