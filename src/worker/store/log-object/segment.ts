// Successes of every day, many to a row: whoever called and what was called is written once, then a short line per call.
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
/** An MCP call names no event. */
type Called = [method: string | null, tool: string | null, event?: GatheredEvent];
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

/** Events that share rows with MCP calls when all went well: there are about as many as people at work. */
export const gatheredEvents = ["exchange", "refresh"] as const;
type GatheredEvent = (typeof gatheredEvents)[number];

function gatheredEvent(event: string): GatheredEvent | undefined {
  return gatheredEvents.find((name) => name === event);
}

export function isSuccessfulCall(entry: Pick<LogEntry, "event" | "outcome">): boolean {
  return entry.event === "mcp_call" && entry.outcome === "ok";
}

/** Whether a line may wait for others and share their row. One with a finding has something to tell, and a row. */
export function isGathered(entry: LogEntry): boolean {
  if (isSuccessfulCall(entry)) return true;
  const { expected, seen, field, reason, diagnosis } = entry;
  const finding = expected ?? seen ?? field ?? reason ?? diagnosis;
  return entry.outcome === "ok" && finding === undefined && gatheredEvent(entry.event) !== undefined;
}

/** A row of the table with many lines is stored as one of successful calls. */
export const isSegment: (row: Pick<LogEntry, "event" | "outcome">) => boolean = isSuccessfulCall;

export function emptySegment(): Segment {
  return { callers: [], called: [], calls: [] };
}

/** @param since time of the segment's first call @param number steps of the object's numbers since that call's */
export function addCall(segment: Segment, since: number, entry: LogEntry, number: number): void {
  const { server, client, clientName, user, agent, channel, attempt, origin, session } = entry;
  const event = gatheredEvent(entry.event);
  const { method = null, tool = null } = entry;
  const called: Called = event ? [method, tool, event] : [method, tool];
  const caller: Caller = [
    ...([server ?? null, client ?? null, clientName ?? null, user ?? null, agent ?? null] as const),
    ...([channel ?? null, attempt ?? null, origin ?? null, session ?? null] as const),
  ];
  segment.calls.push([
    entry.at - since,
    number,
    indexIn(segment.callers, caller),
    indexIn(segment.called, called),
    entry.requestId,
    entry.status ?? null,
    entry.totalMs ?? null,
    entry.runtimeMs ?? null,
  ]);
}

/** The place of an equal row in the list, where it is put if it was not there. */
function indexIn<T extends readonly (string | null | undefined)[]>(list: T[], row: T): number {
  const known = list.findIndex(
    (other) => other.length === row.length && other.every((value, index) => value === row[index]),
  );
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
  return segment.calls.filter(fitting(segment, row.since, filter)).length;
}

/** The calls that fit, newest first. @param step between two numbers of one object */
export function callsOf(row: SegmentRow, filter: LogFilter, step: number): StoredLine[] {
  const segment = readSegment(row.body);
  return segment.calls
    .filter(fitting(segment, row.since, filter))
    .map((call) => lineOf(segment, row, call, step))
    .reverse();
}

function fitting({ callers, called }: Segment, began: number, filter: LogFilter): (call: Call) => boolean {
  const byCaller = callers.map((caller) => callerFits(caller, filter));
  const byEvent = called.map(([, , event = "mcp_call"]) => filter.event === undefined || filter.event === event);
  return ([since, , caller, what]) =>
    byCaller[caller] === true && byEvent[what] === true && timeFits(began + since, filter);
}

function lineOf({ callers, called }: Segment, row: SegmentRow, call: Call, step: number): StoredLine {
  const [since, number, callerIndex, calledIndex, requestId, status, totalMs, runtimeMs] = call;
  const [server, client, clientName, user, agent, channel, attempt, origin, session] = callers[callerIndex] ?? [];
  const [method, tool, event = "mcp_call"] = called[calledIndex] ?? [];
  return {
    id: row.id + number * step,
    at: row.since + since,
    event,
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
