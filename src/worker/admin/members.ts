// People who sign in to the dashboard through the deployment's own provider, and what they are in an organization.
import type { DashboardMember } from "../../contract/management/organizations.ts";
import type { OrganizationRecord, OrganizationStore } from "../store/promises/operators.ts";
import type { Actor } from "./actor.ts";

export interface Membership {
  organization: OrganizationRecord;
  role: DashboardMember["role"];
}

/** The organizations that list this verified address or its domain. */
export async function membershipsOf(
  { withMember }: Pick<OrganizationStore, "withMember">,
  email: string,
): Promise<Membership[]> {
  return (await withMember(email)).flatMap((organization) => {
    const role = roleOf(organization.dashboardMembers, email);
    return role === null ? [] : [{ organization, role }];
  });
}

/** The address itself goes before its domain, so that one of many can be given less, or more. */
export function roleOf(members: readonly DashboardMember[], email: string): DashboardMember["role"] | null {
  const address = email.toLowerCase();
  const domain = address.slice(address.lastIndexOf("@") + 1);
  const own = members.find((member) => "email" in member && member.email === address);
  const shared = members.find((member) => "domain" in member && member.domain === domain);
  return (own ?? shared)?.role ?? null;
}

export function personActor(email: string, { organization, role }: Membership): Actor {
  return { id: email, organizationId: organization.id, role };
}
