// `mcpstack gateways connect`: a real authorization from the terminal, step by step, ending with the list of tools.
import type { Command } from "commander";
import * as z from "zod";
import type { GatewayView } from "../../contract/management/gateways.ts";
import { routes } from "../../contract/management/routes.ts";
import type { ServerView } from "../../contract/management/servers.ts";
import { type Call, command, type World } from "../command.ts";
import { testConnection } from "../connect/index.ts";
import type { Tool } from "../connect/mcp.ts";
import { type Step, Steps } from "../connect/steps.ts";
import { Failure, UsageFailure } from "../failure.ts";
import { argument, duration, text, yes } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { columnsOf, cut, pad, printable, table } from "../text.ts";

const args = z.object({ gateway: argument("id, name or handle of the profile") });
const flags = z.object({
  server: text("server to connect to, by id or slug (else the only one attached)", { value: "server" }),
  scopes: text("scopes to ask for (those that the server names)", { value: "scopes" }),
  clientId: text("use this pre-registered public client instead of registering one", { value: "id" }),
  printUrl: yes("print the URL and open nothing"),
  timeout: duration("how long to wait for the person (5m)"),
});

const toolColumns = [
  { head: "tool", cell: (tool: Tool) => tool.name },
  { head: "description", cell: (tool: Tool) => tool.description ?? null },
];

type ConnectCall = Call<z.output<typeof args>, z.output<typeof flags>>;

export function addConnect(group: Command, world: World): void {
  command(group, world, {
    name: "connect",
    summary: "Run a test authorization: sign in with the browser, then list tools",
    examples: [
      "gateways connect gw_support --server support-api",
      "BROWSER=firefox mcpstack gateways connect gw_support",
    ],
    notes:
      "BROWSER names the browser to open; BROWSER=none opens nothing. The test's own authorization is revoked at the end.",
    args,
    flags,
    run: connect,
  });
}

async function connect(call: ConnectCall): Promise<void> {
  const { terminal, json, environment } = call;
  const { gateway, server } = await endsOf(call);
  const steps = new Steps((step) => {
    if (!json) terminal.print(stepText(step, terminal));
    else if (terminal.progress) terminal.note(stepText(step, { ...terminal, paint: terminal.paintNote }));
  });
  const about = { gatewayId: gateway.id, serverId: server.id, mcpUrl: server.mcpUrl };
  const printed = (tools: unknown[]) => {
    if (json) terminal.print(JSON.stringify({ ...about, steps: steps.done, tools }, null, 2));
  };
  try {
    const tools = await testConnection(steps, {
      mcpUrl: server.mcpUrl,
      callbackUrl: gateway.callbackUrl,
      scope: call.flags.scopes?.split(/[\s,]+/).join(" ") ?? null,
      clientId: call.flags.clientId ?? null,
      timeLimit: (call.flags.timeout ?? 300) * 1000,
      environment: call.flags.printUrl ? { ...environment, BROWSER: "none" } : environment,
      say: (sentence) => terminal.note(sentence),
    });
    printed(tools);
    if (json) return;
    terminal.print(
      `\n${table(toolColumns, tools, { width: terminal.width, head: (text) => terminal.paint("bold", text) })}`,
    );
  } catch (error) {
    printed([]);
    throw error instanceof Failure ? advised(error, gateway) : error;
  }
}

async function endsOf({ ask, org, args, flags }: ConnectCall): Promise<{ gateway: GatewayView; server: ServerView }> {
  const params = await org();
  const gateway = (await ask(routes.getGateway, { params: { ...params, gatewayId: args.gateway } })).view();
  const [only, another] = gateway.servers;
  if (flags.server === undefined && another) {
    const slugs = gateway.servers.map((one) => one.slug).join(", ");
    throw new UsageFailure(`--server is needed: ${gateway.name} is attached to several`, { expected: slugs });
  }
  const reference = flags.server ?? only?.slug;
  const attach = `mcpstack servers gateway attach ${reference ?? "<server>"} --gateway ${gateway.id}`;
  if (reference === undefined) throw new Failure(`${gateway.name} is attached to no server`, { fix: attach });
  const server = (await ask(routes.getServer, { params: { ...params, serverId: reference } })).view();
  if (server.gatewayId !== gateway.id) {
    const seen = server.gatewayId ?? "none";
    throw new Failure(`${server.slug} has another gateway`, {
      field: "gatewayId",
      expected: gateway.id,
      seen,
      fix: attach,
    });
  }
  return { gateway, server };
}

function advised(failure: Failure, { id }: GatewayView): Failure {
  const { attempt, fix } = failure.detail;
  const look = attempt === undefined ? `mcpstack gateways logs ${id}` : `mcpstack gateways attempt ${id} ${attempt}`;
  return new Failure(failure.message, { ...failure.detail, fix: fix ?? `see what the gateway saw: ${look}` });
}

const widest = 20;

function stepText({ step, status, seen }: Step, { width, paint }: Pick<Terminal, "width" | "paint">): string {
  const mark = status === "ok" ? paint("green", "ok    ") : paint("red", "failed");
  const within = (found: string) =>
    width === null ? found : cut(found, Math.max(20, width - widest - columnsOf("failed") - 4));
  return `${mark}  ${pad(step, widest)}  ${within(printable(seen))}`;
}
