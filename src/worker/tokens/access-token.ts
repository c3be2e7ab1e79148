// MCP-facing access tokens: a compact JWE that any edge can open without asking anyone.
import * as base64url from "jose/base64url";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import type { AccessTokenClaims, AccessTokens } from "./port.ts";
import { accessTokenKeys } from "./seal.ts";

/** Clients and proxies in front of us refuse header lines beyond about 16 KB. */
const largest = 12 * 1024;
const channels: readonly AccessTokenClaims["ch"][] = ["oauth", "embedded", "enterprise"];

/** A token whose downstream credential does not fit is sealed without it; the grant's object keeps the credential. */
export function createAccessTokens(masterKeys: Uint8Array<ArrayBuffer>[]): AccessTokens {
  let keys: Awaited<ReturnType<typeof accessTokenKeys>> | null = null;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  async function contentKeys() {
    keys ??= await accessTokenKeys(masterKeys);
    return keys;
  }

  async function encrypt(claims: AccessTokenClaims): Promise<string> {
    const [newest] = await contentKeys();
    if (!newest) throw new Error("no master key");
    return new CompactEncrypt(encoder.encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: newest.id, typ: "mcpstack-at" })
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
      // CVE-2025-61920: the size is judged before any JOSE work.
      if (token.length > largest) return null;
      const kid = keyIdOf(token);
      const key = (await contentKeys()).find((candidate) => candidate.id === kid);
      if (!key) return null;
      try {
        const options = { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] };
        const { plaintext, protectedHeader } = await compactDecrypt(token, key.key, options);
        if (protectedHeader.typ !== "mcpstack-at") return null;
        const claims: AccessTokenClaims = JSON.parse(decoder.decode(plaintext));
        return isWhole(claims) ? claims : null;
      } catch {
        return null;
      }
    },
  };
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

/** The `kid` of a five-part token's header, or null: a cheap look that spares garbage the decryption. */
function keyIdOf(token: string): string | null {
  const [header, ...rest] = token.split(".", 6);
  if (!header || rest.length !== 4) return null;
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(header)));
    return parsed && typeof parsed === "object" && "kid" in parsed && typeof parsed.kid === "string"
      ? parsed.kid
      : null;
  } catch {
    return null;
  }
}
