// The README's table of reason codes, made from the vocabulary; run by itself, it writes the table into the README.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { reasons } from "../../src/contract/events.ts";

const readme = fileURLToPath(new URL("../../README.md", import.meta.url));
const marks = /(<!-- reasons: written by `npm run readme` -->\n)[\s\S]*?(\n<!-- \/reasons -->)/;

export function reasonTable(): string {
  const rows = Object.entries(reasons).map(
    ([code, { cause, fix }]) => `| \`${code}\` | ${cell(cause)} | ${cell(fix)} |`,
  );
  return ["| reason | what happened | what to do |", "|---|---|---|", ...rows].join("\n");
}

/** The table that the README has now. */
export function writtenTable(): string {
  const text = readFileSync(readme, "utf8");
  const [all = "", before = "", after = ""] = marks.exec(text) ?? [];
  return all.slice(before.length, all.length - after.length);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(readme, "utf8");
  if (!marks.test(text)) throw new Error("README.md has no place for the table of reason codes");
  writeFileSync(
    readme,
    text.replace(marks, (_, before: string, after: string) => `${before}${reasonTable()}${after}`),
  );
}
