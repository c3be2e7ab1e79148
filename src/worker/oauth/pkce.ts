// PKCE, S256 only (RFC 7636).

/** 43 characters of base64url: the SHA-256 of a verifier (RFC 7636 §4.2). */
export function isChallenge(value: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(value);
}

/** 43 to 128 unreserved characters (RFC 7636 §4.1). */
export function isVerifier(value: string): boolean {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(value);
}
