// Clients' metadata documents: isolate memory, then the shared store, then their host; in need a copy that is older.
import { errors } from "jose";
import { pinnedClientDocuments } from "../../contract/client-documents.ts";
import { BoundedMemory } from "../oauth/bounded-memory.ts";
import {
  type ClientDocument,
  type ClientDocuments,
  checkClientKeys,
  readClientDocument,
} from "../oauth/client-document.ts";
import { refuseClientAddress } from "../oauth/client-id-url.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { printable } from "../oauth/params.ts";
import { Attempts } from "./attempts.ts";
import { type DocumentCopies, type DocumentCopy, documentCopies } from "./client-document-copies.ts";
import { fetchClientDocument, NoDocument } from "./client-document-fetch.ts";
import type { CopyStore } from "./copies.ts";
import { createGuardedFetch, type GuardedFetch, type OutboundSettings } from "./http.ts";
import { createKeySets, type KeySets } from "./key-sets.ts";

export interface ClientDocumentsSettings extends OutboundSettings {
  /** Epoch seconds. */
  now(): number;
  copies: CopyStore;
  /** True when this host may be asked once more: documents name any host, and none may be made to suffer for it. */
  mayAsk(host: string): Promise<boolean>;
}

/** CIMD §6.6: a document is small. */
const documentBytes = 5 * 1024;
/** A few keys with their certificates. Whoever publishes documents decides how many such sets an isolate holds. */
const keySetBytes = 32 * 1024;
/** A person waits in front of a browser. */
const documentTimeout = 5_000;
/** Seconds for which a copy serves again after its host failed to answer. */
const restSeconds = 60;
/** How long a crowd that asked together shares what went wrong. */
const crowdSeconds = 15;
/** Characters of documents that an isolate holds. */
const memoryLimit = 1_000_000;

export function createClientDocuments(settings: ClientDocumentsSettings): ClientDocuments {
  return new KnownDocuments(settings);
}

class KnownDocuments implements ClientDocuments {
  readonly #settings: ClientDocumentsSettings;
  readonly #memory = new BoundedMemory<DocumentCopy>(memoryLimit);
  readonly #attempts: Attempts;
  readonly #copies: DocumentCopies;
  readonly #documentFetch: GuardedFetch;
  readonly #keySets: KeySets;

  constructor(settings: ClientDocumentsSettings) {
    const { now, copies: store } = settings;
    this.#settings = settings;
    this.#attempts = new Attempts(now);
    this.#copies = documentCopies(store, settings);
    this.#documentFetch = createGuardedFetch({ timeout: documentTimeout, ...settings, maximumBytes: documentBytes });
    const keysFetch = createGuardedFetch({ ...settings, maximumBytes: keySetBytes });
    this.#keySets = createKeySets({ now, store, guardedFetch: withLimit(keysFetch, settings) });
  }

