// MCP-facing access tokens: a compact JWE that any edge can open without asking anyone.
import * as base64url from "jose/base64url";
import type { AccessTokenClaims, AccessTokens } from "./port.ts";
import { accessTokenKeys } from "./seal.ts";

/** Clients and proxies in front of us refuse header lines beyond about 16 KB. */
const largest = 12 * 1024;
const channels: readonly AccessTokenClaims["ch"][] = ["oauth", "embedded", "enterprise"];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What one key seals with, and how every token that it sealed begins. */
interface ContentKey {
  key: CryptoKey;
  beginning: string;
  /** RFC 7516 §5.1, step 14: the header as it is sent. */
  additionalData: Uint8Array;
}

/** Tokens that did not open and are remembered: whoever repeats one does so at once, and other ones must cost nothing. */
const fewRefused = 8;

/** What follows the header and the empty key: a nonce of 12 bytes, the ciphertext, a tag of 16 bytes. */
const sealedParts = /^([\w-]{16})\.([\w-]+)\.([\w-]{22})$/;

/** A token whose downstream credential does not fit is sealed without it; the grant's object keeps the credential. */
export function createAccessTokens(masterKeys: Uint8Array<ArrayBuffer>[]): AccessTokens {
  let keys: ContentKey[] | null = null;
  const refused: string[] = [];

  async function contentKeys(): Promise<ContentKey[]> {
    keys ??= (await accessTokenKeys(masterKeys)).map(contentKey);
    return keys;
  }

  async function encrypt(claims: AccessTokenClaims): Promise<string> {
    const [newest] = await contentKeys();
    if (!newest) throw new Error("no master key");
    return sealed(newest, claims);
  }

  return {
    async seal(claims) {
      const token = await encrypt(claims);
      if (token.length <= largest || !claims.ds) return token;
      const { ds: _, ...withoutCredential } = claims;
      return encrypt(withoutCredential);
    },

    async sealWhole(claims) {
      const token = await encrypt(claims);
      return token.length <= largest ? token : null;
    },

    async open(token) {
      // CVE-2025-61920: the size is judged before any cryptography.
      if (token.length > largest) return null;
      // Only the headers that are written here are read, as text: no algorithm is a token's to choose.
      const known = (keys ?? (await contentKeys())).find(({ beginning }) => token.startsWith(beginning));
      const parts = known && sealedParts.exec(token.slice(known.beginning.length));
      // Without a header and parts like these nothing is decrypted, so there is nothing to spare.
      if (!parts || refused.includes(token)) return null;
      const claims = await opened(known, parts);
      if (claims === null && refused.unshift(token) > fewRefused) refused.pop();
      return claims;
    },
  };
}

function contentKey({ id, key }: { id: string; key: CryptoKey }): ContentKey {
  const header = { alg: "dir", enc: "A256GCM", kid: id, typ: "mcpstack-at" } as const;
  const encoded = base64url.encode(JSON.stringify(header));
  return { key, beginning: `${encoded}..`, additionalData: encoder.encode(encoded) };
}

const tagBytes = 16;

/** RFC 7516 §7.1 with nothing but what these tokens need: a nonce of its own for each, and no encrypted key. */
async function sealed({ key, beginning, additionalData }: ContentKey, claims: AccessTokenClaims): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plaintext = encoder.encode(JSON.stringify(claims));
  const data = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plaintext));
  const [ciphertext, tag] = [data.subarray(0, -tagBytes), data.subarray(-tagBytes)];
  return `${beginning}${base64url.encode(iv)}.${base64url.encode(ciphertext)}.${base64url.encode(tag)}`;
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
