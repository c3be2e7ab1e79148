// Snapshots put together: one reader and one publisher per isolate that know of each other.
import { onDemand } from "../../oauth/on-demand.ts";
import { snapshotCopies } from "../kv/copies.ts";
import type { SnapshotReader } from "../promises/snapshot.ts";
import type { FreshKey } from "../promises/upkeep.ts";
import type { SnapshotPublisher } from "./publisher.ts";
import { snapshotReader } from "./reader.ts";

export interface SnapshotParts {
  db: D1Database;
  kv: KVNamespace;
  newSigningKey(): Promise<FreshKey>;
  /** Lives on after the response of the request that is being served (`waitUntil`). */
  background(work: Promise<unknown>): void;
  /** Epoch seconds. */
  now(): number;
}

export function createSnapshots(parts: SnapshotParts): { reader: SnapshotReader; publisher: SnapshotPublisher } {
  const { db, newSigningKey, background, now } = parts;
  const copies = snapshotCopies(parts.kv);
  const truth = onDemand(async () => {
    const { snapshotTruth } = await import("./truth.ts");
    return snapshotTruth({ db, copies, newSigningKey, forget: (slug) => reader.forget(slug), now });
  });
  const publisher: SnapshotPublisher = {
    publish: async (slugs) => (await truth()).publisher.publish(slugs),
    write: async (slug) => (await truth()).publisher.write(slug),
  };
  const source = { load: async (slug: string) => (await truth()).source.load(slug) };
  const reader = snapshotReader({ source, copies, republish: publisher.write, background, now });
  return { reader, publisher };
}