  async find(clientId: string, mayFetch: () => Promise<boolean> = async () => true): Promise<ClientDocument> {
    const refused = refuseClientAddress(clientId, this.#settings);
    if (refused !== null) {
      throw new DownstreamError("client_url_refused", {
        field: "client_id",
        seen: `${printable(clientId)} ${refused}`,
      });
    }
    const known = await this.#newestKnown(clientId);
    if (known && (known.freshUntil > this.#settings.now() || this.#attempts.underWay(clientId))) return known.document;
    try {
      return (await this.#fetched(clientId, mayFetch)).document;
    } catch (error) {
      if (!(error instanceof NoDocument)) throw error;
      return this.#inNeed(clientId, known, error);
    }
  }

  async keys(document: ClientDocument, kid: string | null): Promise<readonly Record<string, unknown>[]> {
    const { jwks, jwksUri } = document;
    if (jwks || jwksUri === null) return jwks?.keys ?? [];
    let latest: readonly Record<string, unknown>[] = [];
    try {
      return await this.#keySets.withKeys(jwksUri, async ({ keys }) => {
        latest = keys;
        if (kid === null || keys.some((key) => key.kid === kid)) return published(keys);
        throw new errors.JWKSNoMatchingKey();
      });
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return published(latest);
      throw error instanceof DownstreamError ? withoutKeys(error) : error;
    }
  }

  /** From its host, unless another request is asking there already. */
  async #fetched(clientId: string, mayFetch: () => Promise<boolean>): Promise<DocumentCopy> {
    if (!(await mayFetch())) throw new NoDocument("rate_limited");
    if (this.#attempts.underWay(clientId)) {
      await this.#attempts.settled(clientId);
      const failure = this.#attempts.failure(clientId, crowdSeconds);
      if (failure) throw failure;
      const brought = this.#memory.get(clientId, this.#settings.now());
      if (brought) return brought;
    }
    const { now, mayAsk } = this.#settings;
    const copy = await this.#attempts.make(clientId, async () => {
      if (!(await mayAsk(new URL(clientId).host))) throw new NoDocument("rate_limited");
      const { text, freshFor } = await fetchClientDocument(this.#documentFetch, clientId, now());
      const document = await readClientDocument(text, clientId, this.#settings);
      return this.#remember({ document, text, fetchedAt: now(), freshUntil: now() + freshFor });
    });
    await this.#copies.put(copy);
    return copy;
  }

  /** The last good copy, or the pinned one; it serves for a while before the host is asked again. */
  async #inNeed(clientId: string, known: DocumentCopy | null, failure: NoDocument): Promise<ClientDocument> {
    const copy = known ?? (await this.#pinned(clientId));
    if (!copy) throw failure;
    const { seen } = failure.detail;
    const document = { ...copy.document, standIn: { reason: failure.reason, ...(seen && { seen }) } };
    return this.#remember({ ...copy, document, freshUntil: this.#settings.now() + restSeconds }).document;
  }

  async #pinned(clientId: string): Promise<DocumentCopy | null> {
    const pinned = pinnedClientDocuments.find((candidate) => candidate.client_id === clientId);
    if (!pinned) return null;
    const text = JSON.stringify(pinned);
    const document = await readClientDocument(text, clientId, this.#settings);
    return { document, text, fetchedAt: this.#settings.now(), freshUntil: 0 };
  }

  async #newestKnown(clientId: string): Promise<DocumentCopy | null> {
    const held = this.#memory.get(clientId, this.#settings.now()) ?? null;
    if (held && held.freshUntil > this.#settings.now()) return held;
    const shared = await this.#copies.get(clientId);
    // Another request may have fetched while the store was read.
    const latest = this.#memory.get(clientId, this.#settings.now()) ?? null;
    if (!shared || (latest && latest.fetchedAt >= shared.fetchedAt)) return latest;
    return this.#remember(shared);
  }

  #remember(copy: DocumentCopy): DocumentCopy {
    const until = copy.fetchedAt + this.#copies.keptSeconds;
    this.#memory.set(copy.document.clientId, copy, { weight: copy.text.length, until });
    return copy;
  }
}

/** Key sets are asked for at addresses that documents name, so they count like documents. */
function withLimit(guardedFetch: GuardedFetch, { mayAsk }: ClientDocumentsSettings): GuardedFetch {
  return async (url, request) => {
    const host = URL.parse(url)?.host ?? "";
    if (await mayAsk(host)) return guardedFetch(url, request);
    throw new DownstreamError("rate_limited", { retryAfter: 60 }, true);
  };
}

function published(keys: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
  checkClientKeys(keys, "jwks_uri");
  return keys;
}

/** Told apart from a provider's failures; a document of keys that is none is its publisher's fault. */
function withoutKeys(error: DownstreamError): DownstreamError {
  if (error.reason === "rate_limited" || error.reason === "client_document_invalid") return error;
  const { seen, expected } = error.detail;
  const detail = { field: "jwks_uri", ...(expected && { expected }), ...(seen && { seen }), retryAfter: 30 };
  return new DownstreamError("client_keys_unavailable", detail, true);
}
