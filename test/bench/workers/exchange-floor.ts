// What an exchange cannot do without: the app's token verified once and the new token sealed once, with jose.
import { CompactEncrypt, createLocalJWKSet, jwtVerify } from "jose";

interface Bindings {
  ISSUER: string;
  AUDIENCE: string;
  /** The provider's key set, as JSON. */
  KEYS: string;
}

let keys: ReturnType<typeof createLocalJWKSet> | null = null;
let sealing: CryptoKey | null = null;

export default {
  async fetch(request, { ISSUER: issuer, AUDIENCE: audience, KEYS }) {
    keys ??= createLocalJWKSet(JSON.parse(KEYS) as Parameters<typeof createLocalJWKSet>[0]);
    const raw = new Uint8Array(32);
    sealing ??= await crypto.subtle.importKey("raw", raw, { name: "AES-GCM" }, false, ["encrypt"]);
    const { token } = await request.json<{ token: string }>();
    const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: ["RS256", "ES256"] });
    const claims = { iss: issuer, aud: audience, sub: payload.sub, exp: payload.exp, ds: { t: token, x: payload.exp } };
    const sealed = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: "floor" })
      .encrypt(sealing);
    return Response.json({ access_token: sealed, token_type: "Bearer", expires_in: 600 });
  },
} satisfies ExportedHandler<Bindings>;
