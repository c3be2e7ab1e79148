// Grants as an operator sees them, and how they are taken back: at once here, then at the provider.
import type { GrantsQuery, GrantView, RevocationQuery, RevocationResult } from "../../contract/management/grants.ts";
import type { GrantRow, GrantSelection } from "../store/promises/grant-index.ts";
import { type Actor, enter } from "./actor.ts";
import { noteChange } from "./change-lines.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { notFound } from "./errors.ts";
import { findGateway } from "./gateways.ts";
import { endGrants, finishRevocations } from "./revocation.ts";
import { findServer } from "./servers.ts";
import { isoTime, paged, trail } from "./trail.ts";

export function grantOperations(parts: AdminDependencies) {
  const { organizations, grantIndex, publish, now } = parts;
  return {
    async list(actor: Actor, orgId: string, reference: string, query: GrantsQuery) {
      await enter(organizations, actor, orgId, "viewer");
      const gateway = await findGateway(parts, orgId, reference);
      const serverId = query.server === undefined ? undefined : (await findServer(parts, orgId, query.server)).id;
      const selection = { gatewayId: gateway.id, serverId, userId: query.user, clientId: query.client };
      return paged(await grantIndex.list(selection, query), query, view);
    },

    async revokeOne(actor: Actor, orgId: string, reference: string, grantId: string): Promise<void> {
      await enter(organizations, actor, orgId, "admin");
      const gateway = await findGateway(parts, orgId, reference);
      const selection = { gatewayId: gateway.id, grantId };
      if (!(await grantIndex.find(selection))) throw notFound("grant", grantId);
      await end(actor, orgId, gateway, selection, "grant.revoke", grantId);
    },

    async revoke(actor: Actor, orgId: string, reference: string, query: RevocationQuery): Promise<RevocationResult> {
      await enter(organizations, actor, orgId, "admin");
      const gateway = await findGateway(parts, orgId, reference);
      const selection = { gatewayId: gateway.id };
      if (query.user !== undefined) {
        return end(actor, orgId, gateway, { ...selection, userId: query.user }, "grants.revoke_user", query.user);
      }
      if (query.client !== undefined) {
        return end(
          actor,
          orgId,
          gateway,
          { ...selection, clientId: query.client },
          "grants.revoke_client",
          query.client,
        );
      }
      const entry = trail(actor, orgId, "grants.revoke_all", gateway.id, now());
      await publish(await grantIndex.endAll(gateway.id, "grant_revoked", entry));
      noteChange(parts, actor, entry, [gateway.id], { event: "revocation", reason: "grant_revoked" });
      return finishRevocations(parts, selection);
    },
  };

  async function end(
    actor: Actor,
    orgId: string,
    gateway: { accessTokenTtl: number },
    selection: GrantSelection,
    action: string,
    target: string,
  ): Promise<RevocationResult> {
    const entry = trail(actor, orgId, action, target, now());
    return endGrants(parts, actor, entry, selection, gateway.accessTokenTtl);
  }
}

function view({ organizationId, revokeRequested, ...grant }: GrantRow & { email: string | null }): GrantView {
  return {
    ...grant,
    createdAt: isoTime(grant.createdAt),
    lastUsedAt: isoTime(grant.lastUsedAt),
    expiresAt: isoTime(grant.expiresAt),
    revoking: revokeRequested !== null,
  };
}
