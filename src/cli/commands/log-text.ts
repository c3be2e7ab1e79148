// One line of a gateway's log as a person reads it; what failed says why and what to do.
import { diagnoses, isDiagnosis } from "../../contract/diagnoses.ts";
import type { LogLine } from "../../contract/management/logs.ts";
import { toTheSecond } from "../shown.ts";
import type { Style, Terminal } from "../terminal.ts";
import { cut, pad, printable } from "../text.ts";

const colours = { ok: "green", refused: "yellow", failed: "red" } as const satisfies Record<string, Style>;

export function logText(line: LogLine, { width, paint }: Pick<Terminal, "width" | "paint">): string {
  const within = (text: string) => (width === null ? text : cut(text, width));
  const head = `${toTheSecond(line.time)}  ${pad(line.event, 16)}  ${pad(line.outcome, 7)}  `;
  const shown = within(`${head}${factsOf(line).map(printable).join("  ")}`);
  // Colour after cutting, so that no escape sequence is cut.
  const painted = shown.replace(` ${line.outcome} `, ` ${paint(colours[line.outcome], line.outcome)} `);
  return [painted, ...whyOf(line).map((text) => paint("dim", `    ${printable(text)}`))].join("\n");
}

function factsOf(line: LogLine): string[] {
  const { server, clientName, client, user, agent, method, tool, status, totalMs, runtimeMs, attempt, reason } = line;
  const took = totalMs === null ? null : `${totalMs} ms${runtimeMs === null ? "" : ` (runtime ${runtimeMs})`}`;
  const facts = [reason, server, tool ?? method, status, took, clientName ?? client, user, agent, attempt];
  return facts.flatMap((fact) => (fact === null ? [] : [String(fact)]));
}

function whyOf({ outcome, cause, fix, diagnosis, expected, seen, field }: LogLine): string[] {
  const found = [
    ["expected", expected],
    ["seen", seen],
    ["field", field],
  ].flatMap(([label, value]) => (value ? [`${label} ${value}`] : []));
  const sentence = outcome === "ok" ? "" : [cause, fix].filter((part) => part !== null).join(" ");
  const known = diagnosis !== null && isDiagnosis(diagnosis) ? `: ${diagnoses[diagnosis].cause}` : "";
  const atProvider = diagnosis === null ? "" : `diagnosis ${diagnosis}${known}`;
  return [sentence, atProvider, found.join(", ")].filter((text) => text !== "");
}
