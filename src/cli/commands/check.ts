// `mcpstack gateways check`: the doctor's findings as a person reads them, the faults last and with what to change.
import type { Command } from "commander";
import * as z from "zod";
import type { CheckView, Finding } from "../../contract/management/check.ts";
import { routes } from "../../contract/management/routes.ts";
import { command, type World } from "../command.ts";
import { Failure } from "../failure.ts";
import { argument, text, yes } from "../flags.ts";
import { readStandardInput } from "../standard-input.ts";
import type { Style, Terminal } from "../terminal.ts";
import { cut, pad, printable } from "../text.ts";

export function addCheck(group: Command, world: World): void {
  command(group, world, {
    name: "check",
    summary: "Find out what is wrong with a gateway profile, its provider and its servers",
    examples: [
      "gateways check gw_support",
      "gateways check gw_support --server support-api --json",
      'printf %s "$TOKEN" | mcpstack gateways check gw_support --token-stdin',
    ],
    notes: "Nothing is changed. Exit code 1 when a check fails; a warning alone is 0.",
    args: z.object({ gateway: argument("id, name or handle of the profile: gw_support") }),
    flags: z.object({
      server: text("look at this attached server only, by id or slug", { value: "server" }),
      tokenStdin: yes("explain the token on standard input: which check would refuse it"),
    }),
    async run(call) {
      const { server, tokenStdin } = call.flags;
      const token = tokenStdin ? { token: await readStandardInput("--token-stdin") } : {};
      const params = { ...(await call.org()), gatewayId: call.args.gateway };
      const body = { ...token, ...(server !== undefined && { server }) };
      const answer = await call.ask(routes.checkGateway, { params, body });
      call.show(answer, (view) => checkText(view, call.terminal));
      const { fail } = answer.view().summary;
      if (fail > 0) throw new Failure(fail === 1 ? "1 check failed" : `${fail} checks failed`);
    },
  });
}

const styles: Record<Finding["status"], Style> = { pass: "green", warn: "yellow", fail: "red", skip: "dim" };

export function checkText({ findings, summary }: CheckView, terminal: Pick<Terminal, "width" | "paint">): string {
  // What fails stands at the end, where the eye is when the command is done.
  const last: readonly Finding["status"][] = ["skip", "pass", "warn", "fail"];
  const sorted = last.flatMap((status) => findings.filter((finding) => finding.status === status));
  const counted = last.toReversed().map((status) => `${summary[status]} ${status}`);
  return [...sorted.map((finding) => findingText(finding, terminal)), "", counted.join(", ")].join("\n");
}

function findingText(finding: Finding, { width, paint }: Pick<Terminal, "width" | "paint">): string {
  const { status, check, server, title, seen } = finding;
  const name = server === null ? check : `${check} ${server}`;
  const quiet = status === "pass" || status === "skip";
  const told = quiet && seen !== null ? `: ${seen}` : "";
  const line = printable(`${pad(name, 28)}  ${title}${told}`);
  const head = `${paint(styles[status], status)}  ${width === null ? line : cut(line, Math.max(20, width - 6))}`;
  return quiet ? head : [head, ...whyOf(finding)].join("\n");
}

function whyOf({ expected, seen, field, fix }: Finding): string[] {
  const rows = [
    ["expected", expected],
    ["seen", seen],
    ["field", field],
    ["fix", fix],
  ] as const;
  return rows.flatMap(([label, value]) => (value === null ? [] : [`      ${pad(label, 8)}  ${printable(value)}`]));
}
