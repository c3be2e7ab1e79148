// Digests: how secrets are kept, how PKCE challenges are made, and comparison without telling by time.
import * as base64url from "jose/base64url";

const encoder = new TextEncoder();

/** SHA-256 of UTF-8 text, base64url without padding (43 characters). */
export async function sha256(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));
}

/** Compares two hashes in constant time; hashes of one kind have one length. */
export function sameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
