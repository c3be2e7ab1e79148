// Text for a terminal: made harmless, measured in columns, cut, aligned.

/** Control characters and direction overrides could move the cursor or hide text; they are written out. */
const unprintable = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** One line of text that came from elsewhere, safe to print. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const nothingWide = /\p{Mn}|\p{Me}|[\u200B-\u200D]/u;
const doubleWide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u4DBF\u4E00-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;

/** How many columns of a terminal the text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += nothingWide.test(character) ? 0 : doubleWide.test(character) ? 2 : 1;
  return columns;
}

/** The text in at most this many columns, an ellipsis in place of what is left out. */
export function cut(text: string, most: number): string {
  if (columnsOf(text) <= most) return text;
  let kept = "";
  for (const character of text) {
    if (columnsOf(kept + character) > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

export interface Column<T> {
  head: string;
  cell(item: T): string | number | null;
}

export interface TableStyle {
  /** Columns of the terminal; null leaves every cell whole. */
  width: number | null;
  head(text: string): string;
}

const gap = 2;
const narrowest = 6;

/** A head and one line per item, columns aligned; on a terminal the widest columns give way until a line fits. */
export function table<T>(columns: readonly Column<T>[], items: readonly T[], style: TableStyle): string {
  const cells = items.map((item) => columns.map((column) => printable(String(column.cell(item) ?? "-") || "-")));
  const heads = columns.map((column) => column.head.toUpperCase());
  const natural = heads.map((head, at) => Math.max(columnsOf(head), ...cells.map((row) => columnsOf(row[at] ?? ""))));
  const widths = style.width === null ? natural : fitted(natural, style.width);
  const line = (row: string[]) =>
    row
      .map((text, at) => pad(cut(text, widths[at] ?? 0), widths[at] ?? 0))
      .join(" ".repeat(gap))
      .trimEnd();
  return [style.head(line(heads)), ...cells.map(line)].join("\n");
}

function fitted(natural: number[], width: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, one) => sum + one, gap * (widths.length - 1));
  while (total() > width) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** Labels and values, one per line; a value that is null or empty is left out. */
export function pairs(rows: readonly (readonly [label: string, value: string | number | null | undefined])[]): string {
  const shown = rows.flatMap(([label, value]) =>
    value === null || value === undefined || value === "" ? [] : [{ label, value: printable(String(value)) }],
  );
  const widest = Math.max(0, ...shown.map(({ label }) => columnsOf(label)));
  return shown.map(({ label, value }) => `${pad(label, widest)}  ${value}`).join("\n");
}
