// Charts of a gateway's last hours as SVG: bars for calls and failures, lines for how long calls took.
import type { StatsView } from "../../../contract/management/logs.ts";

type Hours = StatsView["hours"];

const hourMs = 3_600_000;
/** More bars than this would be lines. */
const mostHours = 168;

/** The hours of the window without a gap: one in which nothing happened is an hour too. */
export function everyHour({ from, to, hours }: StatsView): Hours {
  const known = new Map(hours.map((hour) => [Date.parse(hour.hour), hour]));
  const last = Math.floor(Date.parse(to) / hourMs) * hourMs;
  // The first hour is there only in part, and was shown as a whole one would be.
  const first = Math.max(Math.ceil(Date.parse(from) / hourMs) * hourMs, last - (mostHours - 1) * hourMs);
  const count = Math.max(1, Math.round((last - first) / hourMs) + 1);
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * hourMs;
    const quiet = { calls: 0, failures: 0, signIns: 0, exchanges: 0, p50Ms: null, p95Ms: null };
    return known.get(at) ?? { hour: new Date(at).toISOString(), ...quiet };
  });
}

const size = { width: 480, height: 190, left: 52, right: 8, top: 12, bottom: 26 };
const inner = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };

export function CallsChart({ hours }: { hours: Hours }) {
  const most = niceMaximum(Math.max(1, ...hours.map((hour) => hour.calls)));
  const step = inner.width / Math.max(1, hours.length);
  const width = Math.max(1, step * 0.7);
  return (
    <figure>
      <figcaption>Calls and failures per hour</figcaption>
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={`${told(hours)}. The table has the numbers.`}
      >
        <Axis most={most} unit="" hours={hours} />
        {hours.map((hour, index) => {
          const x = size.left + index * step + (step - width) / 2;
          return (
            <>
              <Bar x={x} width={width} part={hour.calls / most} class="calls" />
              <Bar x={x} width={width} part={hour.failures / most} class="failures" />
            </>
          );
        })}
      </svg>
      <Legend
        entries={[
          ["calls", "calls"],
          ["failures", "failures, in front"],
        ]}
      />
    </figure>
  );
}

export function LatencyChart({ hours }: { hours: Hours }) {
  const slowest = Math.max(1, ...hours.map((hour) => hour.p95Ms ?? hour.p50Ms ?? 0));
  const most = niceMaximum(slowest);
  const label = `Latency per hour, 95th percentile at most ${Math.round(slowest)} milliseconds. The table has the numbers.`;
  return (
    <figure>
      <figcaption>Latency per hour, milliseconds</figcaption>
      <svg viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={label}>
        <Axis most={most} unit=" ms" hours={hours} />
        <Line values={hours.map((hour) => hour.p50Ms)} most={most} name="p50" />
        <Line values={hours.map((hour) => hour.p95Ms)} most={most} name="p95" />
      </svg>
      <Legend
        entries={[
          ["p50", "median"],
          ["p95", "95th percentile, dashed"],
        ]}
      />
    </figure>
  );
}

function told(hours: Hours): string {
  const calls = hours.reduce((sum, hour) => sum + hour.calls, 0);
  const failures = hours.reduce((sum, hour) => sum + hour.failures, 0);
  return `${calls} calls and ${failures} failures in ${hours.length} hours`;
}

function Bar(props: { x: number; width: number; part: number; class: string }) {
  const height = round(inner.height * Math.min(1, props.part));
  if (height <= 0) return null;
  const y = round(size.top + inner.height - height);
  return <rect class={props.class} x={round(props.x)} y={y} width={round(props.width)} height={height} />;
}

function Axis({ most, unit, hours }: { most: number; unit: string; hours: Hours }) {
  const rows = [0, 0.5, 1];
  const every = Math.max(1, Math.ceil(hours.length / 5));
  const step = inner.width / Math.max(1, hours.length);
  return (
    <>
      {rows.map((part) => {
        const y = round(size.top + inner.height * (1 - part));
        return (
          <>
            <line class="grid" x1={size.left} x2={size.width - size.right} y1={y} y2={y} />
            <text x={size.left - 5} y={y + 4} text-anchor="end">
              {`${round(most * part)}${part === 1 ? unit : ""}`}
            </text>
          </>
        );
      })}
      {hours.map((hour, index) =>
        index % every === 0 ? (
          <text x={round(size.left + (index + 0.5) * step)} y={size.height - 7} text-anchor="middle">
            {hour.hour.slice(11, 16)}
          </text>
        ) : null,
      )}
    </>
  );
}

function Legend({ entries }: { entries: readonly [mark: string, text: string][] }) {
  return (
    <ul class="legend">
      {entries.map(([mark, text]) => (
        <li>
          <svg viewBox="0 0 32 16" aria-hidden="true">
            {/^p\d/.test(mark) ? <path class={mark} d="M0 8h32" /> : <rect class={mark} x="8" width="16" height="16" />}
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}

/** Points, so that a single hour is seen as well, and lines between neighbours. */
function Line({ values, most, name }: { values: readonly (number | null)[]; most: number; name: string }) {
  const step = inner.width / Math.max(1, values.length);
  const points = values.map((value, index) =>
    value === null
      ? null
      : {
          x: round(size.left + (index + 0.5) * step),
          y: round(size.top + inner.height * (1 - Math.min(1, value / most))),
        },
  );
  const path = points.map((point, index) => (point ? `${points[index - 1] ? "L" : "M"}${point.x} ${point.y}` : ""));
  return (
    <>
      <path class={name} d={path.join("")} />
      {points.map((point) => (point ? <circle class={name} cx={point.x} cy={point.y} r="2.5" /> : null))}
    </>
  );
}

/** 1, 2 or 5 times a power of ten, at or above. */
function niceMaximum(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((one) => one * power >= value) ?? 10;
  return factor * power;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
