// App users and the audit trail: what an operator reads and nobody changes.
import type { AuditView } from "../../contract/management/audit.ts";
import type { PageRequest } from "../../contract/management/page.ts";
import type { UserView } from "../../contract/management/users.ts";
import type { AppUserRecord, AuditEntry } from "../store/promises/operators.ts";
import { type Actor, enter } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { isoTime, paged } from "./trail.ts";

const userView = (user: AppUserRecord): UserView => ({
  ...user,
  firstSeenAt: isoTime(user.firstSeenAt),
  lastSeenAt: isoTime(user.lastSeenAt),
});

const auditView = (entry: AuditEntry): AuditView => ({ ...entry, at: isoTime(entry.at) });

export function peopleOperations({ organizations, users, audit }: AdminDependencies) {
  return {
    async users(actor: Actor, orgId: string, request: PageRequest) {
      await enter(organizations, actor, orgId, "viewer");
      return paged(await users.list(orgId, request), request, userView);
    },
    async audit(actor: Actor, orgId: string, request: PageRequest) {
      await enter(organizations, actor, orgId, "viewer");
      return paged(await audit.list(orgId, request), request, auditView);
    },
  };
}
