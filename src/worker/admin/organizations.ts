// Organizations: the deployment's operator creates and deletes them.
import { idPrefix } from "../../contract/ids.ts";
import type { OrganizationView } from "../../contract/management/organizations.ts";
import type { PageRequest } from "../../contract/management/page.ts";
import type { OrganizationRecord } from "../store/promises/operators.ts";
import { newId } from "../tokens/opaque.ts";
import { type Actor, enter, permit } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { finishRevocations, revocationPending } from "./revocation.ts";
import { isoTime, paged, trail } from "./trail.ts";

const view = (organization: OrganizationRecord): OrganizationView => ({
  ...organization,
  createdAt: isoTime(organization.createdAt),
});

export function organizationOperations(parts: AdminDependencies) {
  const { organizations, servers, publish, now } = parts;
  return {
    async create(actor: Actor, body: { name: string }) {
      permit(actor, "deployment");
      const organization = { id: newId(idPrefix.organization), name: body.name, createdAt: now() };
      const entry = trail(actor, organization.id, "organization.create", organization.id, now(), ["name"]);
      await organizations.create(organization, entry);
      return view(organization);
    },
    async list(actor: Actor, request: PageRequest) {
      permit(actor, "viewer");
      return paged(await organizations.list(request, actor.organizationId), request, view);
    },
    async get(actor: Actor, orgId: string) {
      return view(await enter(organizations, actor, orgId, "viewer"));
    },
    async update(actor: Actor, orgId: string, body: { name?: string | undefined }) {
      const organization = await enter(organizations, actor, orgId, "admin");
      const { name } = body;
      if (name === undefined || name === organization.name) return view(organization);
      await organizations.rename(orgId, name, trail(actor, orgId, "organization.update", orgId, now(), ["name"]));
      return view({ ...organization, name });
    },
    /** Its servers go first, so that nothing new begins; the rows that revocation needs go when it is finished. */
    async remove(actor: Actor, orgId: string): Promise<void> {
      await enter(organizations, actor, orgId, "deployment");
      for (const server of await servers.all(orgId, 1000)) {
        await servers.remove(server.id, "grant_revoked", trail(actor, orgId, "server.delete", server.id, now()));
        await publish([server.slug]);
      }
      const { pending } = await finishRevocations(parts, { organizationId: orgId });
      if (pending > 0) throw revocationPending(pending);
      await organizations.remove(orgId, trail(actor, orgId, "organization.delete", orgId, now()));
    },
  };
}
