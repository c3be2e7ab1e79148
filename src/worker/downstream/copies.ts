// Copies of what providers publish: isolate memory, then a shared store, then the provider; the last good one in need.
import { sha256 } from "../oauth/digest.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";

/** Where copies outlive an isolate; may be stale and may fail. Times are epoch seconds. */
export interface CopyStore {
  get(key: string): Promise<{ value: string; fetchedAt: number } | null>;
  put(key: string, value: string, kept: { fetchedAt: number; forSeconds: number }): Promise<void>;
}

export interface Copy<T> {
  value: T;
  /** Epoch seconds. */
  fetchedAt: number;
}

export interface Copies<T> {
  /** A copy that is an hour old at most; when the provider fails, one of at most a day. Otherwise fetch's error. */
  read(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>>;
  /** Fetches whatever the copies say, and keeps what came. */
  renew(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>>;
}

const freshSeconds = 3600;
const keptSeconds = 86_400;
/** How long a stale copy is used before the failing provider is asked again. */
const restSeconds = 30;
const capacity = 500;

interface Remembered<T> extends Copy<T> {
  /** Not asked again before this time, epoch seconds. */
  restUntil: number;
}

/**
 * Copies of one kind. Values are shared between requests, promises never: a promise belongs to the request that made
 * it. `parse` must throw for text it cannot use.
 */
export function createCopies<T>(parts: {
  kind: string;
  now(): number;
  store: CopyStore;
  parse(text: string): T;
}): Copies<T> {
  const { now, store, parse } = parts;
  const memory = new Map<string, Remembered<T>>();

  function remember(key: string, copy: Copy<T>, restUntil = 0): Copy<T> {
    memory.delete(key);
    memory.set(key, { ...copy, restUntil });
    const [oldest] = memory.keys();
    if (memory.size > capacity && oldest !== undefined) memory.delete(oldest);
    return copy;
  }

  async function stored(key: string): Promise<Copy<T> | null> {
    try {
      const found = await store.get(await storeKey(parts.kind, key));
      return found && { value: parse(found.value), fetchedAt: found.fetchedAt };
    } catch {
      // A store that fails, or holds what this version cannot read, is a missing copy.
      return null;
    }
  }

  async function renew(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>> {
    const text = await fetchNow();
    const fetchedAt = now();
    const copy = remember(key, { value: parse(text), fetchedAt });
    try {
      await store.put(await storeKey(parts.kind, key), text, { fetchedAt, forSeconds: keptSeconds });
    } catch {
      // The next isolate fetches for itself.
    }
    return copy;
  }

  async function read(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>> {
    const known = memory.get(key);
    if (known && (now() - known.fetchedAt < freshSeconds || now() < known.restUntil)) return known;
    const shared = await stored(key);
    const newest = shared && (!known || shared.fetchedAt > known.fetchedAt) ? shared : known;
    if (newest && now() - newest.fetchedAt < freshSeconds) return remember(key, newest);
    try {
      return await renew(key, fetchNow);
    } catch (error) {
      if (!newest || now() - newest.fetchedAt > keptSeconds || !isOutage(error)) throw error;
      return remember(key, newest, now() + restSeconds);
    }
  }

  return { read, renew };
}

/** A provider that names another issuer, or an address that may not be called, is not an outage. */
function isOutage(error: unknown): boolean {
  return (
    error instanceof DownstreamError &&
    (error.transient || error.reason === "metadata_not_found" || error.reason === "metadata_invalid")
  );
}

/** Stores limit the length of keys, and URLs are long. */
async function storeKey(kind: string, key: string): Promise<string> {
  return `${kind}:${await sha256(key)}`;
}
