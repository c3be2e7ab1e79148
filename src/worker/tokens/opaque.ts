// Random identifiers and secrets.
import * as base64url from "jose/base64url";
import { sameHash, sha256 } from "../oauth/digest.ts";

export { sameHash, sha256 };

/** `<prefix>_` and 16 random bytes in base64url. */
export function newId(prefix: string): string {
  return `${prefix}_${base64url.encode(crypto.getRandomValues(new Uint8Array(16)))}`;
}

/** 32 random bytes in base64url (43 characters). */
export function randomSecret(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
}

/** Compares two texts of any length without telling by time where they differ. */
export async function sameSecret(a: string, b: string): Promise<boolean> {
  return sameHash(await sha256(a), await sha256(b));
}
