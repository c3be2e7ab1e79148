// What an issuing leaves behind: the grant's times move, and the token endpoint learns what to put into its token.
import type { IssuedGrant } from "../promises/grants.ts";
import type { Authorization, GrantRecord } from "./record.ts";
import { endsAt } from "./record.ts";

const day = 86_400;
/** Seconds by which the clocks of the object and of the edge that writes the token's times may differ. */
const clockDifference = 60;

/** The record to save, and the grant without what only async code can open. */
export interface Issued {
  record: GrantRecord;
  grant: Omit<IssuedGrant, "credential" | "refreshToken">;
}

export function issue(record: GrantRecord, authorization: Authorization, scope: string[], now: number): Issued {
  const touch = now - authorization.touchedAt >= day;
  const used: Authorization = {
    ...authorization,
    lastUsedAt: now,
    touchedAt: touch ? now : authorization.touchedAt,
    tokensExpireAt: Math.max(authorization.tokensExpireAt, now + authorization.lifetimes.access + clockDifference),
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
      scope,
      accessTokenTtl: authorization.lifetimes.access,
      endsAt: endsAt({ ...next, state: "redeemed" }),
      renewable: authorization.renewable,
      touch,
    },
  };
}
