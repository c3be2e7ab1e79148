// `mcpstack tokens`: API tokens of an organization, shown once when they are made.
import type { Command } from "commander";
import * as z from "zod";
import { routes } from "../../contract/management/routes.ts";
import { type TokenView, tokenRole } from "../../contract/management/tokens.ts";
import { command, type World } from "../command.ts";
import { argument, choice, needed, none, paging, sure } from "../flags.ts";
import { listing, when } from "../shown.ts";
import { pairs } from "../text.ts";

const [first, ...others] = tokenRole.options;

export function addTokens(program: Command, world: World): void {
  const group = program.command("tokens").description("API tokens of an organization.");
  command(group, world, {
    name: "create",
    summary: "Create an API token; its text is shown this once",
    examples: ['tokens create --name "Deploy pipeline" --role admin', "tokens create --name dashboards --role viewer"],
    args: none,
    flags: z.object({
      name: needed("what it is for"),
      role: choice(
        [first ?? "admin", ...others],
        "admin changes, viewer reads, caller only calls static-headers servers",
      ),
    }),
    async run({ ask, org, flags, show, terminal }) {
      const body = { name: flags.name, role: flags.role ?? "admin" };
      const created = await ask(routes.createToken, { params: await org(), body });
      show(created, ({ id, name, role, token }) =>
        pairs([
          ["id", id],
          ["name", name],
          ["role", role],
          ["token", token],
        ]),
      );
      terminal.note("Keep the token now: only its hash is stored, and it is not shown again.");
    },
  });
  command(group, world, {
    name: "list",
    summary: "List API tokens",
    args: none,
    flags: z.object(paging),
    async run(call) {
      const columns = [
        { head: "id", cell: (one: TokenView) => one.id },
        { head: "name", cell: (one: TokenView) => one.name },
        { head: "role", cell: (one: TokenView) => one.role },
        { head: "created", cell: (one: TokenView) => when(one.createdAt) },
        { head: "last used", cell: (one: TokenView) => when(one.lastUsedAt).slice(0, 10) },
        { head: "revoked", cell: (one: TokenView) => (one.revokedAt === null ? null : when(one.revokedAt)) },
      ];
      call.show(
        await call.ask(routes.listTokens, { params: await call.org(), query: call.flags }),
        listing(call, columns, "No API tokens yet: `mcpstack tokens create`."),
      );
    },
  });
  command(group, world, {
    name: "revoke",
    summary: "Revoke an API token at once",
    args: z.object({ token: argument("the token's id, tok_…, not its text") }),
    flags: z.object(sure),
    async run({ args, ask, org, flags, confirm, tell }) {
      const params = { ...(await org()), tokenId: args.token };
      await confirm(`Revoke the API token ${args.token}?`, flags.yes);
      await ask(routes.revokeToken, { params });
      tell(`Revoked ${args.token}.`);
    },
  });
}
