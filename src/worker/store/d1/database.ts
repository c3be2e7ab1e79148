// The typed door to D1, and the few things that every table's store needs.
import { count, type SQL } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { PageRequest } from "../../../contract/management/page.ts";

export type Database = DrizzleD1Database;

export function openDatabase(binding: D1Database): Database {
  return drizzle(binding);
}

export function offsetOf(page: PageRequest): number {
  return (page.page - 1) * page.pageSize;
}

/** How many rows there are, as a statement that can travel in a batch. */
export function counting(db: Database, table: SQLiteTable, where: SQL | undefined) {
  return db.select({ total: count() }).from(table).where(where);
}

/** Whether a statement failed because of this constraint, as SQLite names it. */
export function violates(error: unknown, constraint: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    // The outermost message repeats the statement with its values, so only what the database said counts.
    if (!(cause.cause instanceof Error) && cause.message.includes(constraint)) return true;
  }
  return false;
}

/** What the database said, fit for a log: drizzle's own message repeats the statement's values. */
export function describeFault(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  return innermost instanceof Error ? `${innermost.name}: ${innermost.message}` : "unknown fault";
}
