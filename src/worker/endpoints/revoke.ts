// POST /revoke (RFC 7009): by refresh or access token; the whole authorization ends, and its tokens with it (P-76).

import { secretPrefix } from "../../contract/ids.ts";
import { type AuthenticatedClient, authenticateClient } from "../oauth/client-authentication.ts";
import { countFailure } from "../oauth/counted-failure.ts";
import { WireError } from "../oauth/errors.ts";
import { invalidClient, proveKnownClient } from "../oauth/known-client.ts";
import { type Parameters, readParameters } from "../oauth/params.ts";
import { readWireForm } from "../oauth/read-body.ts";
import type { AccessTokenClaims } from "../tokens/port.ts";
import type { ServerVisit } from "./context.ts";

/** 200 with an empty object also for a token that is unknown or already dead (RFC 7009 §2.2). */
export async function revoke(request: Request, visit: ServerVisit): Promise<Response> {
  const form = readParameters(await readWireForm(request));
  if (!form.ok) throw new WireError(400, "invalid_request", form.reason, { field: form.field, seen: form.seen });
  const token = form.parameters.get("token");
  if (!token) throw new WireError(400, "invalid_request", "malformed_request", { field: "token", seen: "absent" });
  const { grantId, clientId } = await ended(token, request, form.parameters, visit);
  if (grantId) {
    const { context, server, requestId } = visit;
    const { organizationId: organization, slug, gateway } = server.snapshot;
    context.snapshots.noteEnded(slug, grantId);
    const event = { event: "revocation", outcome: "ok", reason: "grant_revoked" } as const;
    context.record({
      ...event,
      requestId,
      attempt: grantId,
      organization,
      server: slug,
      client: clientId,
      ...(gateway && { gateway: gateway.id }),
    });
  }
  return Response.json({}, { headers: { "cache-control": "no-store" } });
}

/** The grant that the token was of, if it ended one. A wrong proof is counted as at the token endpoint: it is the same guess. */
async function ended(token: string, request: Request, parameters: Parameters, visit: ServerVisit) {
  try {
    const client = await authenticateClient(request, parameters, visit);
    const isRefreshToken = token.startsWith(secretPrefix.refreshToken);
    const grantId = await (isRefreshToken ? byRefreshToken : byAccessToken)(token, client, visit);
    return { grantId, clientId: client.proof.clientId };
  } catch (error) {
    if (error instanceof WireError && error.status === 401) await countFailure(request, visit);
    throw error;
  }
}

async function byRefreshToken(token: string, { proof, usedHeader }: AuthenticatedClient, visit: ServerVisit) {
  const { slug, gateway } = visit.server.snapshot;
  const revoked = await visit.context.grants.revokeByToken(token, { ...proof, slug }, gateway);
  if (revoked.ok) return revoked.grantId;
  // Another client's token: nothing happens and nothing is told, unless the client itself is not known.
  await proveKnownClient(proof, usedHeader, visit.clientBook);
  if (revoked.reason !== "client_unknown") throw invalidClient(revoked.reason, usedHeader);
  return null;
}

async function byAccessToken(token: string, { proof, usedHeader }: AuthenticatedClient, visit: ServerVisit) {
  await proveKnownClient(proof, usedHeader, visit.clientBook);
  const claims = await visit.context.accessTokens.open(token);
  if (!claims || claims.cid !== proof.clientId || claims.aud !== visit.server.resource) return null;
  if (claims.ch === "enterprise") await endToken(claims, visit);
  if (!claims.gid) return null;
  const revoked = await visit.context.grants.revokeByClient(claims.gid, proof, visit.server.snapshot.gateway);
  if (revoked.ok) return claims.gid;
  throw invalidClient(revoked.reason, usedHeader);
}

/** There is no grant behind it: the token itself is what has ended, under its own id. */
async function endToken({ jti, exp }: AccessTokenClaims, { context, server }: ServerVisit): Promise<void> {
  const { id: serverId, slug } = server.snapshot;
  await context.directory.ended({ grantId: jti, serverId, slug, tokensExpireAt: exp }, context.now());
  context.snapshots.noteEnded(slug, jti);
}
