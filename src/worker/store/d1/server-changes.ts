// A change of something else that servers' snapshots carry: it raises their revisions in the same transaction.
import { type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { AuditEntry } from "../promises/operators.ts";
import type { Database } from "./database.ts";
import { auditing } from "./organizations.ts";
import { servers } from "./schema.ts";

/** Raises these servers' revision, makes the change and tells the trail, in one transaction. Returns their slugs. */
export async function change(
  db: Database,
  affected: SQL,
  statements: BatchItem<"sqlite">[],
  entry: AuditEntry,
): Promise<string[]> {
  const [raised] = await db.batch([raising(db, affected), ...statements, auditing(db, entry)]);
  return raised.map((server) => server.slug);
}

export function raising(db: Database, affected: SQL) {
  return db
    .update(servers)
    .set({ revision: sql`${servers.revision} + 1` })
    .where(affected)
    .returning({ slug: servers.slug });
}
