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
  const first = Math.max(Math.floor(Date.parse(from) / hourMs) * hourMs, last - (mostHours - 1) * hourMs);
  const count = Math.max(1, Math.round((last - first) / hourMs) + 1);
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * hourMs;
    const quiet = { calls: 0, failures: 0, signIns: 0, exchanges: 0, p50Ms: null, p95Ms: null };
    return known.get(at) ?? { hour: new Date(at).toISOString(), ...quiet };
  });
}

const size = { width: 640, height: 190, left: 44, right: 8, top: 10, bottom: 24 };
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
          ["calls-ink", "calls"],
          ["failures-ink", "failures, in front"],
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
        <path
          class="p50"
          d={line(
            hours.map((hour) => hour.p50Ms),
            most,
          )}
        />
        <path
          class="p95"
          d={line(
            hours.map((hour) => hour.p95Ms),
            most,
          )}
        />
      </svg>
      <Legend
        entries={[
          ["p50-ink", "median"],
          ["p95-ink", "95th percentile, dashed"],
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
  const every = Math.max(1, Math.ceil(hours.length / 6));
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

function Legend({ entries }: { entries: readonly [ink: string, text: string][] }) {
  return (
    <svg viewBox={`0 0 ${size.width} 18`} aria-hidden="true">
      {entries.map(([ink, text], index) => (
        <text class={ink} x={size.left + index * 110} y="13">
          {`■ ${text}`}
        </text>
      ))}
    </svg>
  );
}

/** An hour without calls is a gap, not a zero. */
function line(values: readonly (number | null)[], most: number): string {
  const step = inner.width / Math.max(1, values.length);
  let pen = "M";
  let path = "";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const x = round(size.left + (index + 0.5) * step);
    path += `${pen}${x} ${round(size.top + inner.height * (1 - Math.min(1, value / most)))}`;
    // A single hour is still seen.
    if (pen === "M") path += "h1";
    pen = "L";
  });
  return path;
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
