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
  /** What `read` would answer without asking anybody; null when it would have to. */
  held(key: string): Copy<T> | null;
  /** A copy that is an hour old at most; when the provider fails, one of at most a day. Otherwise fetch's error. */
  read(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>>;
  /** Fetches whatever the copies say, and keeps what came. */
  renew(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>>;
  /**
   * A newer copy than `known`, or `known` itself when that is not older than the given seconds. Throws the error of
   * the last attempt when that failed a moment ago.
   */
  renewAtMostEvery(seconds: number, key: string, known: Copy<T>, fetchNow: () => Promise<string>): Promise<Copy<T>>;
}

const freshSeconds = 3600;
const keptSeconds = 86_400;
/** How long a stale copy is used before the failing provider is asked again. */
const restSeconds = 30;
const capacity = 500;

export interface CopyPlace {
  /** Epoch seconds. */
  now(): number;
  store: CopyStore;
  /** Lives on after the request that is running (`waitUntil`): a crowd may wait for what its first one began. */
  background?: ((work: Promise<unknown>) => void) | undefined;
}

interface CopiesParts<T> extends CopyPlace {
  kind: string;
  /** Must throw for text it cannot use. */
  parse(text: string): T;
}

/** Copies of one kind. Values are shared between requests, promises never: a promise belongs to who made it. */
export function createCopies<T>(parts: CopiesParts<T>): Copies<T> {
  return new SharedCopies(parts);
}

class SharedCopies<T> implements Copies<T> {
  readonly #parts: CopiesParts<T>;
  readonly #memory = new Map<string, Copy<T>>();
  readonly #attempts: Attempts;

  constructor(parts: CopiesParts<T>) {
    this.#parts = parts;
    this.#attempts = new Attempts(parts.now);
  }

  held(key: string): Copy<T> | null {
    const known = this.#memory.get(key);
    return known && this.#age(known) < freshSeconds ? known : null;
  }

  async read(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>> {
    const newest = await this.#newestKnown(key);
    const age = newest ? this.#age(newest) : Number.POSITIVE_INFINITY;
    if (!newest || age > keptSeconds) return this.#fetched(key, this.#attempts.rest(key), fetchNow);
    if (age < freshSeconds || this.#attempts.underWay(key)) return newest;
    try {
      return await this.#fetched(key, this.#attempts.failure(key, restSeconds), fetchNow);
    } catch (error) {
      if (isOutage(error)) return newest;
      throw error;
    }
  }

  renew(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>> {
    const renewal = this.#renewed(key, fetchNow);
    this.#parts.background?.(renewal.catch(() => undefined));
    return renewal;
  }

  async #renewed(key: string, fetchNow: () => Promise<string>): Promise<Copy<T>> {
    const { kind, now, parse, store } = this.#parts;
    const [text, copy] = await this.#attempts.make(key, async () => {
      const fetched = await fetchNow();
      return [fetched, this.#remember(key, { value: parse(fetched), fetchedAt: now() })] as const;
    });
    try {
      await store.put(await storeKey(kind, key), text, { fetchedAt: copy.fetchedAt, forSeconds: keptSeconds });
    } catch {
      // The next isolate fetches for itself.
    }
    return copy;
  }

  async renewAtMostEvery(
    seconds: number,
    key: string,
    known: Copy<T>,
    fetchNow: () => Promise<string>,
  ): Promise<Copy<T>> {
    const held = this.#memory.get(key);
    if (held && held.fetchedAt > known.fetchedAt) return held;
    const brought = this.#attempts.underWay(key) && (await this.#awaited(key));
    if (brought) return brought;
    const failure = this.#attempts.rest(key);
    if (failure) throw failure;
    return this.#age(known) < seconds ? known : this.renew(key, fetchNow);
  }

  /** From the provider, unless it failed too lately or is being asked by another request already. */
  async #fetched(key: string, failure: Error | null, fetchNow: () => Promise<string>): Promise<Copy<T>> {
    if (failure) throw failure;
    // Nothing may be awaited between looking and asking: a crowd that looks first would ask as a crowd.
    const brought = this.#attempts.underWay(key) && (await this.#awaited(key));
    return brought || this.renew(key, fetchNow);
  }

  /** What the attempt that is under way brings. */
  async #awaited(key: string): Promise<Copy<T> | null> {
    await this.#attempts.settled(key);
    const failure = this.#attempts.failure(key, restSeconds);
    if (failure) throw failure;
    return this.#memory.get(key) ?? null;
  }

  async #newestKnown(key: string): Promise<Copy<T> | undefined> {
    const known = this.#memory.get(key);
    if (known && (this.#age(known) < freshSeconds || this.#attempts.failure(key, restSeconds))) return known;
    const shared = await this.#stored(key);
    const newest = shared && (!known || shared.fetchedAt > known.fetchedAt) ? shared : known;
    // Another request may have fetched while the store was read.
    const latest = this.#memory.get(key);
    if (latest && (!newest || latest.fetchedAt >= newest.fetchedAt)) return latest;
    return newest && this.#remember(key, newest);
  }

  async #stored(key: string): Promise<Copy<T> | null> {
    const { kind, parse, store } = this.#parts;
    try {
      const found = await store.get(await storeKey(kind, key));
      return found && { value: parse(found.value), fetchedAt: found.fetchedAt };
    } catch {
      // A store that fails, or holds what this version cannot read, is a missing copy.
      return null;
    }
  }

  #remember(key: string, copy: Copy<T>): Copy<T> {
    this.#memory.delete(key);
    this.#memory.set(key, copy);
    const [oldest] = this.#memory.keys();
    if (this.#memory.size > capacity && oldest !== undefined) this.#memory.delete(oldest);
    return copy;
  }

  #age({ fetchedAt }: Copy<T>): number {
    return this.#parts.now() - fetchedAt;
  }
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
