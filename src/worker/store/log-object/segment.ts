// Successful MCP calls, many to a row: whoever called and what was called is written once, then a short line per call.
import type { LogEntry, LogFilter, StoredLine } from "../promises/logs.ts";

/** Calls in one row at most: so many calls cost one write. */
export const segmentSize = 50;

type Caller = [
  server: string | null,
  client: string | null,
  clientName: string | null,
  user: string | null,
  agent: string | null,
  channel: "oauth" | "embedded" | "enterprise" | "static" | null,
  attempt: string | null,
  origin: string | null,
  session: string | null,
];
type Called = [method: string | null, tool: string | null];
type Call = [
  /** Milliseconds since the segment's first call. */
  since: number,
  /** Steps of the object's numbers since the segment's own. */
  number: number,
  caller: number,
  called: number,
  requestId: string,
  status: number | null,
  totalMs: number | null,
  runtimeMs: number | null,
];

/** The stored form: JSON of this. */
export interface Segment {
  callers: Caller[];
  called: Called[];
  calls: Call[];
}

export function isSuccessfulCall(entry: Pick<LogEntry, "event" | "outcome">): boolean {
  return entry.event === "mcp_call" && entry.outcome === "ok";
}

export function emptySegment(): Segment {
  return { callers: [], called: [], calls: [] };
}

/** @param since time of the segment's first call @param number steps of the object's numbers since that call's */
export function addCall(segment: Segment, since: number, entry: LogEntry, number: number): void {
  const { server, client, clientName, user, agent, channel, attempt, origin, session } = entry;
  const caller: Caller = [
    ...([server ?? null, client ?? null, clientName ?? null, user ?? null, agent ?? null] as const),
    ...([channel ?? null, attempt ?? null, origin ?? null, session ?? null] as const),
  ];
  segment.calls.push([
    entry.at - since,
    number,
    indexIn(segment.callers, caller),
    indexIn(segment.called, [entry.method ?? null, entry.tool ?? null]),
    entry.requestId,
    entry.status ?? null,
    entry.totalMs ?? null,
    entry.runtimeMs ?? null,
  ]);
}

/** The place of an equal row in the list, where it is put if it was not there. */
function indexIn<T extends readonly (string | null)[]>(list: T[], row: T): number {
  const known = list.findIndex((other) => other.every((value, index) => value === row[index]));
  return known === -1 ? list.push(row) - 1 : known;
}

export function readSegment(body: string): Segment {
  return JSON.parse(body);
}

/** A row of the table that holds a segment; `id` is the number of its first call, `since` that call's time. */
export interface SegmentRow {
  id: number;
  since: number;
  body: string;
}

/** How many calls of the segment fit. What is not about who called or when is judged before. */
export function countCalls(row: SegmentRow, filter: LogFilter): number {
  const segment = readSegment(row.body);
  const fits = segment.callers.map((caller) => callerFits(caller, filter));
  return segment.calls.filter((call) => fits[call[2]] && timeFits(row.since + call[0], filter)).length;
}

/** The calls that fit, newest first. @param step between two numbers of one object */
export function callsOf(row: SegmentRow, filter: LogFilter, step: number): StoredLine[] {
  const segment = readSegment(row.body);
  const fits = segment.callers.map((caller) => callerFits(caller, filter));
  return segment.calls
    .filter((call) => fits[call[2]] && timeFits(row.since + call[0], filter))
    .map((call) => lineOf(segment, row, call, step))
    .reverse();
}

function lineOf({ callers, called }: Segment, row: SegmentRow, call: Call, step: number): StoredLine {
  const [since, number, callerIndex, calledIndex, requestId, status, totalMs, runtimeMs] = call;
  const [server, client, clientName, user, agent, channel, attempt, origin, session] = callers[callerIndex] ?? [];
  const [method, tool] = called[calledIndex] ?? [];
  return {
    id: row.id + number * step,
    at: row.since + since,
    event: "mcp_call",
    outcome: "ok",
    requestId,
    ...(server && { server }),
    ...(client && { client }),
    ...(clientName && { clientName }),
    ...(user && { user }),
    ...(agent && { agent }),
    ...(channel && { channel }),
    ...(attempt && { attempt }),
    ...(origin && { origin }),
    ...(session && { session }),
    ...(method && { method }),
    ...(tool && { tool }),
    ...(status !== null && { status }),
    ...(totalMs !== null && { totalMs }),
    ...(runtimeMs !== null && { runtimeMs }),
  };
}

function callerFits([server, client, , user, agent, , attempt]: Caller, filter: LogFilter): boolean {
  return (
    (filter.server === undefined || filter.server === server) &&
    (filter.client === undefined || filter.client === client) &&
    (filter.user === undefined || filter.user === user) &&
    (filter.agent === undefined || filter.agent === agent) &&
    (filter.attempt === undefined || filter.attempt === attempt)
  );
}

function timeFits(at: number, { from, to }: LogFilter): boolean {
  return (from === undefined || at >= from) && (to === undefined || at <= to);
}
