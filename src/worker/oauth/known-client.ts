// Does this server know the client, and is its secret right? Asked where no grant remembers it.
import type { ReasonCode } from "../../contract/events.ts";
import { sameHash } from "./digest.ts";
import { WireError } from "./errors.ts";
import type { PreregisteredClient } from "./profile.ts";

export interface ClientBook {
  preregistered: readonly PreregisteredClient[];
  /** Looks among the registered clients of this server. */
  find(clientId: string): Promise<{ secretHash: string | null } | null>;
}

/**
 * An unknown client is `invalid_client` and never `invalid_grant`: clients forget a dead registration only for the
 * former (RFC 6749 §5.2; P-68).
 * @throws WireError 401 invalid_client
 */
export async function proveKnownClient(
  proof: { clientId: string; secretHash: string | null },
  usedHeader: boolean,
  book: ClientBook,
): Promise<void> {
  const preregistered = book.preregistered.find((client) => client.clientId === proof.clientId);
  const client = preregistered ?? (await book.find(proof.clientId));
  if (!client) throw invalidClient("client_unknown", usedHeader);
  const { secretHash } = client;
  if (secretHash !== null && !(proof.secretHash && sameHash(secretHash, proof.secretHash))) {
    throw invalidClient("client_authentication_failed", usedHeader);
  }
}

/** 401, with a Basic challenge only when the header was used (RFC 6749 §5.2). */
export function invalidClient(reason: ReasonCode, usedHeader: boolean): WireError {
  const challenge = usedHeader ? { headers: { "www-authenticate": 'Basic realm="token"' } } : {};
  return new WireError(401, "invalid_client", reason, { field: "client_id", ...challenge });
}
