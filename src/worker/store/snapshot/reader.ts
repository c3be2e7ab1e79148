// Reads snapshots for the data plane: isolate memory, then the copy in KV, then D1.
import { isSlug } from "../../../contract/ids.ts";
import { WireError } from "../../oauth/errors.ts";
import type { SnapshotCopies } from "../kv/copies.ts";
import type { ServerSnapshot, SnapshotReader } from "../promises/snapshot.ts";
import { type Remembered, SnapshotMemory } from "./memory.ts";
import type { SnapshotSource } from "./source.ts";

export interface SnapshotReaderParts {
  source: SnapshotSource;
  copies: SnapshotCopies;
  /** Writes a copy that was missing. */
  republish(slug: string): Promise<unknown>;
  /** Lives on after the response of the request that is being served (`waitUntil`). */
  background(work: Promise<unknown>): void;
  /** Epoch seconds. */
  now(): number;
}

/** Seconds: served as it is; served while a new one is fetched; served only because nothing else answers. */
const fresh = 10;
const usable = 30;
const lastResort = 600;
/** One request begins a refresh; the others of the next seconds go on with the copy they have. */
const refreshPause = 5;

export function snapshotReader({ source, copies, republish, background, now }: SnapshotReaderParts): SnapshotReader {
  const memory = new SnapshotMemory();

  return {
    fresh(slug) {
      const remembered = memory.get(slug);
      return remembered && now() - remembered.readAt <= fresh ? remembered.snapshot : null;
    },
    async bySlug(slug, least) {
      if (!isSlug(slug)) return null;
      const remembered = memory.get(slug);
      const found = await current(slug, remembered);
      if (!least || !found.snapshot || found.snapshot.epoch >= least.epoch) return found.snapshot;
      // D1 was just asked: a demand that it could not meet is not repeated with every request.
      if (found.fromTruth && now() - found.readAt <= fresh) return found.snapshot;
      return (await fromTruth(slug, found)).snapshot;
    },
    forget: (slug) => memory.forget(slug),
    noteEnded: (slug, grantId) => memory.noteEnded(slug, grantId, now()),
  };

  async function current(slug: string, remembered: Remembered | undefined): Promise<Remembered> {
    const age = remembered ? now() - remembered.readAt : Number.POSITIVE_INFINITY;
    if (remembered && age <= fresh) return remembered;
    if (remembered?.snapshot && age <= usable) {
      if (now() - remembered.refreshedAt >= refreshPause) {
        remembered.refreshedAt = now();
        background(fetched(slug).catch(() => undefined));
      }
      return remembered;
    }
    try {
      return await fetched(slug);
    } catch {
      if (remembered?.snapshot && age <= lastResort) return remembered;
      throw new WireError(503, "temporarily_unavailable", "storage_unavailable", { retryAfter: 5 });
    }
  }

  async function fetched(slug: string): Promise<Remembered> {
    if (memory.mustReadTruth(slug)) return memory.keep(slug, await source.load(slug), true, now());
    const copy = await copies.get(slug).catch((): ServerSnapshot | null => null);
    if (copy) return memory.keep(slug, copy, false, now());
    const snapshot = await source.load(slug);
    if (snapshot) background(republish(slug));
    return memory.keep(slug, snapshot, true, now());
  }

  async function fromTruth(slug: string, otherwise: Remembered): Promise<Remembered> {
    try {
      return memory.keep(slug, await source.load(slug), true, now());
    } catch {
      return otherwise;
    }
  }
}
