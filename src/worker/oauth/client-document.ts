// Client ID metadata documents: what a client says about itself at the URL that is its id (P-36 to P-43).

/** A document that was judged acceptable. */
export interface ClientDocument {
  /** The URL, equal to the document's `client_id` character by character (P-38). */
  clientId: string;
  name: string;
  redirectUris: readonly string[];
  /** How its token requests may be authenticated; both where the document offers both. */
  authMethods: readonly ("none" | "private_key_jwt")[];
  /** Keys inside the document, or where they are published; at most one of the two is not null. */
  jwks: { keys: readonly Record<string, unknown>[] } | null;
  jwksUri: string | null;
  /** Changes when anything changes that a person agreed to: name, redirect URIs, logo, keys (P-43). */
  digest: string;
}

export interface ClientDocuments {
  /** The current document. Throws a Refusal with a reason of its own when it is away, unfetchable or not acceptable. */
  find(clientId: string): Promise<ClientDocument>;
  /**
   * The keys that may have signed for this client; `kid` unknown to the copy makes it look again, within a limit.
   * Throws like `find`.
   */
  keys(document: ClientDocument, kid: string | null): Promise<readonly Record<string, unknown>[]>;
}
