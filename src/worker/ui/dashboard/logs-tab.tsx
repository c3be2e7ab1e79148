// Logs of one gateway: filters, the lines newest first, and for the last day charts with their numbers beside them.
import type { Child } from "hono/jsx";
import { gatewayEvents, outcomes, reasons } from "../../../contract/events.ts";
import type { LogLine, StatsView } from "../../../contract/management/logs.ts";
import { Diagnosed } from "./diagnosed.tsx";
import type { Field, FormState } from "./fields.ts";
import { Fields } from "./form.tsx";
import { CallsChart, everyHour, LatencyChart } from "./log-chart.tsx";
import { type Column, Empty, Instant, type Paged, Pager, Table } from "./table.tsx";

export interface LogsProps {
  /** Of the gateway. */
  path: string;
  list: Paged<LogLine>;
  /** The filters as they stand, and what is wrong with them. */
  filters: FormState;
  /** The filters as a query, without the page. */
  query: string;
  stats: StatsView;
}

const choice = (name: string, label: string, values: readonly string[]): Field => ({
  name,
  label,
  kind: "choice",
  bare: true,
  options: [{ value: "", label: "any" }, ...values.map((value) => ({ value, label: value }))],
});

export const logFilters: readonly Field[] = [
  choice("event", "Event", gatewayEvents),
  choice("outcome", "Outcome", outcomes),
  choice("reason", "Reason", Object.keys(reasons).sort()),
  { name: "server", label: "Server", kind: "url", bare: true },
  { name: "user", label: "User", kind: "url", bare: true },
  { name: "client", label: "Client", kind: "url", bare: true },
  { name: "agent", label: "Agent", kind: "url", bare: true },
  { name: "attempt", label: "Attempt", kind: "url", bare: true },
];

export function logsTab({ path, list, filters, query, stats }: LogsProps): Child {
  return (
    <>
      {stats.hours.length > 0 ? <Charts stats={stats} /> : null}
      <h2>Events</h2>
      <details open={query !== "" || filters.errors.size > 0}>
        <summary>Filter</summary>
        <form method="get" action={`${path}/logs`} class="filters">
          <Fields fields={logFilters} state={filters} />
          <p>
            <button type="submit">Filter</button> {query ? <a href={`${path}/logs`}>Show all</a> : null}
          </p>
        </form>
      </details>
      <p>
        <button type="button" class="small" data-follow="log-lines" aria-pressed="false" hidden>
          Follow
        </button>
      </p>
      {list.total > 0 ? (
        <Table id="log-lines" caption="Events, newest first" columns={columns(path)} rows={list.items} />
      ) : (
        <div id="log-lines">
          <Empty title={query ? "No event fits" : "Nothing has happened yet"}>
            <p>
              {query ? (
                "Take a filter away, or look again later."
              ) : (
                <>
                  Sign-ins and tool calls are written here. The <a href={`${path}/connect`}>Connect tab</a> has what a
                  client needs for the first one.
                </>
              )}
            </p>
          </Empty>
        </div>
      )}
      <Pager list={list} path={`${path}/logs`} query={query} />
    </>
  );
}

function columns(path: string): Column<LogLine>[] {
  return [
    { title: "Time (UTC)", heading: true, cell: (line) => <Instant at={line.time} /> },
    { title: "Event", cell: (line) => line.event },
    { title: "Outcome", cell: (line) => <span class={`tag ${line.outcome}`}>{line.outcome}</span> },
    { title: "What", class: "wide", cell: (line) => <What line={line} /> },
    {
      title: "Attempt",
      cell: (line) =>
        line.attempt ? <a href={`${path}/attempts/${encodeURIComponent(line.attempt)}`}>Timeline</a> : null,
    },
    { title: "Server", cell: (line) => <span class="slug">{line.server}</span> },
    { title: "Client", class: "wide", cell: (line) => <bdi>{line.clientName ?? line.client ?? line.agent}</bdi> },
    { title: "User", class: "wide", cell: (line) => line.user },
    { title: "ms", class: "number", cell: (line) => line.totalMs },
  ];
}

function What({ line }: { line: LogLine }) {
  const call = [line.method, line.tool, line.status].filter((part) => part !== null).join(" ");
  return (
    <>
      {line.cause ? <bdi>{line.cause}</bdi> : null}
      {line.reason ? (
        <>
          {" "}
          <code>{line.reason}</code>
        </>
      ) : null}
      {line.diagnosis ? (
        <p>
          <Diagnosed id={line.diagnosis} />
          {line.fix ? <small> {line.fix}</small> : null}
        </p>
      ) : null}
      {call ? (
        <>
          {" "}
          <bdi>{call}</bdi>
        </>
      ) : null}
    </>
  );
}

type Hour = StatsView["hours"][number];
type Tool = StatsView["tools"][number];

function Charts({ stats }: { stats: StatsView }) {
  const ms = (value: number | null) => (value === null ? "–" : Math.round(value));
  const hourColumns: Column<Hour>[] = [
    {
      title: "Hour (UTC)",
      heading: true,
      cell: (hour) => <time datetime={hour.hour}>{hour.hour.slice(5, 16).replace("T", " ")}</time>,
    },
    { title: "Calls", class: "number", cell: (hour) => hour.calls },
    { title: "Failures", class: "number", cell: (hour) => hour.failures },
    { title: "Sign-ins", class: "number", cell: (hour) => hour.signIns },
    { title: "Exchanges", class: "number", cell: (hour) => hour.exchanges },
    { title: "p50 ms", class: "number", cell: (hour) => ms(hour.p50Ms) },
    { title: "p95 ms", class: "number", cell: (hour) => ms(hour.p95Ms) },
  ];
  const tools: Column<Tool>[] = [
    { title: "Tool", heading: true, class: "wide", cell: (tool) => <bdi>{tool.tool}</bdi> },
    { title: "Calls", class: "number", cell: (tool) => tool.calls },
    { title: "Failures", class: "number", cell: (tool) => tool.failures },
    { title: "p50 ms", class: "number", cell: (tool) => ms(tool.p50Ms) },
    { title: "p95 ms", class: "number", cell: (tool) => ms(tool.p95Ms) },
  ];
  const clients: Column<StatsView["clients"][number]>[] = [
    { title: "Client", heading: true, class: "wide", cell: (one) => <bdi>{one.clientName ?? one.client}</bdi> },
    { title: "Calls", class: "number", cell: (one) => one.calls },
  ];
  const hours = everyHour(stats);
  return (
    <>
      <h2>Last day</h2>
      <div class="charts">
        <div class="card">
          <CallsChart hours={hours} />
        </div>
        <div class="card">
          <LatencyChart hours={hours} />
        </div>
        <Table caption="Hours with traffic" columns={hourColumns} rows={stats.hours.toReversed()} />
        <div>
          {stats.tools.length > 0 ? <Table caption="Top tools" columns={tools} rows={stats.tools} /> : null}
          {stats.clients.length > 0 ? <Table caption="Top clients" columns={clients} rows={stats.clients} /> : null}
        </div>
      </div>
    </>
  );
}
