// Good documents of clients in the shared store: for other isolates, and for when the host is away.
import * as z from "zod";
import { type ClientDocument, readClientDocument } from "../oauth/client-document.ts";
import { sha256 } from "../oauth/digest.ts";
import type { OutboundRules } from "../oauth/outbound-url.ts";
import type { CopyStore } from "./copies.ts";

/** Times are epoch seconds. */
export interface DocumentCopy {
  document: ClientDocument;
  text: string;
  fetchedAt: number;
  freshUntil: number;
}

export interface DocumentCopies {
  /** Seconds for which a copy may serve while its host is away. */
  keptSeconds: number;
  /** Null when there is none that this version accepts, and when the store does not answer. */
  get(clientId: string): Promise<DocumentCopy | null>;
  /** Never throws: the next isolate then fetches for itself. */
  put(copy: DocumentCopy): Promise<void>;
}

const keptSeconds = 7 * 86_400;
const kept = z.object({ text: z.string(), freshUntil: z.number() });

export function documentCopies(store: CopyStore, settings: OutboundRules & { now(): number }): DocumentCopies {
  // Stores limit the length of keys, and URLs are long.
  const keyOf = async (clientId: string) => `client-document:${await sha256(clientId)}`;
  return {
    keptSeconds,
    async get(clientId) {
      try {
        const found = await store.get(await keyOf(clientId));
        if (!found || found.fetchedAt + keptSeconds <= settings.now()) return null;
        const { text, freshUntil } = kept.parse(JSON.parse(found.value));
        const document = await readClientDocument(text, clientId, settings);
        return { document, text, fetchedAt: found.fetchedAt, freshUntil };
      } catch {
        return null;
      }
    },
    async put({ document, text, fetchedAt, freshUntil }) {
      try {
        const value = JSON.stringify({ text, freshUntil });
        await store.put(await keyOf(document.clientId), value, { fetchedAt, forSeconds: keptSeconds });
      } catch {
        // Said above.
      }
    },
  };
}
