// Snapshots put together: one reader and one publisher per isolate that know of each other.
import { openDatabase } from "../d1/database.ts";
import { signingKeyStore } from "../d1/signing-keys.ts";
import { snapshotCopies } from "../kv/copies.ts";
import type { SnapshotReader } from "../promises/snapshot.ts";
import type { FreshKey } from "../promises/upkeep.ts";
import { type SnapshotPublisher, snapshotPublisher } from "./publisher.ts";
import { snapshotReader } from "./reader.ts";
import { snapshotSource } from "./source.ts";

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
  const { newSigningKey, background, now } = parts;
  const db = openDatabase(parts.db);
  const copies = snapshotCopies(parts.kv);
  const source = snapshotSource({ db, keys: signingKeyStore(db), newSigningKey, now });
  const publisher = snapshotPublisher({ db, source, copies, forget: (slug) => reader.forget(slug) });
  const reader = snapshotReader({ source, copies, republish: publisher.write, background, now });
  return { reader, publisher };
}
