// Rows that Durable Objects write, counted where the runtime's own storage classes are called: rows are what is paid.

let cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
let others = 0;
let isWatching = false;

/** Watches the storage of every object in this isolate from the first one on. */
export function watchRows({ storage }: DurableObjectState): void {
  if (isWatching) return;
  isWatching = true;
  after(storage.sql, "exec", (cursor) => cursors.push(cursor as (typeof cursors)[number]));
  for (const name of ["put", "delete"]) after(storage.kv, name, () => others++);
  // An alarm is a row as well.
  for (const name of ["setAlarm", "put", "delete"]) after(storage, name, () => others++);
}

/** How many since the last call. */
export function takeRows(): number {
  const rows = cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, others);
  cursors = [];
  others = 0;
  return rows;
}

function after(target: object, name: string, note: (result: unknown) => void): void {
  const prototype: object = Object.getPrototypeOf(target);
  const original = Reflect.get(prototype, name) as (...given: unknown[]) => unknown;
  Object.defineProperty(prototype, name, {
    configurable: true,
    value(this: unknown, ...given: unknown[]) {
      const result = Reflect.apply(original, this, given);
      note(result);
      return result;
    },
  });
}
