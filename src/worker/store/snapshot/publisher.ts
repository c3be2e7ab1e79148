// Publishes snapshots to KV after a change in D1; what fails here is left for the scheduled repair.
import { eq, sql } from "drizzle-orm";
import type { Database } from "../d1/database.ts";
import { retiredSlugs, servers } from "../d1/schema.ts";
import type { SnapshotCopies } from "../kv/copies.ts";
import type { SnapshotSource } from "./source.ts";

export interface SnapshotPublisher {
  /**
   * After a change: this isolate forgets its copies, and the first servers are written at once; the rest, and those
   * whose write fails, stay marked in D1. Never throws.
   */
  publish(slugs: string[]): Promise<void>;
  /** Writes one server's copy as D1 has it now; false when that failed. Never throws. */
  write(slug: string): Promise<boolean>;
}

export interface SnapshotPublisherParts {
  db: Database;
  source: SnapshotSource;
  copies: SnapshotCopies;
  /** The reader's own copy in this isolate. */
  forget(slug: string): void;
}

/** A request writes so many copies; a profile with more servers than this is finished by the repair. */
const atOnce = 25;
const attempts = 3;

export function snapshotPublisher({ db, source, copies, forget }: SnapshotPublisherParts): SnapshotPublisher {
  return { publish, write };

  async function publish(slugs: string[]): Promise<void> {
    for (const slug of slugs) forget(slug);
    await Promise.all(slugs.slice(0, atOnce).map(write));
  }

  async function write(slug: string): Promise<boolean> {
    try {
      for (let attempt = 0; attempt < attempts; attempt++) {
        if (await writeOnce(slug)) return true;
      }
      return false;
    } catch {
      await leaveToRepair(slug);
      return false;
    }
  }

  /** False when a newer change was made meanwhile: its copy may have been overwritten by this one. */
  async function writeOnce(slug: string): Promise<boolean> {
    const snapshot = await source.load(slug);
    if (!snapshot) {
      await copies.remove(slug);
      await db.update(retiredSlugs).set({ cleared: true }).where(eq(retiredSlugs.slug, slug));
      return true;
    }
    await copies.put(snapshot);
    const { revision } = snapshot;
    const [written] = await db
      .update(servers)
      .set({ publishedRevision: sql`CASE WHEN ${servers.revision} = ${revision} THEN ${revision} ELSE 0 END` })
      .where(eq(servers.id, snapshot.id))
      .returning({ publishedRevision: servers.publishedRevision });
    return written?.publishedRevision === revision;
  }

  async function leaveToRepair(slug: string): Promise<void> {
    try {
      await db.update(servers).set({ publishedRevision: 0 }).where(eq(servers.slug, slug));
    } catch {
      // D1 is away as well; the change itself left the revisions apart, and that is what the repair looks for.
    }
  }
}
