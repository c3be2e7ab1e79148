// From the outcomes of annotated tests to the README's table of clients, and how the README differs from them.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Tried } from "./compatibility.ts";

/** One annotated test of a run. */
export interface Trial extends Tried {
  outcome: "passed" | "failed" | "skipped";
}

interface Row {
  /** How the row begins in the table; no two rows begin alike. */
  key: string;
  line: string;
  /** False when some of its tests were skipped, so that this run cannot tell the row's result. */
  complete: boolean;
}

const head = "| client | version | what was tried | result |\n|---|---|---|---|";

export function clientTable(trials: readonly Trial[]): string {
  return [head, ...rowsOf(trials).map(({ line }) => line)].join("\n");
}

/** What a table says that this run did not see, and the other way round; rows that the run could not judge are left out. */
export function differences(written: string, trials: readonly Trial[]): string[] {
  const rows = rowsOf(trials);
  const open = rows.filter(({ complete }) => !complete).map(({ key }) => key);
  const isJudged = (line: string) => !open.some((key) => line.startsWith(key));
  const before = written.split("\n").slice(2).filter(isJudged);
  const now = rows.map(({ line }) => line).filter(isJudged);
  return [
    ...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}

function rowsOf(trials: readonly Trial[]): Row[] {
  const groups = Map.groupBy(trials, ({ client, version }) => `| ${cell(client)} | ${cell(version)} |`);
  return [...groups].sort(byClientNewestFirst).map(([key, group]) => {
    const phrases = [...new Set(group.map(({ what }) => what))];
    return {
      key,
      line: `${key} ${cell(phrases.join(", "))} | ${cell(resultOf(group))} |`,
      complete: group.every(({ outcome }) => outcome !== "skipped"),
    };
  });
}

const collator = new Intl.Collator("en", { numeric: true });

function byClientNewestFirst([, [one]]: [string, Trial[]], [, [other]]: [string, Trial[]]): number {
  const byClient = collator.compare(one?.client ?? "", other?.client ?? "");
  return byClient === 0 ? collator.compare(other?.version ?? "", one?.version ?? "") : byClient;
}

function resultOf(group: readonly Trial[]): string {
  const failed = new Set(group.filter(({ outcome }) => outcome === "failed").map(({ what }) => what));
  if (failed.size > 0) return `fails: ${[...failed].join(", ")}`;
  const instead = new Set(group.flatMap((trial) => (trial.instead ? [`${trial.what}: ${trial.instead}`] : [])));
  return ["works", ...instead].join("; ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

const readme = fileURLToPath(new URL("../../README.md", import.meta.url));
const marks = /(<!-- clients: written by `npm run readme:clients` -->\n)([\s\S]*?)(\n<!-- \/clients -->)/;

/** The table that the README has now. Throws when it has no place for one. */
export function writtenClients(): string {
  const found = marks.exec(readFileSync(readme, "utf8"));
  if (!found) throw new Error("README.md has no place for the table of clients");
  return found[2] ?? "";
}

export function writeClients(table: string): void {
  writtenClients();
  const text = readFileSync(readme, "utf8");
  writeFileSync(
    readme,
    text.replace(marks, (_, before: string, __, after: string) => `${before}${table}${after}`),
  );
}
