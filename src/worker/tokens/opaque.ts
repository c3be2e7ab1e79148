// Random identifiers and secrets, their hashes, and comparison in constant time.

const encoder = new TextEncoder();

/** `<prefix>_` and 16 random bytes in base64url. */
export function newId(prefix: string): string {
  return `${prefix}_${toBase64Url(crypto.getRandomValues(new Uint8Array(16)))}`;
}

/** 32 random bytes in base64url (43 characters). */
export function randomSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** SHA-256 of UTF-8 text, base64url without padding: how secrets are kept and PKCE challenges are made. */
export async function sha256(text: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));
}

/** Compares two texts of any length without telling by time where they differ. */
export async function sameSecret(a: string, b: string): Promise<boolean> {
  return sameHash(await sha256(a), await sha256(b));
}

/** Compares two hashes of equal length in constant time. */
export function sameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

export function toBase64Url(bytes: Uint8Array<ArrayBuffer>): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Throws a SyntaxError for anything that is not base64url. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}
