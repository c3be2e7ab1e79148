// The signed statement that tells a runtime who is calling (P-109): short-lived, for one server, verifiable offline.
import type { JWK } from "jose";
import { SignJWT } from "jose/jwt/sign";
import { importJWK } from "jose/key/import";
import { BoundedMemory } from "../oauth/bounded-memory.ts";
import type { AssertionSubject, Assertions, Sealer } from "./port.ts";

/** Seconds. One assertion serves a caller for four minutes, so it never arrives with less than one left. */
const lifetime = 300;
const reuse = 240;

/**
 * Assertions of this deployment. `jti` names the assertion, not the call: the same one accompanies a caller's requests
 * until it is renewed, because a signature per request would cost more than everything else the proxy does.
 * @param issuer the deployment's origin, under which `/.well-known/jwks.json` publishes the keys
 */
export function createAssertions({ issuer, sealer }: { issuer: string; sealer: Sealer }): Assertions {
  const keys = new BoundedMemory<CryptoKey>(16);
  const signed = new BoundedMemory<string>(4 * 1024 * 1024);

  async function keyOf({ kid, privateJwkSealed }: { kid: string; privateJwkSealed: string }, now: number) {
    const known = keys.get(kid, now);
    if (known !== undefined) return known;
    const opened: JWK = JSON.parse(await sealer.open("signing-key", kid, privateJwkSealed));
    const imported = await importJWK(opened, "ES256", { extractable: false });
    if (!(imported instanceof CryptoKey) || imported.type !== "private")
      throw new TypeError("The signing key is not a key pair's private half.");
    keys.set(kid, imported, { weight: 1, until: now + 3600 });
    return imported;
  }

  return {
    async sign(key, subject, now) {
      const about = JSON.stringify([key.kid, claimsOf(subject), subject.audience, subject.userId]);
      const current = signed.get(about, now);
      if (current !== undefined) return current;
      const assertion = await new SignJWT(claimsOf(subject))
        .setProtectedHeader({ alg: "ES256", typ: "mcpstack-assertion+jwt", kid: key.kid })
        .setIssuer(issuer)
        .setAudience(subject.audience)
        .setSubject(subject.userId)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetime)
        .setJti(crypto.randomUUID())
        .sign(await keyOf(key, now));
      signed.set(about, assertion, { weight: 2 * (about.length + assertion.length), until: now + reuse });
      return assertion;
    },
  };
}

function claimsOf(subject: AssertionSubject): Record<string, string> {
  return {
    org: subject.organizationId,
    server: subject.serverId,
    gateway: subject.gatewayId,
    client_id: subject.clientId,
    scope: subject.scope,
    channel: subject.channel,
    ...(subject.clientName !== null && { client_name: subject.clientName }),
    ...(subject.workspace !== null && { workspace: subject.workspace }),
    ...(subject.grantId !== null && { grant: subject.grantId }),
  };
}
