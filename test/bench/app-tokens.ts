// The app's own access tokens, signed here under keys that the bench publishes: as many people as are wanted.
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { apiResource } from "./seed.ts";

export const algorithms = ["RS256", "ES256"] as const;
export type Algorithm = (typeof algorithms)[number];

export interface AppKeys {
  published: JWK[];
  /** Tokens of different people, valid for two hours, each signed once. */
  sign(issuer: string, algorithm: Algorithm, count: number): Promise<string[]>;
}

export async function makeAppKeys(): Promise<AppKeys> {
  const pairs = await Promise.all(
    algorithms.map(async (algorithm) => {
      const { privateKey, publicKey } = await generateKeyPair(algorithm);
      const jwk = { ...(await exportJWK(publicKey)), kid: algorithm, alg: algorithm, use: "sig" };
      return { algorithm, privateKey, jwk };
    }),
  );
  return {
    published: pairs.map(({ jwk }) => jwk),
    async sign(issuer, algorithm, count) {
      const key = pairs.find((pair) => pair.algorithm === algorithm)?.privateKey;
      if (key === undefined) throw new Error(`no key for ${algorithm}`);
      const now = Math.floor(Date.now() / 1000);
      const one = (person: number) =>
        new SignJWT({ scope: "tickets.read", client_id: "the-app", jti: crypto.randomUUID() })
          .setProtectedHeader({ alg: algorithm, kid: algorithm, typ: "at+jwt" })
          .setIssuer(issuer)
          .setAudience(apiResource)
          .setSubject(`person-${person}`)
          .setIssuedAt(now)
          .setExpirationTime(now + 7200)
          .sign(key);
      return Promise.all(Array.from({ length: count }, (_, person) => one(person)));
    },
  };
}
