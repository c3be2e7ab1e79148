// What an access token says and how long it lives.
import type { IssuedGrant } from "../../store/promises/grants.ts";
import type { ServerSnapshot } from "../../store/promises/snapshot.ts";
import type { AccessTokenClaims } from "../../tokens/port.ts";

/**
 * The profile's `accessTokenTtl`, whatever the provider's token lives; but never longer than the grant, and not longer
 * than a credential that nobody could renew. At least one second, so that `expires_in` is positive.
 */
export function accessClaims(
  grant: IssuedGrant,
  snapshot: ServerSnapshot,
  tokenId: string,
  now: number,
): AccessTokenClaims {
  // Neither longer than the profile allows now, nor longer than the grant would publish its end.
  const lifetime = Math.min(snapshot.gateway?.accessTokenTtl ?? grant.accessTokenTtl, grant.accessTokenTtl);
  const ends = [now + lifetime, grant.endsAt];
  const { token, expiresAt } = grant.credential;
  if (!grant.renewable && expiresAt !== null) ends.push(expiresAt);
  return {
    iss: grant.issuer,
    aud: grant.resource,
    sub: grant.userId,
    org: grant.organizationId,
    gid: grant.grantId,
    cid: grant.clientId,
    cn: grant.clientName,
    ...(grant.workspace !== null && { ws: grant.workspace }),
    scope: grant.scope.join(" "),
    ch: "oauth",
    iat: now,
    exp: Math.max(now + 1, Math.min(...ends)),
    jti: tokenId,
    ep: snapshot.epoch,
    ds: { t: token, x: expiresAt },
  };
}
