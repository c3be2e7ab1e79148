// `mcpstack organizations`: created and deleted by whoever runs the deployment.
import type { Command } from "commander";
import * as z from "zod";
import type { OrganizationView } from "../../contract/management/organizations.ts";
import { routes } from "../../contract/management/routes.ts";
import { command, type World } from "../command.ts";
import { argument, needed, none, paging, sure } from "../flags.ts";
import { listing, when } from "../shown.ts";
import { pairs } from "../text.ts";

const organization = z.object({ organization: argument("id of the organization") });

const shown = ({ id, name, createdAt }: OrganizationView) =>
  pairs([
    ["id", id],
    ["name", name],
    ["created", when(createdAt)],
  ]);

export function addOrganizations(program: Command, world: World): void {
  const group = program.command("organizations").alias("orgs").description("Organizations: the owners of everything else.");
  command(group, world, {
    name: "create",
    summary: "Create an organization (with the deployment's ADMIN_TOKEN as MCPSTACK_TOKEN)",
    examples: ['organizations create --name "Example Inc"'],
    args: none,
    flags: z.object({ name: needed("shown to people") }),
    run: async ({ ask, flags, show }) => show(await ask(routes.createOrganization, { body: flags }), shown),
  });
  command(group, world, {
    name: "list",
    summary: "List the organizations that the token reaches",
    args: none,
    flags: z.object(paging),
    async run(call) {
      const columns = [
        { head: "id", cell: (one: OrganizationView) => one.id },
        { head: "name", cell: (one: OrganizationView) => one.name },
        { head: "created", cell: (one: OrganizationView) => when(one.createdAt) },
      ];
      call.show(
        await call.ask(routes.listOrganizations, { query: call.flags }),
        listing(call, columns, "The token reaches no organization."),
      );
    },
  });
  command(group, world, {
    name: "get",
    summary: "Show an organization",
    args: organization,
    flags: none,
    run: async ({ ask, args, show }) =>
      show(await ask(routes.getOrganization, { params: { orgId: args.organization } }), shown),
  });
  command(group, world, {
    name: "update",
    summary: "Rename an organization",
    args: organization,
    flags: z.object({ name: needed("the new name") }),
    run: async ({ ask, args, flags, show }) =>
      show(await ask(routes.updateOrganization, { params: { orgId: args.organization }, body: flags }), shown),
  });
  command(group, world, {
    name: "delete",
    summary: "Delete an organization with everything it owns (ADMIN_TOKEN only)",
    args: organization,
    flags: z.object(sure),
    async run({ args, ask, flags, show, confirm, tell }) {
      const params = { orgId: args.organization };
      const { name } = (await ask(routes.getOrganization, { params })).view();
      await confirm(`Delete ${name} with all its gateways, servers, agents and sign-ins?`, flags.yes);
      show(await ask(routes.deleteOrganization, { params }), () => "");
      tell(`Deleted ${name}.`);
    },
  });
}
