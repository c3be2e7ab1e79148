// What an isolate may remember: values with an end, inside a fixed weight, the oldest forgotten first.

interface Kept<V> {
  value: V;
  weight: number;
  until: number;
}

/** A map that cannot grow past its weight. Times are epoch seconds and come from the caller. */
export class BoundedMemory<V> {
  readonly #kept = new Map<string, Kept<V>>();
  readonly #limit: number;
  #weight = 0;

  /** @param limit total weight, in the unit that `set` is given (bytes for text, 1 for counted entries) */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, now: number): V | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.until > now) return kept.value;
    this.forget(key);
    return undefined;
  }

  /** A value heavier than the whole memory is not kept. */
  set(key: string, value: V, { weight, until }: { weight: number; until: number }): void {
    this.forget(key);
    if (weight > this.#limit) return;
    this.#kept.set(key, { value, weight, until });
    this.#weight += weight;
    for (const oldest of this.#kept.keys()) {
      if (this.#weight <= this.#limit) break;
      this.forget(oldest);
    }
  }

  forget(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#weight -= kept.weight;
  }

  get size(): number {
    return this.#kept.size;
  }
}
