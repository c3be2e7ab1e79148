// `mcpstack servers`: MCP servers, and the gateway profile that is attached to one.
import type { Command } from "commander";
import * as z from "zod";
import { routes } from "../../contract/management/routes.ts";
import type { ServerCreate, ServerUpdate, ServerView } from "../../contract/management/servers.ts";
import { type Call, command, type World } from "../command.ts";
import { argument, choice, needed, none, paging, sure, text, url } from "../flags.ts";
import { listing, when, words } from "../shown.ts";
import { pairs } from "../text.ts";
import { serverSettings, settingsOf } from "./server-fields.ts";

const server = z.object({ server: argument("id or slug of the server") });

const columns = [
  { head: "slug", cell: (one: ServerView) => one.slug },
  { head: "name", cell: (one: ServerView) => one.name },
  { head: "gateway", cell: (one: ServerView) => (one.authentication === "gateway" ? one.gatewayId : "static headers") },
  { head: "scopes", cell: (one: ServerView) => words(one.scopes) },
  { head: "mcp url", cell: (one: ServerView) => one.mcpUrl },
];

export const serverText = (one: ServerView) =>
  pairs([
    ["id", one.id],
    ["slug", one.slug],
    ["name", one.name],
    ["mcpUrl", one.mcpUrl],
    ["runtimeUrl", one.runtimeUrl],
    ["authentication", one.authentication],
    ["gatewayId", one.gatewayId ?? (one.authentication === "gateway" ? "none attached" : null)],
    ["staticHeaders", one.hasStaticHeaders ? "set" : null],
    ["scopes", words(one.scopes)],
    ["tools", one.tools.map((tool) => `${tool.name}=${tool.scopes.join(" ")}`).join(", ")],
    ["broaderScopes", one.broaderScopes.map(({ name, scopes }) => `${name}=${scopes.join(" ")}`).join(", ") || null],
    ["allowedOrigins", words(one.allowedOrigins)],
    ["created", when(one.createdAt)],
    ["updated", when(one.updatedAt)],
  ]);

export function addServers(program: Command, world: World): void {
  const group = program.command("servers").description("MCP servers: one MCP URL and the runtime behind it.");
  addWriting(group, world);
  command(group, world, {
    name: "list",
    summary: "List MCP servers",
    args: none,
    flags: z.object(paging),
    async run(call) {
      const servers = await call.ask(routes.listServers, { params: await call.org(), query: call.flags });
      call.show(servers, listing(call, columns, "No MCP servers yet: `mcpstack servers create`."));
    },
  });
  command(group, world, {
    name: "get",
    summary: "Show an MCP server",
    examples: ["servers get support-api --json"],
    args: server,
    flags: none,
    run: async (call) => call.show(await read(call), serverText),
  });
  command(group, world, {
    name: "delete",
    summary: "Delete an MCP server; its sign-ins end",
    args: server,
    flags: z.object(sure),
    async run(call) {
      const { slug, id } = (await read(call)).view();
      await call.confirm(`Delete the server ${slug}? Everyone who is signed in there is signed out.`, call.flags.yes);
      await call.ask(routes.deleteServer, { params: { ...(await call.org()), serverId: id } });
      call.tell(`Deleted ${slug}.`);
    },
  });
  addGateway(group, world);
}

async function read({ ask, org, args }: Pick<Call<{ server: string }, unknown>, "ask" | "org" | "args">) {
  return ask(routes.getServer, { params: { ...(await org()), serverId: args.server } });
}

function addWriting(group: Command, world: World): void {
  command(group, world, {
    name: "create",
    summary: "Create an MCP server",
    examples: [
      'servers create --name "Support API" --slug support-api \\\n      --runtime-url https://runtime.example.com/mcp --scopes "tickets.read"',
      'servers create --name "Support API" --slug support-api --runtime-url https://runtime.example.com/mcp \\\n      --scopes tickets.read --tool create_ticket=tickets.write',
    ],
    args: none,
    flags: z.object({
      ...serverSettings,
      name: needed("shown to people"),
      slug: needed("part of the MCP URL: a-z, 0-9 and -; never changes"),
      runtimeUrl: needed("where the MCP runtime answers", { value: "url" }),
      authentication: choice(["gateway", "static_headers"], "gateway (people sign in) or static_headers"),
      gateway: text("attach this gateway profile at once", { value: "gateway", field: "gatewayId" }),
    }),
    async run({ ask, org, flags, show, terminal }) {
      const { gateway, name, slug, runtimeUrl, authentication, ...settings } = flags;
      const fields = await settingsOf(settings);
      const body: ServerCreate = { ...fields, name, slug, runtimeUrl, ...(authentication && { authentication }) };
      const params = await org();
      const created = await ask(routes.createServer, { params, body });
      if (gateway === undefined) return show(created, serverText);
      const attached = { params: { ...params, serverId: slug }, body: { gatewayId: gateway } };
      try {
        show(await ask(routes.attachGateway, attached), serverText);
      } catch (error) {
        terminal.note(`The server ${slug} was created, but no gateway is attached to it.`);
        throw error;
      }
    },
  });
  command(group, world, {
    name: "update",
    summary: "Change fields of an MCP server",
    examples: ['servers update support-api --scopes "tickets.read tickets.write"'],
    args: server,
    flags: z.object({
      ...serverSettings,
      name: text("shown to people"),
      runtimeUrl: url("where the MCP runtime answers"),
    }),
    async run({ ask, org, args, flags, show }) {
      const { name, runtimeUrl, ...settings } = flags;
      const body: ServerUpdate = { ...(await settingsOf(settings)), name, runtimeUrl };
      show(await ask(routes.updateServer, { params: { ...(await org()), serverId: args.server }, body }), serverText);
    },
  });
}

function addGateway(group: Command, world: World): void {
  const gateway = group.command("gateway").description("The gateway profile that signs people in at a server.");
  command(gateway, world, {
    name: "attach",
    summary: "Attach a gateway profile to a server; another one than before ends the server's sign-ins",
    examples: ["servers gateway attach support-api --gateway gw_support --json"],
    args: server,
    flags: z.object({
      gateway: needed("id, name or handle of the profile", { value: "gateway", field: "gatewayId" }),
      ...sure,
    }),
    async run(call) {
      const { ask, org, args, flags, show } = call;
      const params = { ...(await org()), serverId: args.server };
      const { gatewayId, slug } = (await read(call)).view();
      if (gatewayId !== null && gatewayId !== flags.gateway && !flags.yes) {
        const wanted = await ask(routes.getGateway, { params: { ...(await org()), gatewayId: flags.gateway } });
        if (wanted.view().id !== gatewayId) {
          await call.confirm(
            `${slug} has another gateway, ${gatewayId}; everyone signed in there is signed out.`,
            false,
          );
        }
      }
      show(await ask(routes.attachGateway, { params, body: { gatewayId: flags.gateway } }), serverText);
    },
  });
  command(gateway, world, {
    name: "detach",
    summary: "Detach the gateway profile; the server's sign-ins end",
    args: server,
    flags: z.object(sure),
    async run({ ask, org, args, flags, confirm, tell }) {
      const params = { ...(await org()), serverId: args.server };
      await confirm(`Detach the gateway of ${args.server}? Everyone who is signed in there is signed out.`, flags.yes);
      await ask(routes.detachGateway, { params });
      tell(`Detached the gateway of ${args.server}.`);
    },
  });
}
