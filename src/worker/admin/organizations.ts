// Organizations: the deployment's operator creates and deletes them.
import { idPrefix } from "../../contract/ids.ts";
import type {
  OrganizationCreate,
  OrganizationUpdate,
  OrganizationView,
} from "../../contract/management/organizations.ts";
import type { PageRequest } from "../../contract/management/page.ts";
import type { OrganizationRecord } from "../store/promises/operators.ts";
import { newId } from "../tokens/opaque.ts";
import { type Actor, enter, permit } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { finishRevocations, revocationPending } from "./revocation.ts";
import { sent } from "./sent.ts";
import { isoTime, paged, trail } from "./trail.ts";

const view = (organization: OrganizationRecord): OrganizationView => ({
  ...organization,
  createdAt: isoTime(organization.createdAt),
});

export function organizationOperations(parts: AdminDependencies) {
  const { organizations, servers, publish, now } = parts;
  return {
    async create(actor: Actor, body: OrganizationCreate) {
      permit(actor, "deployment");
      const { name, dashboardMembers = [] } = body;
      const organization = { id: newId(idPrefix.organization), name, dashboardMembers, createdAt: now() };
      const fields = Object.keys(body);
      const entry = trail(actor, organization.id, "organization.create", organization.id, now(), fields);
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
    async update(actor: Actor, orgId: string, body: OrganizationUpdate) {
      const organization = await enter(organizations, actor, orgId, "admin");
      const change = sent(body);
      if (body.name === organization.name) delete change.name;
      const fields = Object.keys(change);
      if (fields.length === 0) return view(organization);
      await organizations.update(orgId, change, trail(actor, orgId, "organization.update", orgId, now(), fields));
      return view({ ...organization, ...change });
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
