// What an issuing leaves behind: the grant's times move, and the token endpoint learns what to put into its token.
import type { IssuedGrant } from "../promises/grants.ts";
import type { Authorization, GrantRecord } from "./record.ts";
import { endsAt } from "./record.ts";

const day = 86_400;

/** @returns the record to save, and the grant without its credential, which only async code can open. */
export function issue(
  record: GrantRecord,
  authorization: Authorization,
  part: { refreshToken: string; scope: string[] },
  now: number,
): { record: GrantRecord; grant: Omit<IssuedGrant, "credential"> } {
  const touch = now - authorization.touchedAt >= day;
  const used: Authorization = {
    ...authorization,
    lastUsedAt: now,
    touchedAt: touch ? now : authorization.touchedAt,
    tokensExpireAt: Math.max(authorization.tokensExpireAt, now + authorization.lifetimes.access),
  };
  const next: GrantRecord = { ...record, authorization: used };
  const { request } = record;
  return {
    record: next,
    grant: {
      grantId: record.grantId,
      organizationId: request.organizationId,
      serverId: request.serverId,
      slug: request.slug,
      gatewayId: request.gatewayId,
      issuer: request.issuer,
      resource: request.resource,
      clientId: request.client.id,
      clientName: request.client.name,
      userId: authorization.identity.userId,
      workspace: authorization.identity.workspace,
      scope: part.scope,
      refreshToken: part.refreshToken,
      endsAt: endsAt({ ...next, state: "redeemed" }),
      renewable: authorization.renewable,
      touch,
    },
  };
}
