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
  const signed = new BoundedMemory<Signed>(4 * 1024 * 1024);
  const bySubject = new WeakMap<AssertionSubject, Signed>();

  async function keyOf({ kid, privateJwkSealed }: SigningKey, now: number) {
    const known = keys.get(kid, now);
    if (known !== undefined) return known;
    const opened: JWK = JSON.parse(await sealer.open("signing-key", kid, privateJwkSealed));
    const imported = await importJWK(opened, "ES256", { extractable: false });
    if (!(imported instanceof CryptoKey) || imported.type !== "private")
      throw new TypeError("The signing key is not a key pair's private half.");
    keys.set(kid, imported, { weight: 1, until: now + 3600 });
    return imported;
  }

  /** Of a subject that was told before by another object: another copy of the snapshot, another token of the caller. */
  async function signedFor(key: SigningKey, subject: AssertionSubject, now: number): Promise<Signed> {
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
    const made: Signed = { assertion, kid: key.kid, until: now + reuse };
    signed.set(about, made, { weight: 2 * (about.length + assertion.length), until: made.until });
    return made;
  }

  async function make(key: SigningKey, subject: AssertionSubject, now: number): Promise<string> {
    const made = await signedFor(key, subject, now);
    bySubject.set(subject, made);
    return made.assertion;
  }

  return {
    sign(key, subject, now) {
      const current = bySubject.get(subject);
      if (current !== undefined && current.kid === key.kid && current.until > now) return current.assertion;
      return make(key, subject, now);
    },
  };
}

interface SigningKey {
  kid: string;
  privateJwkSealed: string;
}

interface Signed {
  assertion: string;
  kid: string;
  /** Epoch seconds. */
  until: number;
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
