// The README's sections of speed and scale: the tables between the marks are written from the last whole run.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bundles.ts";
import {
  costTable,
  type Report,
  scaleTable,
  scaleText,
  sizeTable,
  speedTable,
  storageTable,
  streamTable,
} from "./report.ts";
import type { Size } from "./size.ts";

export const readmePath = join(root, "README.md");
/** The last whole run; the README is made of it. */
export const latestPath = join(import.meta.dirname, "latest.json");

export const blocks = ["speed", "size", "scale"] as const;
export type Block = (typeof blocks)[number];

const marks = (block: Block) =>
  new RegExp(`(<!-- ${block}: written by \`npm run bench -- --readme\` -->\\n)[\\s\\S]*?(\\n<!-- /${block} -->)`);

export function blockOf(block: Block, report: Report): string {
  if (block === "speed") {
    const parts = [about(report), speedTable(report.cases), streamTable(report.streams)];
    return [...parts, ...(report.storage === null ? [] : [storageTable(report.storage)])].join("\n\n");
  }
  const { scale, costs, size } = report;
  if (block === "size") return size === null ? "" : `${sizeText(size)}\n\n${sizeTable(size)}`;
  return [costTable(costs), ...(scale === null ? [] : [scaleText(scale), scaleTable(scale)])].join("\n\n");
}

function about({ command, date, machine, settings, machineLoad }: Report): string {
  const { processor, processors, memoryGb, system, node, workerd } = machine;
  const bound = settings.bound
    ? "workerd on one processor, load, runtime and provider on another"
    : "nothing bound to a processor";
  const rounds = `${settings.rounds} rounds of ${settings.milliseconds / 1000} s`;
  return (
    `\`${command}\` on ${date.slice(0, 10)}: ${processor}, ${processors} processors, ${memoryGb} GB, ${system}; Node ${node}, ` +
    `workerd ${workerd}; ${bound}; medians of ${rounds}, taking turns; load of the machine ${machineLoad.toFixed(1)}.`
  );
}

function sizeText({ startupKb, totalKb, modules, startupMs }: Size): string {
  return (
    `An isolate starts with ${startupKb} KB of ${totalKb} KB (gzip), in ${modules} modules; ` +
    `\`wrangler check startup\` saw it busy for ${startupMs} ms.`
  );
}

export function writtenBlock(block: Block): string {
  const [all = "", before = "", after = ""] = marks(block).exec(readFileSync(readmePath, "utf8")) ?? [];
  return all.slice(before.length, all.length - after.length);
}

export function writeReadme(report: Report): void {
  let text = readFileSync(readmePath, "utf8");
  for (const block of blocks) {
    if (!marks(block).test(text)) throw new Error(`README.md has no place for ${block}`);
    text = text.replace(marks(block), (_, before: string, after: string) => before + blockOf(block, report) + after);
  }
  writeFileSync(readmePath, text);
}
