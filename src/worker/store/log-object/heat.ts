// When a log is written to more than one object can take, and for how long it is then spread over several.
import { mostShards } from "./deps.ts";

/** An object takes a few hundred writes a second; a log turns hot well before that. */
export const hotWrites = 100;
const hour = 3_600_000;
const stateKey = "hot-at";

/** Kept by the first object of a log: it decides, and every answer to a writer carries what it decided. */
export class Heat {
  readonly #storage: DurableObjectStorage;
  readonly #keepAge: number;
  #second = 0;
  #writes = 0;
  #hotAt: number | null;

  constructor(storage: DurableObjectStorage, keepAge: number) {
    this.#storage = storage;
    this.#keepAge = keepAge;
    this.#hotAt = storage.kv.get<number>(stateKey) ?? null;
  }

  /** Counts one write. */
  note(now: number): void {
    const second = Math.floor(now / 1000);
    this.#writes = second === this.#second ? this.#writes + 1 : 1;
    this.#second = second;
    if (this.#writes < hotWrites) return;
    // Remembered to the minute: a hot log must not pay a second write for each.
    if (this.#hotAt !== null && now - this.#hotAt < 60_000) return;
    this.#hotAt = now;
    this.#storage.kv.put(stateKey, now);
  }

  /** Objects that a writer spreads its calls over: several for an hour after the log was last hot. */
  forWriters(now: number): number {
    return this.#hotAt !== null && now - this.#hotAt <= hour ? mostShards : 1;
  }

  /** Objects that a reader must ask: as long as lines written to them may be kept. Writers remember for a minute. */
  forReaders(now: number): number {
    return this.#hotAt !== null && now - this.#hotAt <= 2 * hour + this.#keepAge ? mostShards : 1;
  }
}
