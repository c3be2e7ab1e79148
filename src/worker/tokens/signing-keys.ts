// Fresh keys for the runtime assertion: the public half to publish, the private half sealed before anybody sees it.
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import type { NewSigningKey, Sealer } from "./port.ts";

/** A P-256 key for ES256; its kid is the RFC 7638 thumbprint. The private half is sealed under that kid. */
export async function newSigningKey(sealer: Sealer): Promise<NewSigningKey> {
  const pair = await generateKeyPair("ES256", { extractable: true });
  const publicHalf = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicHalf);
  const privateHalf = await exportJWK(pair.privateKey);
  return {
    kid,
    publicJwk: JSON.stringify({ ...publicHalf, kid, alg: "ES256", use: "sig" }),
    privateJwkSealed: await sealer.seal("signing-key", kid, JSON.stringify(privateHalf)),
  };
}
