// Who is asking, and whether they may.
import type { Access } from "../../contract/management/routes.ts";
import type { TokenRole } from "../../contract/management/tokens.ts";
import type { OrganizationRecord, OrganizationStore } from "../store/promises/operators.ts";
import { AdminError, notFound } from "./errors.ts";

export interface Actor {
  /** The API token's id, or `deployment` for the deployment's own token. */
  id: string;
  /** Null reaches every organization: the deployment's own token. */
  organizationId: string | null;
  role: TokenRole;
  /** Of the request in which they ask. */
  requestId?: string;
}

export const deploymentActor: Actor = { id: "deployment", organizationId: null, role: "admin" };

/** @throws AdminError forbidden */
export function permit(actor: Actor, access: Access): void {
  if (actor.role === "caller") {
    throw new AdminError("forbidden", "a token of role caller may only call static-headers servers; use role viewer");
  }
  if (access === "viewer") return;
  if (actor.role !== "admin") {
    throw new AdminError("forbidden", "this token may only read; use a token of role admin");
  }
  if (access === "deployment" && actor.organizationId !== null) {
    throw new AdminError("forbidden", "only the deployment's ADMIN_TOKEN may do this");
  }
}

/**
 * The organization that an operator works in; every operation begins here.
 * @throws AdminError forbidden, or not_found for an organization that is not theirs
 */
export async function enter(
  organizations: OrganizationStore,
  actor: Actor,
  organizationId: string,
  access: Access,
): Promise<OrganizationRecord> {
  if (actor.organizationId !== null && actor.organizationId !== organizationId) {
    throw notFound("organization", organizationId);
  }
  permit(actor, access);
  const organization = await organizations.find(organizationId);
  if (!organization) throw notFound("organization", organizationId);
  return organization;
}
