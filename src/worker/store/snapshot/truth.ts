// The part of snapshots that talks to D1: loaded when no copy can answer, or when something changed.
import { openDatabase } from "../d1/database.ts";
import { signingKeyStore } from "../d1/signing-keys.ts";
import type { SnapshotCopies } from "../kv/copies.ts";
import type { FreshKey } from "../promises/upkeep.ts";
import { type SnapshotPublisher, snapshotPublisher } from "./publisher.ts";
import { type SnapshotSource, snapshotSource } from "./source.ts";

export interface TruthParts {
  db: D1Database;
  copies: SnapshotCopies;
  newSigningKey(): Promise<FreshKey>;
  /** The reader's own copy in this isolate. */
  forget(slug: string): void;
  /** Epoch seconds. */
  now(): number;
}

export function snapshotTruth(parts: TruthParts): { source: SnapshotSource; publisher: SnapshotPublisher } {
  const { copies, newSigningKey, forget, now } = parts;
  const db = openDatabase(parts.db);
  const source = snapshotSource({ db, keys: signingKeyStore(db), newSigningKey, now });
  return { source, publisher: snapshotPublisher({ db, source, copies, forget }) };
}
