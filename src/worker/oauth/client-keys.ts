// The keys that a client registers for private_key_jwt: public, few, and in the registration itself.
import * as z from "zod";
import { WireError } from "./errors.ts";
import { printable } from "./params.ts";

/** As many as a rotation needs, and no more text than they can have. */
const mostKeys = 8;
const longest = 8_192;

/** RFC 7518 §6.2.2, §6.3.2, §6.4: what only the client may know. */
const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const keySet = z.looseObject({
  keys: z
    .array(z.record(z.string(), z.unknown()))
    .min(1, "no key")
    .max(mostKeys, `more than ${mostKeys} keys`)
    .refine((keys) => keys.every(({ kty }) => typeof kty === "string"), "a key without kty")
    .refine((keys) => keys.every(isPublic), "a private or symmetric key")
    .refine((keys) => JSON.stringify(keys).length <= longest, `more than ${longest} characters`),
});

/**
 * Only keys that are in the registration: whoever wants to publish and rotate them at a URL has a better id than a
 * registered one, the URL of a metadata document; and an anonymous registration shall not choose what is fetched later.
 * @throws WireError invalid_client_metadata, naming the member (RFC 7591 §3.2.2)
 */
export function readRegisteredKeys({ jwks, jwks_uri: address }: Record<string, unknown>): Record<string, unknown>[] {
  if (typeof address === "string") {
    throw invalid("jwks_uri", "jwks, or a client ID metadata document with this jwks_uri", "keys by address");
  }
  const parsed = keySet.safeParse(jwks);
  if (parsed.success) return parsed.data.keys;
  throw invalid(
    "jwks",
    "public JSON Web Keys",
    jwks === undefined ? "absent" : (parsed.error.issues[0]?.message ?? ""),
  );
}

/** The keys in a registration that was kept; null for a client that proves itself otherwise. */
export function registeredKeys({ jwks }: Record<string, unknown>): Record<string, unknown>[] | null {
  const parsed = keySet.safeParse(jwks);
  return parsed.success ? parsed.data.keys : null;
}

function isPublic(key: Record<string, unknown>): boolean {
  return key.kty !== "oct" && !secretMembers.some((member) => member in key);
}

function invalid(field: string, expected: string, seen: string): WireError {
  const detail = { field, expected, seen: printable(seen) };
  return new WireError(400, "invalid_client_metadata", "client_metadata_invalid", detail);
}
