// `mcpstack users` and `mcpstack audit`: who came through the gateway, and who changed what.
import type { Command } from "commander";
import * as z from "zod";
import type { AuditView } from "../../contract/management/audit.ts";
import { routes } from "../../contract/management/routes.ts";
import type { UserView } from "../../contract/management/users.ts";
import { command, type World } from "../command.ts";
import { none, paging } from "../flags.ts";
import { listing, when, words } from "../shown.ts";

const userColumns = [
  { head: "id", cell: (one: UserView) => one.id },
  { head: "email", cell: (one: UserView) => one.email },
  { head: "subject", cell: (one: UserView) => one.subject },
  { head: "workspace", cell: (one: UserView) => one.workspace },
  { head: "through", cell: (one: UserView) => one.channels.join(" ") },
  { head: "last seen", cell: (one: UserView) => when(one.lastSeenAt) },
];

const auditColumns = [
  { head: "at", cell: (one: AuditView) => when(one.at) },
  { head: "who", cell: (one: AuditView) => one.actor },
  { head: "did", cell: (one: AuditView) => one.action },
  { head: "to", cell: (one: AuditView) => one.target },
  { head: "fields", cell: (one: AuditView) => words(one.fields) },
];

export function addPeople(program: Command, world: World): void {
  command(program, world, {
    name: "users",
    summary: "List app users, last seen first",
    examples: ["users", "users --page 2 --page-size 200 --json"],
    args: none,
    flags: z.object(paging),
    async run(call) {
      const users = await call.ask(routes.listUsers, { params: await call.org(), query: call.flags });
      call.show(users, listing(call, userColumns, "Nobody has signed in yet."));
    },
  });
  command(program, world, {
    name: "audit",
    summary: "List who changed what, newest first",
    examples: ["audit", "audit --json"],
    args: none,
    flags: z.object(paging),
    async run(call) {
      const entries = await call.ask(routes.listAudit, { params: await call.org(), query: call.flags });
      call.show(entries, listing(call, auditColumns, "Nothing was changed yet."));
    },
  });
}
