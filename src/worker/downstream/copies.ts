// Copies of what providers publish: isolate memory, then a shared store, then the provider; the last good one in need.
import { sha256 } from "../oauth/digest.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { Attempts } from "./attempts.ts";

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
  /**
   * A newer copy than `known`, or `known` itself when that is not older than the given seconds. Throws the error of
   * the last attempt when that failed within these seconds.
   */
  renewAtMostEvery(seconds: number, key: string, known: Copy<T>, fetchNow: () => Promise<string>): Promise<Copy<T>>;
}

const freshSeconds = 3600;
const keptSeconds = 86_400;
/** How long a stale copy is used before the failing provider is asked again. */
const restSeconds = 30;
const capacity = 500;

/**
 * Copies of one kind. Values are shared between requests, promises never: a promise belongs to the request that made
 * it. `parse` must throw for text it cannot use. A provider that just failed is not asked again for `restAfterFailure`
 * seconds by those who have no copy.
 */
export function createCopies<T>(parts: {
  kind: string;
  now(): number;
  store: CopyStore;
  parse(text: string): T;
  restAfterFailure?: number;
}): Copies<T> {
  const { now, store, parse, restAfterFailure = 0 } = parts;
  const memory = new Map<string, Copy<T>>();
  const attempts = new Attempts(now);

  function remember(key: string, copy: Copy<T>): Copy<T> {
    memory.delete(key);
    memory.set(key, copy);
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
    const [text, copy] = await attempts.make(key, async () => {
      const fetched = await fetchNow();
      return [fetched, remember(key, { value: parse(fetched), fetchedAt: now() })] as const;
    });
    try {
      const kept = { fetchedAt: copy.fetchedAt, forSeconds: keptSeconds };
      await store.put(await storeKey(parts.kind, key), text, kept);
    } catch {
      // The next isolate fetches for itself.
    }
    return copy;
  }

  /** What another request's attempt brought, if there is one under way. */
  async function awaited(key: string): Promise<Copy<T> | null> {
    if (!attempts.underWay(key)) return null;
    await attempts.settled(key);
    const failure = attempts.failure(key, restSeconds);
    if (failure) throw failure;
    return memory.get(key) ?? null;
  }

  async function newestKnown(key: string): Promise<Copy<T> | undefined> {
    const known = memory.get(key);
    if (known && now() - known.fetchedAt < freshSeconds) return known;
    if (known && attempts.failure(key, restSeconds)) return known;
    const shared = await stored(key);
    const newest = shared && (!known || shared.fetchedAt > known.fetchedAt) ? shared : known;
    // Another request may have fetched while the store was read.
    const latest = memory.get(key);
    if (latest && (!newest || latest.fetchedAt >= newest.fetchedAt)) return latest;
    return newest && remember(key, newest);
  }

  /** From the provider, unless it failed within these seconds or is being asked by another request already. */
  async function fetched(key: string, rest: number, fetchNow: () => Promise<string>): Promise<Copy<T>> {
    const failure = attempts.failure(key, rest);
    if (failure) throw failure;
    return (await awaited(key)) ?? renew(key, fetchNow);
  }

  async function read(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>> {
    const newest = await newestKnown(key);
    if (!newest || now() - newest.fetchedAt > keptSeconds) return fetched(key, restAfterFailure, fetchNow);
    if (now() - newest.fetchedAt < freshSeconds || attempts.underWay(key)) return newest;
    try {
      return await fetched(key, restSeconds, fetchNow);
    } catch (error) {
      if (isOutage(error)) return newest;
      throw error;
    }
  }

  return {
    read,
    renew,
    async renewAtMostEvery(seconds, key, known, fetchNow) {
      const held = memory.get(key);
      if (held && held.fetchedAt > known.fetchedAt) return held;
      const brought = await awaited(key);
      if (brought) return brought;
      const failure = attempts.failure(key, seconds);
      if (failure) throw failure;
      return now() - known.fetchedAt < seconds ? known : renew(key, fetchNow);
    },
  };
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
