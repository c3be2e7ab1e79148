// Counts for charts: per hour, tool, client and reason. Times of calls are kept whole, so that shards can be added up.
import type { LogFilter, LogStats, StoredLine } from "../promises/logs.ts";
import type { Row } from "./lines.ts";
import { type Condition, eventsWhere, linesOf, segmentsWhere } from "./search.ts";

interface Times {
  calls: number;
  failures: number;
  /** How long each call took, milliseconds. */
  ms: number[];
}

/** Maps, because tools and clients choose their own names. */
export interface Tally {
  hours: Map<number, Times & { signIns: number; exchanges: number }>;
  tools: Map<string, Times>;
  clients: Map<string, { clientName: string | null; calls: number }>;
  reasons: Map<string, number>;
}

const hourMs = 3_600_000;
/** A chart shows so many tools, clients or reasons at most. */
const longestList = 50;

const emptyTally = (): Tally => ({ hours: new Map(), tools: new Map(), clients: new Map(), reasons: new Map() });

/** One pass over the rows of the time asked for. Failures are all lines that are not ok, whatever their event. */
export function tally(sql: SqlStorage, filter: Pick<LogFilter, "server" | "from" | "to">): Tally {
  const into = emptyTally();
  countEvents(sql, filter, into);
  countCalls(sql, eventsWhere({ ...filter, event: "mcp_call" }), filter, into);
  const segments = segmentsWhere(filter);
  if (segments) countCalls(sql, segments, filter, into);
  return into;
}

function hourOf({ hours }: Tally, at: number) {
  return entryOf(hours, at - (at % hourMs), () => ({ calls: 0, failures: 0, signIns: 0, exchanges: 0, ms: [] }));
}

function toolOf({ tools }: Tally, tool: string) {
  return entryOf(tools, tool, () => ({ calls: 0, failures: 0, ms: [] }));
}

function clientOf({ clients }: Tally, client: string) {
  return entryOf(clients, client, () => ({ clientName: null, calls: 0 }));
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const entry = map.get(key) ?? make();
  map.set(key, entry);
  return entry;
}

/** Everything that has a row of its own, counted by SQLite. */
function countEvents(sql: SqlStorage, filter: LogFilter, into: Tally): void {
  const { sql: where, values } = eventsWhere(filter);
  const rows = sql.exec<{ hour: number; event: string; outcome: string; reason: string | null; n: number }>(
    `SELECT at / ${hourMs} * ${hourMs} AS hour, event, outcome, reason, count(*) AS n FROM lines
     WHERE ${where} GROUP BY 1, 2, 3, 4`,
    ...values,
  );
  for (const { hour: at, event, outcome, reason, n } of rows) {
    const hour = hourOf(into, at);
    if (outcome !== "ok") hour.failures += n;
    if (outcome === "ok" && event === "identity") hour.signIns += n;
    if (outcome === "ok" && (event === "exchange" || event === "enterprise")) hour.exchanges += n;
    if (reason !== null && outcome !== "ok") into.reasons.set(reason, (into.reasons.get(reason) ?? 0) + n);
  }
}

/** Calls, failed or not, and what shares rows with them; a failed one is counted as a failure of its hour already. */
function countCalls(sql: SqlStorage, which: Condition, filter: LogFilter, into: Tally): void {
  for (const row of sql.exec<Row>(`SELECT * FROM lines WHERE ${which.sql}`, ...which.values)) {
    for (const line of linesOf(row, filter)) {
      if (line.event === "mcp_call") countCall(line, into);
      else if (line.event === "exchange") hourOf(into, line.at).exchanges += 1;
    }
  }
}

function countCall({ at, outcome, tool, client, clientName, totalMs }: StoredLine, into: Tally): void {
  const hour = hourOf(into, at);
  const times = tool === undefined ? [hour] : [hour, toolOf(into, tool)];
  for (const one of times) {
    one.calls += 1;
    if (totalMs !== undefined) one.ms.push(totalMs);
  }
  if (tool !== undefined && outcome !== "ok") toolOf(into, tool).failures += 1;
  if (client === undefined) return;
  const caller = clientOf(into, client);
  caller.calls += 1;
  caller.clientName = clientName ?? caller.clientName;
}

/** The tallies of a log's shards as one answer. */
export function statsOf(tallies: readonly Tally[]): LogStats {
  const all = emptyTally();
  for (const { hours, tools, clients, reasons } of tallies) {
    for (const [at, from] of hours) {
      const hour = hourOf(all, at);
      addTimes(hour, from);
      hour.signIns += from.signIns;
      hour.exchanges += from.exchanges;
    }
    for (const [tool, from] of tools) addTimes(toolOf(all, tool), from);
    for (const [client, { clientName, calls }] of clients) {
      const known = clientOf(all, client);
      known.calls += calls;
      known.clientName = clientName ?? known.clientName;
    }
    for (const [reason, count] of reasons) all.reasons.set(reason, (all.reasons.get(reason) ?? 0) + count);
  }
  return shown(all);
}

function addTimes(to: Times, from: Times): void {
  to.calls += from.calls;
  to.failures += from.failures;
  for (const ms of from.ms) to.ms.push(ms);
}

function shown({ hours, tools, clients, reasons }: Tally): LogStats {
  return {
    hours: [...hours]
      .map(([hour, { ms, ...counts }]) => ({ hour, ...counts, ...latency(ms) }))
      .sort((one, other) => one.hour - other.hour),
    tools: most([...tools], ([, { calls }]) => calls).map(([tool, { ms, ...counts }]) => ({
      ...{ tool, ...counts },
      ...latency(ms),
    })),
    clients: most([...clients], ([, { calls }]) => calls).map(([client, rest]) => ({ client, ...rest })),
    reasons: most([...reasons], ([, count]) => count).map(([reason, count]) => ({ reason, count })),
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
