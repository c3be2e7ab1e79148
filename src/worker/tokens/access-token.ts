// MCP-facing access tokens: a compact JWE that any edge can open without asking anyone.
import * as base64url from "jose/base64url";
import { onDemand } from "../oauth/on-demand.ts";
import type { AccessTokenClaims, AccessTokens } from "./port.ts";
import { accessTokenKeys } from "./seal.ts";

/** Clients and proxies in front of us refuse header lines beyond about 16 KB. */
const largest = 12 * 1024;
const channels: readonly AccessTokenClaims["ch"][] = ["oauth", "embedded", "enterprise"];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Most isolates open tokens and issue none. */
const sealing = onDemand(() => import("jose/jwe/compact/encrypt"));

/** What one key seals with, and how every token that it sealed begins. */
interface ContentKey {
  key: CryptoKey;
  header: { alg: "dir"; enc: "A256GCM"; kid: string; typ: "mcpstack-at" };
  beginning: string;
  /** RFC 7516 §5.1, step 14: the header as it is sent. */
  additionalData: Uint8Array;
}

/** What follows the header and the empty key: a nonce of 12 bytes, the ciphertext, a tag of 16 bytes. */
const sealedParts = /^([\w-]{16})\.([\w-]+)\.([\w-]{22})$/;

/** A token whose downstream credential does not fit is sealed without it; the grant's object keeps the credential. */
export function createAccessTokens(masterKeys: Uint8Array<ArrayBuffer>[]): AccessTokens {
  let keys: ContentKey[] | null = null;

  async function contentKeys(): Promise<ContentKey[]> {
    keys ??= (await accessTokenKeys(masterKeys)).map(contentKey);
    return keys;
  }

  async function encrypt(claims: AccessTokenClaims): Promise<string> {
    const [newest] = await contentKeys();
    if (!newest) throw new Error("no master key");
    const { CompactEncrypt } = await sealing();
    return new CompactEncrypt(encoder.encode(JSON.stringify(claims)))
      .setProtectedHeader(newest.header)
      .encrypt(newest.key);
  }

  return {
    async seal(claims) {
      const token = await encrypt(claims);
      if (token.length <= largest || !claims.ds) return token;
      const { ds: _, ...withoutCredential } = claims;
      return encrypt(withoutCredential);
    },

    async open(token) {
      // CVE-2025-61920: the size is judged before any cryptography.
      if (token.length > largest) return null;
      // Only the headers that are written here are read, as text: no algorithm is a token's to choose.
      const known = (keys ?? (await contentKeys())).find(({ beginning }) => token.startsWith(beginning));
      const parts = known && sealedParts.exec(token.slice(known.beginning.length));
      return parts ? opened(known, parts) : null;
    },
  };
}

function contentKey({ id, key }: { id: string; key: CryptoKey }): ContentKey {
  const header = { alg: "dir", enc: "A256GCM", kid: id, typ: "mcpstack-at" } as const;
  const encoded = base64url.encode(JSON.stringify(header));
  return { key, header, beginning: `${encoded}..`, additionalData: encoder.encode(encoded) };
}

async function opened(
  { key, additionalData }: ContentKey,
  [, nonce = "", ciphertext = "", tag = ""]: string[],
): Promise<AccessTokenClaims | null> {
  try {
    const [sealed, mark] = [base64url.decode(ciphertext), base64url.decode(tag)];
    // Web Crypto wants the tag behind the ciphertext.
    const data = new Uint8Array(sealed.length + mark.length);
    data.set(sealed);
    data.set(mark, sealed.length);
    const algorithm = { name: "AES-GCM", iv: base64url.decode(nonce), additionalData };
    const claims: AccessTokenClaims = JSON.parse(decoder.decode(await crypto.subtle.decrypt(algorithm, key, data)));
    return isWhole(claims) ? claims : null;
  } catch {
    return null;
  }
}

/** Only this deployment can have sealed them; this tells a token of another version of it, without a schema's weight. */
function isWhole(claims: AccessTokenClaims): boolean {
  const texts = [claims.iss, claims.aud, claims.sub, claims.org, claims.cid, claims.scope, claims.jti];
  const times = [claims.iat, claims.exp, claims.ep];
  return (
    channels.includes(claims.ch) &&
    texts.every((text) => typeof text === "string") &&
    times.every((time) => typeof time === "number")
  );
}
