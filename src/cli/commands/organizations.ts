// `mcpstack organizations`: created and deleted by whoever runs the deployment.
import type { Command } from "commander";
import * as z from "zod";
import type { DashboardMember, OrganizationView } from "../../contract/management/organizations.ts";
import { routes } from "../../contract/management/routes.ts";
import { command, type World } from "../command.ts";
import { UsageFailure } from "../failure.ts";
import { argument, needed, none, paging, sure, text, words as wordsFlag } from "../flags.ts";
import { listing, when, words } from "../shown.ts";
import { pairs } from "../text.ts";

const organization = z.object({ organization: argument("id of the organization") });

const dashboardMembers = wordsFlag("who may sign in to the dashboard: ada@example.com=admin example.com=viewer", {
  value: "members",
});

const shown = ({ id, name, dashboardMembers: members, createdAt }: OrganizationView) =>
  pairs([
    ["id", id],
    ["name", name],
    ["dashboardMembers", words(members.map((one) => `${"email" in one ? one.email : one.domain}=${one.role}`))],
    ["created", when(createdAt)],
  ]);

export function addOrganizations(program: Command, world: World): void {
  const group = program
    .command("organizations")
    .alias("orgs")
    .description("Organizations: the owners of everything else.");
  command(group, world, {
    name: "create",
    summary: "Create an organization (with the deployment's ADMIN_TOKEN as MCPSTACK_TOKEN)",
    examples: ['organizations create --name "Example Inc"'],
    args: none,
    anywhere: true,
    flags: z.object({ name: needed("shown to people"), dashboardMembers }),
    async run({ ask, flags, show }) {
      const body = { name: flags.name, ...membersOf(flags.dashboardMembers) };
      show(await ask(routes.createOrganization, { body }), shown);
    },
  });
  command(group, world, {
    name: "list",
    summary: "List the organizations that the token reaches",
    args: none,
    anywhere: true,
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
    anywhere: true,
    flags: none,
    run: async ({ ask, args, show }) =>
      show(await ask(routes.getOrganization, { params: { orgId: args.organization } }), shown),
  });
  command(group, world, {
    name: "update",
    summary: "Change an organization's name, or who may sign in to its dashboard",
    examples: ['organizations update org_… --dashboard-members "ada@example.com=admin example.com=viewer"'],
    args: organization,
    anywhere: true,
    flags: z.object({ name: text("shown to people"), dashboardMembers }),
    async run({ ask, args, flags, show }) {
      const body = { ...(flags.name !== undefined && { name: flags.name }), ...membersOf(flags.dashboardMembers) };
      if (Object.keys(body).length === 0) throw new UsageFailure("name at least one field to change");
      show(await ask(routes.updateOrganization, { params: { orgId: args.organization }, body }), shown);
    },
  });
  command(group, world, {
    name: "delete",
    summary: "Delete an organization with everything it owns (ADMIN_TOKEN only)",
    args: organization,
    anywhere: true,
    flags: z.object(sure),
    async run({ args, ask, flags, confirm, tell }) {
      const params = { orgId: args.organization };
      const { name } = (await ask(routes.getOrganization, { params })).view();
      await confirm(`Delete ${name} with all its gateways, servers, agents and sign-ins?`, flags.yes);
      await ask(routes.deleteOrganization, { params });
      tell(`Deleted ${name}.`);
    },
  });
}

/** All of them from now on; the gateway says what is wrong with an address or domain. */
function membersOf(written: string[] | undefined): { dashboardMembers?: DashboardMember[] } {
  if (written === undefined) return {};
  const dashboardMembers = written.map((one): DashboardMember => {
    const [who = "", role] = one.split("=");
    if (role !== "admin" && role !== "viewer") {
      throw new UsageFailure(`--dashboard-members ${one} must end in =admin or =viewer`);
    }
    return who.includes("@") ? { email: who, role } : { domain: who, role };
  });
  return { dashboardMembers };
}
