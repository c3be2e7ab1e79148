// Does this server know the client, and does it prove itself as it must? Asked where no grant remembers it.
import type { ReasonCode } from "../../contract/events.ts";
import { sameHash } from "./digest.ts";
import { WireError } from "./errors.ts";
import type { PreregisteredClient } from "./profile.ts";

/** What a client must show. */
export interface ExpectedProof {
  /** SHA-256 of its secret, base64url; null when it has none. */
  secretHash: string | null;
  /** As in a grant: absent means `none`, where there is no secret. */
  authMethods?: readonly ("none" | "private_key_jwt")[];
}

export interface KnownClient extends ExpectedProof {
  /** Absent where nobody has looked at what the client calls itself. */
  name?: string;
}

/** What a request showed. */
export interface ShownProof {
  clientId: string;
  secretHash: string | null;
  /** An assertion was sent, and everything about it proved right. */
  keyProven?: boolean;
}

export interface ClientBook {
  preregistered: readonly PreregisteredClient[];
  /** Looks among the registered clients of this server. */
  find(clientId: string): Promise<KnownClient | null>;
  /**
   * The public keys that may have signed for this client, `kid` being the one wanted; null for a client that has none.
   * Throws a DownstreamError when a document or its keys are away.
   */
  keys(clientId: string, kid: string | null): Promise<readonly Record<string, unknown>[] | null>;
}

/**
 * Why this proof does not do, or null. A public client proves nothing but its id; a secret that it sends all the same is
 * ignored (P-68).
 */
export function refuseProof(
  expected: ExpectedProof,
  shown: Omit<ShownProof, "clientId">,
): Extract<ReasonCode, "client_authentication_failed" | "client_assertion_required"> | null {
  const { secretHash, authMethods } = expected;
  if (authMethods && !authMethods.includes("none") && !shown.keyProven) return "client_assertion_required";
  if (secretHash === null) return null;
  return shown.secretHash && sameHash(secretHash, shown.secretHash) ? null : "client_authentication_failed";
}

/** The operator's clients first, as at an authorization. */
export async function findKnownClient(clientId: string, book: ClientBook): Promise<KnownClient | null> {
  const preregistered = book.preregistered.find((client) => client.clientId === clientId);
  if (!preregistered) return book.find(clientId);
  return { secretHash: preregistered.secretHash, name: preregistered.clientName };
}

/**
 * An unknown client is `invalid_client` and never `invalid_grant`: clients forget a dead registration only for the
 * former (RFC 6749 §5.2; P-68).
 * @throws WireError 401 invalid_client
 */
export async function proveKnownClient(proof: ShownProof, usedHeader: boolean, book: ClientBook): Promise<KnownClient> {
  const client = await findKnownClient(proof.clientId, book);
  if (!client) throw invalidClient("client_unknown", usedHeader);
  const refused = refuseProof(client, proof);
  if (refused) throw invalidClient(refused, usedHeader);
  return client;
}

/** 401, with a Basic challenge only when the header was used (RFC 6749 §5.2). */
export function invalidClient(reason: ReasonCode, usedHeader: boolean): WireError {
  const challenge = usedHeader ? { headers: { "www-authenticate": 'Basic realm="token"' } } : {};
  const field = reason === "client_assertion_required" ? "client_assertion" : "client_id";
  return new WireError(401, "invalid_client", reason, { field, ...challenge });
}
