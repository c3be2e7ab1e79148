// `mcpstack gateways logs` and `attempt`: what happened at a profile, and what to change.
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import * as z from "zod";
import { gatewayEvents, outcomes } from "../../contract/events.ts";
import type { AttemptView, LogLine } from "../../contract/management/logs.ts";
import { routes } from "../../contract/management/routes.ts";
import { type Call, command, type World } from "../command.ts";
import { argument, choice, none, paging, text, yes } from "../flags.ts";
import { logText } from "./log-text.ts";

const gateway = { gateway: argument("id, name or handle of the profile") };
const only = (what: string, value = "id") => text(`only ${what}`, { value });

const filters = {
  event: choice(gatewayEvents, "only this kind of event", { value: "event" }),
  outcome: choice(outcomes, "only this outcome"),
  reason: only("with this reason code", "code"),
  server: only("at this server, by id or slug", "server"),
  user: only("of this user"),
  client: only("of this client"),
  agent: only("of this agent"),
  attempt: only("of this attempt"),
  from: text("from this time on, ISO 8601: 2026-01-31T08:00:00Z", { value: "time" }),
  to: text("until this time", { value: "time" }),
};

export function addLogs(group: Command, world: World): void {
  command(group, world, {
    name: "logs",
    summary: "Show authorizations and tool calls, newest first",
    examples: [
      "gateways logs gw_support",
      "gateways logs gw_support --follow",
      "gateways logs gw_support --outcome refused --server support-api",
      "gateways logs gw_support --event mcp_call --page 2 --json",
    ],
    notes: "With --follow, the oldest is first and --json prints one line of JSON per log line.",
    args: z.object(gateway),
    flags: z.object({ ...filters, ...paging, follow: yes("go on printing what comes in, until Ctrl-C") }),
    async run(call) {
      const { follow, ...query } = call.flags;
      const asked = { params: { ...(await call.org()), gatewayId: call.args.gateway }, query };
      if (follow) return followLogs(call, asked);
      call.show(await call.ask(routes.listLogs, asked), ({ items, page, pageSize, total }) => {
        if (items.length === 0) return "Nothing was logged.";
        const pages = Math.ceil(total / pageSize);
        if (pages > 1) call.terminal.note(`Page ${page} of ${pages}, ${total} in all; --page shows others.`);
        return items.map((line) => logText(line, call.terminal)).join("\n");
      });
    },
  });
  command(group, world, {
    name: "attempt",
    summary: "Show one attempt from its first step to its last",
    examples: ["gateways attempt gw_support grt_…"],
    args: z.object({ ...gateway, attempt: argument("id that every page, error and log line of it carries, grt_…") }),
    flags: none,
    async run(call) {
      const { gateway: gatewayId, attempt: attemptId } = call.args;
      const asked = { params: { ...(await call.org()), gatewayId, attemptId } };
      const shown = ({ steps }: AttemptView) => steps.map((line) => logText(line, call.terminal)).join("\n");
      call.show(await call.ask(routes.getAttempt, asked), shown);
    },
  });
}

const betweenLooks = 2000;
const largestPage = 200;

interface Asked {
  params: z.input<typeof routes.listLogs.params>;
  query: z.input<typeof routes.listLogs.query>;
}

async function followLogs({ ask, json, terminal }: Call<unknown, unknown>, { params, query }: Asked): Promise<void> {
  const { pageSize = 20, ...filter } = query;
  const page = async (number: number, size: unknown) =>
    (await ask(routes.listLogs, { params, query: { ...filter, page: number, pageSize: size } })).view().items;
  const show = (lines: LogLine[]) => {
    for (const line of [...lines].reverse()) terminal.print(json ? JSON.stringify(line) : logText(line, terminal));
  };
  let fresh = await page(1, pageSize);
  let newest = fresh[0]?.id ?? null;
  show(fresh);
  for (;;) {
    await sleep(betweenLooks);
    fresh = await since(newest, (number) => page(number, largestPage));
    newest = fresh[0]?.id ?? newest;
    show(fresh);
  }
}

/** Newest first, over as many pages as came in since that line. */
async function since(newest: string | null, page: (number: number) => Promise<LogLine[]>): Promise<LogLine[]> {
  const fresh = new Map<string, LogLine>();
  for (let number = 1; ; number += 1) {
    const lines = await page(number);
    for (const line of lines) {
      if (line.id === newest) return [...fresh.values()];
      // A line that came in between two pages moves the others: the same one may be seen twice.
      fresh.set(line.id, line);
    }
    if (lines.length < largestPage) return [...fresh.values()];
  }
}
