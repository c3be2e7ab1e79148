// What a run found, as one JSON document and as the tables that the terminal and the README show.
import type { Cost } from "./costs.ts";
import type { CaseResult, Figures } from "./rounds.ts";
import { busiestShare, type Demand, type Deployment, type SnapshotReads } from "./scale.ts";
import type { Size } from "./size.ts";
import type { Storage, Trips } from "./storage.ts";
import type { StreamResult } from "./stream-cases.ts";

export interface Report {
  date: string;
  command: string;
  machine: { processor: string; processors: number; memoryGb: number; system: string; node: string; workerd: string };
  settings: { rounds: number; milliseconds: number; bound: boolean };
  /** Mean number of processes that wanted a processor while this ran, the bench's own included. */
  machineLoad: number;
  size: Size | null;
  cases: CaseResult[];
  streams: StreamResult[];
  storage: Storage | null;
  costs: Cost[];
  scale: Scale | null;
}

export interface Scale {
  deployment: Deployment;
  demands: Demand[];
  snapshotReads: SnapshotReads;
  reach: { callsPerSecond: number; what: string };
}

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

const number = (value: number | null, digits = 0) =>
  value === null || Number.isNaN(value)
    ? "–"
    : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** The gateway by its floor: more is better for throughput, less for time. */
export function ratios({ figures, floor }: CaseResult): { perSecond: number; p50: number; cpu: number } | null {
  const own = figures.gateway;
  const other = floor === null ? undefined : figures[floor];
  if (own === undefined || other === undefined) return null;
  return {
    perSecond: own.perSecond / other.perSecond,
    p50: own.p50 / other.p50,
    cpu: (own.cpuMicros ?? Number.NaN) / (other.cpuMicros ?? Number.NaN),
  };
}

export function speedTable(cases: CaseResult[]): string {
  const head = [
    "case",
    "through",
    "requests/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU µs/request",
    "of its floor: requests/s",
    "p50",
    "CPU",
  ];
  const rows = cases.flatMap((one) =>
    Object.entries(one.figures).map(([name, figures], index) => row(one, name, figures, index === 0)),
  );
  return table(head, rows);
}

function row(one: CaseResult, name: string, figures: Figures, first: boolean): string[] {
  const { perSecond, p50, p95, p99, cpuMicros } = figures;
  const found = name === "gateway" ? ratios(one) : null;
  const same = name === one.floor ? "1" : "";
  const ratio =
    found === null ? [same, same, same] : [found.perSecond, found.p50, found.cpu].map((by) => `**${number(by, 2)}**`);
  const times = [p50, p95, p99].map((time) => number(time, 2));
  return [first ? one.title : "", name, number(perSecond), ...times, number(cpuMicros), ...ratio];
}

export function streamTable(streams: StreamResult[]): string {
  const rows = streams.map(({ title, kilobytes }) => [
    title,
    ...["pass-through", "gateway"].map((name) => number(kilobytes[name] ?? null)),
  ]);
  return table(["memory", "pass-through KB", "gateway KB"], rows);
}

export function storageTable({ rows }: Storage): string {
  const head = ["request", "", "D1", "KV reads", "KV writes", "objects", "D1 rows", "object rows", "log deliveries"];
  const cells = (trips: Trips) =>
    [trips.d1, trips.kvReads, trips.kvWrites, trips.objects, trips.d1Rows, trips.objectRows, trips.deliveries].map(
      (value) => number(value, Number.isInteger(value) ? 0 : 2),
    );
  const lines = rows.flatMap(({ title, cold, warm }) => [
    ...(cold === null ? [] : [[title, "cold", ...cells(cold)]]),
    [cold === null ? title : "", "warm", ...cells(warm)],
  ]);
  return table(head, lines);
}

export function sizeTable({ shares, startupKb, totalKb }: Size): string {
  const rows = shares.map(({ name, ...size }) => [name, number(size.startupKb, 1), number(size.totalKb, 1)]);
  const all = ["**all**", `**${number(startupKb, 1)}**`, `**${number(totalKb, 1)}**`];
  return table(["whose code", "KB at start", "KB in all"], [...rows, all]);
}

export function costTable(costs: Cost[]): string {
  const rows = costs.map(({ title, dollars, parts }) => [
    title,
    `**${number(dollars, 2)}**`,
    ...[parts.requests, parts.cpu, parts.objects, parts.d1, parts.kv].map((part) => number(part, 2)),
  ]);
  return table(["dollars for a million", "all", "requests", "CPU", "objects", "D1", "KV"], rows);
}

export function scaleTable({ demands }: Scale): string {
  const rows = demands.map(({ what, demand, limit, unit, remedy }) => [
    what,
    `${number(demand, demand < 10 ? 1 : 0)} ${unit}`,
    number(limit),
    `${number((100 * demand) / limit)} %`,
    remedy,
  ]);
  return table(["what", "asked", "limit", "used", "when it is reached"], rows);
}

/** Everything, for the terminal. */
export function shown(report: Report): string {
  const { cases, streams, storage, size, costs, scale } = report;
  return [
    ...(cases.length > 0 ? [speedTable(cases)] : []),
    ...(streams.length > 0 ? [streamTable(streams)] : []),
    ...(storage === null ? [] : [storageTable(storage)]),
    ...(size === null ? [] : [sizeTable(size)]),
    ...(costs.length > 0 ? [costTable(costs)] : []),
    ...(scale === null ? [] : [scaleTable(scale), scaleText(scale)]),
  ].join("\n\n");
}

export function scaleText({ deployment, snapshotReads, reach }: Scale): string {
  const { users, servers, callsPerSecond, isolates } = deployment;
  return (
    `Asked: ${number(users)} people, ${number(servers)} servers, ${number(callsPerSecond)} calls/s over ` +
    `${number(isolates)} isolates, ${number(100 * busiestShare(deployment))} % of them at the busiest server. ` +
    `Snapshots are read from KV ${number(snapshotReads.perSecond)} times a second, ` +
    `${number(snapshotReads.share, 2)} for each call ($${number(snapshotReads.dollarsPerMonth)} a month). ` +
    `If everything grows alike, the first limit is reached at ${number(reach.callsPerSecond)} calls/s: ${reach.what}.`
  );
}
