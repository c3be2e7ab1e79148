// What one isolate remembers of servers: values and their ages, bounded, never a promise of another request.
import type { ServerSnapshot } from "../promises/snapshot.ts";

export interface Remembered {
  /** Null: there was no such server. */
  snapshot: ServerSnapshot | null;
  /** Epoch seconds. */
  readAt: number;
  /** Read from D1 itself, not from a copy. */
  fromTruth: boolean;
  /** When a refresh in the background was last begun. */
  refreshedAt: number;
}

const maxServers = 2000;
const maxEndedPerServer = 500;
/** No access token lives longer than a day. */
const endedFor = 86_400;

export class SnapshotMemory {
  readonly #servers = new Map<string, Remembered>();
  /** Apart, so that guessed slugs do not push out the servers. */
  readonly #unknown = new Map<string, Remembered>();
  /** Slug → grant id → when it was noted. */
  readonly #ended = new Map<string, Map<string, number>>();
  /** Slugs changed from here whose next read must not come from a copy. */
  readonly #changed = new Set<string>();

  get(slug: string): Remembered | undefined {
    return this.#servers.get(slug) ?? this.#unknown.get(slug);
  }

  mustReadTruth(slug: string): boolean {
    return this.#changed.has(slug);
  }

  /** Keeps what was read, with the ended grants noted here; what is newer already is not replaced by an older copy. */
  keep(slug: string, read: ServerSnapshot | null, fromTruth: boolean, now: number): Remembered {
    const before = this.#servers.get(slug);
    const outdated =
      !fromTruth && read !== null && before?.snapshot?.id === read.id && before.snapshot.revision > read.revision;
    const snapshot = outdated ? before.snapshot : read;
    const kept = { snapshot: snapshot && this.#withEnded(snapshot, now), readAt: now, fromTruth, refreshedAt: 0 };
    this.#drop(slug);
    (snapshot ? this.#servers : this.#unknown).set(slug, kept);
    if (fromTruth) this.#changed.delete(slug);
    dropOldest(this.#servers, maxServers);
    dropOldest(this.#unknown, maxServers);
    return kept;
  }

  forget(slug: string): void {
    this.#drop(slug);
    this.#changed.add(slug);
    dropOldest(this.#changed, maxServers);
  }

  noteEnded(slug: string, grantId: string, now: number): void {
    const noted = this.#ended.get(slug) ?? new Map<string, number>();
    noted.set(grantId, now);
    dropOldest(noted, maxEndedPerServer);
    this.#ended.set(slug, noted);
    dropOldest(this.#ended, maxServers);
    const remembered = this.#servers.get(slug);
    if (remembered?.snapshot) remembered.snapshot = this.#withEnded(remembered.snapshot, now);
  }

  #drop(slug: string): void {
    this.#servers.delete(slug);
    this.#unknown.delete(slug);
  }

  #withEnded(snapshot: ServerSnapshot, now: number): ServerSnapshot {
    const noted = this.#ended.get(snapshot.slug);
    if (!noted) return snapshot;
    const published = new Set(snapshot.endedGrants);
    for (const [grantId, at] of noted) {
      if (now - at > endedFor) noted.delete(grantId);
    }
    const missing = [...noted.keys()].filter((grantId) => !published.has(grantId));
    return missing.length === 0 ? snapshot : { ...snapshot, endedGrants: [...snapshot.endedGrants, ...missing] };
  }
}

/** Maps and sets list their members in the order in which they were added. */
function dropOldest<K>(members: { size: number; keys(): Iterator<K>; delete(key: K): boolean }, limit: number): void {
  while (members.size > limit) {
    const oldest = members.keys().next();
    if (oldest.done) return;
    members.delete(oldest.value);
  }
}
