// How lists and single objects are shown to a person.
import type { Call } from "./command.ts";
import { type Column, table } from "./text.ts";

interface Page<T> {
  items: T[];
  page: number;
  pageSize: number;
  total: number;
}

/** A table, and on standard error how much of the whole it is. */
export function listing<T>(
  { terminal }: Pick<Call<unknown, unknown>, "terminal">,
  columns: readonly Column<T>[],
  none: string,
) {
  return ({ items, page, pageSize, total }: Page<T>): string => {
    if (items.length === 0) return total === 0 ? none : `Page ${page} is empty; there are ${total} in all.`;
    const pages = Math.ceil(total / pageSize);
    if (pages > 1) terminal.note(`Page ${page} of ${pages}, ${total} in all; --page and --page-size show others.`);
    return table(columns, items, { width: terminal.width, head: (text) => terminal.paint("bold", text) });
  };
}

export const words = (list: readonly string[]): string | null => (list.length === 0 ? null : list.join(" "));

/** To the minute, in the zone of whoever reads it. */
export function when(iso: string | null): string {
  return iso === null ? "never" : toTheSecond(iso).slice(0, -3);
}

/** `2026-01-31 08:00:00`, in the zone of whoever reads it. */
export function toTheSecond(iso: string): string {
  const time = new Date(iso);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}

const units = [
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
] as const;

/** As a duration flag is typed: `30d`, `1h`, `90s`. */
export function lasting(seconds: number): string {
  const unit = units.find(([size]) => seconds % size === 0);
  return unit ? `${seconds / unit[0]}${unit[1]}` : `${seconds}s`;
}
