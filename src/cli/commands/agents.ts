// `mcpstack agents`: embedded assistants, their publishable keys, and the servers that they reach.
import type { Command } from "commander";
import * as z from "zod";
import type { AgentCreate, AgentUpdate, AgentView } from "../../contract/management/agents.ts";
import { routes } from "../../contract/management/routes.ts";
import { type Call, command, type World } from "../command.ts";
import { argument, duration, needed, none, paging, repeatedWords, sure, text } from "../flags.ts";
import { listing, when, words } from "../shown.ts";
import { pairs } from "../text.ts";

const agent = z.object({ agent: argument("id, name or handle of the agent") });
const origins = (about: string) => repeatedWords(about, { value: "origins", field: "allowedOrigins" });

const slugs = (one: AgentView) => words(one.servers.map((server) => server.slug));

const columns = [
  { head: "id", cell: (one: AgentView) => one.id },
  { head: "name", cell: (one: AgentView) => one.name },
  { head: "servers", cell: slugs },
  { head: "origins", cell: (one: AgentView) => words(one.allowedOrigins) },
  { head: "key", cell: (one: AgentView) => one.keys[0]?.publishableKey ?? null },
];

const agentText = (one: AgentView) =>
  pairs([
    ["id", one.id],
    ["name", one.name],
    ["handle", one.handle],
    ["allowedOrigins", words(one.allowedOrigins)],
    ["servers", slugs(one)],
    ...one.keys.map((key): [string, string] => [
      key.expiresAt === null ? "publishableKey" : "former key",
      key.expiresAt === null ? key.publishableKey : `${key.publishableKey} (${key.id}), until ${when(key.expiresAt)}`,
    ]),
    ["created", when(one.createdAt)],
    ["updated", when(one.updatedAt)],
  ]);

export function addAgents(program: Command, world: World): void {
  const group = program.command("agents").description("Embedded assistants: keys, origins and the servers they reach.");
  addWriting(group, world);
  command(group, world, {
    name: "list",
    summary: "List agents",
    args: none,
    flags: z.object(paging),
    async run(call) {
      const agents = await call.ask(routes.listAgents, { params: await call.org(), query: call.flags });
      call.show(agents, listing(call, columns, "No agents yet: `mcpstack agents create`."));
    },
  });
  command(group, world, {
    name: "get",
    summary: "Show an agent with its keys",
    args: agent,
    flags: none,
    run: async (call) => call.show(await call.ask(routes.getAgent, { params: await paramsOf(call) }), agentText),
  });
  command(group, world, {
    name: "delete",
    summary: "Delete an agent; its keys no longer work",
    args: agent,
    flags: z.object(sure),
    async run(call) {
      const params = await paramsOf(call);
      await call.confirm(`Delete the agent ${call.args.agent}? Apps that carry its keys stop working.`, call.flags.yes);
      await call.ask(routes.deleteAgent, { params });
      call.tell(`Deleted ${call.args.agent}.`);
    },
  });
  addLinks(group, world);
  addKeys(group, world);
}

async function paramsOf({ org, args }: Pick<Call<{ agent: string }, unknown>, "org" | "args">) {
  return { ...(await org()), agentId: args.agent };
}

function addWriting(group: Command, world: World): void {
  command(group, world, {
    name: "create",
    summary: "Create an agent with its first publishable key",
    examples: ["agents create --name support --origin https://app.example.com --server support-api"],
    args: none,
    flags: z.object({
      name: needed("shown to people"),
      origin: origins("web origins whose pages may use it; may be repeated"),
      server: repeatedWords("servers to link at once; may be repeated", { value: "servers", field: "servers" }),
    }),
    async run({ ask, org, flags, show }) {
      const body: AgentCreate = { name: flags.name, allowedOrigins: flags.origin ?? [], servers: flags.server };
      show(await ask(routes.createAgent, { params: await org(), body }), agentText);
    },
  });
  command(group, world, {
    name: "update",
    summary: "Change an agent's name or origins",
    examples: ['agents update support --origin "https://app.example.com https://staging.example.com"'],
    args: agent,
    flags: z.object({ name: text("shown to people"), origin: origins("all web origins that may use it from now on") }),
    async run(call) {
      const body: AgentUpdate = { name: call.flags.name, allowedOrigins: call.flags.origin };
      call.show(await call.ask(routes.updateAgent, { params: await paramsOf(call), body }), agentText);
    },
  });
}

function addLinks(group: Command, world: World): void {
  const link = z.object({ ...agent.shape, server: argument("id or slug of the server") });
  command(group, world, {
    name: "link",
    summary: "Let an agent use an MCP server",
    examples: ["agents link support support-api"],
    args: link,
    flags: none,
    async run(call) {
      const params = { ...(await paramsOf(call)), serverId: call.args.server };
      call.show(await call.ask(routes.linkAgent, { params }), agentText);
    },
  });
  command(group, world, {
    name: "unlink",
    summary: "Take an MCP server from an agent",
    args: link,
    flags: none,
    async run(call) {
      const { agent: from, server } = call.args;
      await call.ask(routes.unlinkAgent, { params: { ...(await paramsOf(call)), serverId: server } });
      call.tell(`${from} no longer reaches ${server}.`);
    },
  });
}

function addKeys(group: Command, world: World): void {
  command(group, world, {
    name: "rotate-key",
    summary: "Make a new publishable key; the former ones work on for an overlap",
    examples: ["agents rotate-key support --overlap 7d", "agents rotate-key support --overlap 0"],
    args: agent,
    flags: z.object({ overlap: duration("how long the former keys still work (1d)", { field: "overlapSeconds" }) }),
    async run(call) {
      const { overlap } = call.flags;
      const body = overlap === undefined ? {} : { overlapSeconds: overlap };
      call.show(await call.ask(routes.rotateAgentKey, { params: await paramsOf(call), body }), agentText);
    },
  });
  command(group, world, {
    name: "end-key",
    summary: "End a former publishable key at once",
    args: z.object({ ...agent.shape, key: argument("id of the key, key_…") }),
    flags: z.object(sure),
    async run(call) {
      const { key } = call.args;
      const params = { ...(await paramsOf(call)), keyId: key };
      await call.confirm(`End the key ${key}? Pages that still carry it stop working.`, call.flags.yes);
      await call.ask(routes.deleteAgentKey, { params });
      call.tell(`Ended ${key}.`);
    },
  });
}
