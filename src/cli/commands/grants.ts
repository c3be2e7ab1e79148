// `mcpstack gateways grants` and `revoke`: who allowed which client to act where, and taking it back.
import type { Command } from "commander";
import * as z from "zod";
import type { GrantView, RevocationResult } from "../../contract/management/grants.ts";
import { routes } from "../../contract/management/routes.ts";
import { command, type World } from "../command.ts";
import { UsageFailure } from "../failure.ts";
import { argument, paging, sure, text, yes } from "../flags.ts";
import { listing, when, words } from "../shown.ts";

const gateway = { gateway: argument("id, name or handle of the profile") };

const columns = [
  { head: "id", cell: (one: GrantView) => one.id },
  { head: "user", cell: (one: GrantView) => one.email ?? one.userId },
  { head: "client", cell: (one: GrantView) => one.clientName },
  { head: "server", cell: (one: GrantView) => one.serverId },
  { head: "scopes", cell: (one: GrantView) => words(one.scopes) },
  { head: "last used", cell: (one: GrantView) => when(one.lastUsedAt) },
  { head: "until", cell: (one: GrantView) => (one.revoking ? "being revoked" : when(one.expiresAt)) },
];

export function addGrants(group: Command, world: World): void {
  command(group, world, {
    name: "grants",
    summary: "List grants, newest first",
    examples: ["gateways grants gw_support", "gateways grants gw_support --server support-api --json"],
    args: z.object(gateway),
    flags: z.object({
      server: text("only at this server, by id or slug", { value: "server" }),
      user: text("only of this user", { value: "id" }),
      client: text("only of this client", { value: "id" }),
      ...paging,
    }),
    async run(call) {
      const params = { ...(await call.org()), gatewayId: call.args.gateway };
      const grants = await call.ask(routes.listGrants, { params, query: call.flags });
      call.show(grants, listing(call, columns, "No grants: nobody is signed in."));
    },
  });
  command(group, world, {
    name: "revoke",
    summary: "Revoke one grant, or those of a user, of a client, or all",
    examples: [
      "gateways revoke gw_support grt_…",
      "gateways revoke gw_support --user usr_…",
      "gateways revoke gw_support --all --yes",
    ],
    args: z.object({ ...gateway, grant: argument("id of one grant, grt_…").optional() }),
    flags: z.object({
      user: text("every grant of this user", { value: "id" }),
      client: text("every grant of this client", { value: "id" }),
      all: yes("every grant of the profile"),
      ...sure,
    }),
    async run({ ask, org, args, flags, confirm, show, tell }) {
      const { user, client, all } = flags;
      const whose = [args.grant, user, client, all || undefined].filter((one) => one !== undefined);
      if (whose.length !== 1) throw new UsageFailure("name exactly one: a grant, --user, --client or --all");
      const params = { ...(await org()), gatewayId: args.gateway };
      if (args.grant !== undefined) {
        await confirm(`Revoke ${args.grant}?`, flags.yes);
        await ask(routes.revokeGrant, { params: { ...params, grantId: args.grant } });
        return tell(`Revoked ${args.grant}.`);
      }
      const query = { ...(user && { user }), ...(client && { client }) };
      const { total } = (await ask(routes.listGrants, { params, query: { ...query, pageSize: 1 } })).view();
      await confirm(`Revoke ${total} grants of ${user ?? client ?? args.gateway}?`, flags.yes);
      const asked = { params, query: all ? { all: "true" as const } : query };
      show(await ask(routes.revokeGrants, asked), revocationText);
    },
  });
}

function revocationText({ revoked, pending, provider }: RevocationResult): string {
  const told = Object.entries(provider).filter(([, count]) => count > 0);
  const answers = told.map(([answer, count]) => `${count} ${answer.replaceAll("_", " ")}`).join(", ");
  const later = pending > 0 ? ` ${pending} more are refused already; the provider is told within minutes.` : "";
  return `Revoked ${revoked}.${later}${answers ? ` At the provider: ${answers}.` : ""}`;
}
