// What a token is by its look alone, before anything is fetched: signed, encrypted or opaque.
import { decodeJwt, decodeProtectedHeader } from "jose";
import type { Claims } from "./claim-path.ts";

export type TokenShape =
  /** Nothing here is verified yet. */
  { kind: "signed"; header: Claims; claims: Claims } | { kind: "encrypted" } | { kind: "opaque" };

/** Five parts are a JWE (RFC 7516 §7.1), three a JWS (RFC 7515 §7.1) if a header says so; dots alone prove nothing. */
export function shapeOf(token: string): TokenShape {
  const parts = token.split(".").length;
  if (parts !== 5 && parts !== 3) return { kind: "opaque" };
  try {
    const header: Claims = { ...decodeProtectedHeader(token) };
    if (parts === 5 && header.enc !== undefined) return { kind: "encrypted" };
    if (parts === 3 && header.alg !== undefined) return { kind: "signed", header, claims: decodeJwt(token) };
  } catch {
    // Parts that do not decode are the provider's own way of writing an opaque token.
  }
  return { kind: "opaque" };
}
