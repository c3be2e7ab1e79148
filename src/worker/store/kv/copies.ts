// Copies of server snapshots in KV: up to a minute stale, never the truth.
import { type ServerSnapshot, snapshotVersion } from "../promises/snapshot.ts";

export interface SnapshotCopies {
  /** The copy, or null when there is none that this version can read. Throws when KV cannot answer. */
  get(slug: string): Promise<ServerSnapshot | null>;
  put(snapshot: ServerSnapshot): Promise<void>;
  remove(slug: string): Promise<void>;
}

/** Seconds that an edge may answer from its own cache; KV allows no less. */
const cacheTtl = 30;

export function snapshotCopies(kv: KVNamespace): SnapshotCopies {
  const key = (slug: string) => `server:${slug}`;
  return {
    async get(slug) {
      const copy = await kv.get<ServerSnapshot>(key(slug), { type: "json", cacheTtl });
      return copy?.v === snapshotVersion ? copy : null;
    },
    async put(snapshot) {
      await kv.put(key(snapshot.slug), JSON.stringify(snapshot));
    },
    async remove(slug) {
      await kv.delete(key(slug));
    },
  };
}
