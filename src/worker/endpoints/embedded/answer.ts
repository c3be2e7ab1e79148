// What the app gets: a token for this server alone, no longer alive than its own, and nothing to refresh it with.
import { type ExchangeResponse, tokenType } from "../../../contract/embed.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { LinkedAgent } from "../../store/promises/snapshot.ts";
import { newId } from "../../tokens/opaque.ts";
import type { AccessTokenClaims } from "../../tokens/port.ts";
import type { ServerVisit } from "../context.ts";
import type { Subject } from "./subject.ts";

/** @throws DownstreamError downstream_token_too_large: without a grant nobody could keep what does not fit */
export async function answer(
  appToken: string,
  { identity, scope, expiresAt }: Subject,
  agent: LinkedAgent,
  gateway: GatewayProfile,
  { context, server }: ServerVisit,
  cors: Record<string, string>,
): Promise<Response> {
  const now = context.now();
  const claims: AccessTokenClaims = {
    iss: server.issuer,
    aud: server.resource,
    sub: identity.userId,
    org: server.snapshot.organizationId,
    cid: agent.id,
    cn: agent.name,
    ...(identity.workspace !== null && { ws: identity.workspace }),
    scope: scope.join(" "),
    ch: "embedded",
    iat: now,
    exp: Math.min(expiresAt, now + gateway.accessTokenTtl),
    jti: newId("at"),
    ep: server.snapshot.epoch,
    ds: { t: appToken, x: expiresAt },
  };
  const token = await context.accessTokens.sealWhole(claims);
  if (token === null) {
    throw new DownstreamError("downstream_token_too_large", { field: "token", seen: `${appToken.length} characters` });
  }
  const body: ExchangeResponse = {
    access_token: token,
    issued_token_type: tokenType.accessToken,
    token_type: "Bearer",
    expires_in: claims.exp - now,
    scope: claims.scope,
    resource: server.resource,
    user: { id: identity.userId, workspace: identity.workspace },
  };
  const headers = { ...cors, "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" };
  return new Response(JSON.stringify(body), { headers });
}
