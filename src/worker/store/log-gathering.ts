// What one isolate has to say to one log: gathered in memory, delivered in the background, counted when that fails.
import type { LogEntry } from "./promises/logs.ts";

/** Successful calls wait for so many others, or so long. */
const fullBatch = 50;
const longestWait = 1000;
/** One delivery at a time; what comes meanwhile goes with the next one, in pieces of this size. */
const mostPerDelivery = 500;
/** A log that takes nothing must not fill the isolate's memory. */
const mostWaiting = 2000;
/** A delivery or timer that was not heard of for so long ended with the request that it belonged to. */
const forgottenAfter = 15_000;

export interface GatheringParts {
  /** Epoch milliseconds. */
  now(): number;
  /** Lives on after the response of the request that is running (`waitUntil`). */
  background(work: Promise<unknown>): void;
  /** Throws when the log did not take it. */
  deliver(entries: LogEntry[], lost: number): Promise<void>;
}

/**
 * Plain data is shared between requests, promises never: each delivery belongs to the request that began it, and takes
 * along what others have left.
 */
export class Gathering {
  readonly #parts: GatheringParts;
  #waiting: LogEntry[] = [];
  #lost = 0;
  #timerSince: number | null = null;
  #deliveringSince: number | null = null;

  constructor(parts: GatheringParts) {
    this.#parts = parts;
  }

  /** @param urgent false for a successful call, which may wait */
  add(entry: LogEntry, urgent: boolean): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(entry);
    if (urgent || this.#waiting.length >= fullBatch) {
      if (!this.#isUnderWay(this.#deliveringSince)) this.#parts.background(this.#deliver());
    } else if (!this.#isUnderWay(this.#timerSince)) {
      this.#timerSince = this.#parts.now();
      this.#parts.background(this.#deliverLater());
    }
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#lost === 0 && this.#deliveringSince === null;
  }

  #isUnderWay(since: number | null): boolean {
    return since !== null && this.#parts.now() - since < forgottenAfter;
  }

  async #deliverLater(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, longestWait));
    this.#timerSince = null;
    if (this.#waiting.length > 0 && !this.#isUnderWay(this.#deliveringSince)) await this.#deliver();
  }

  async #deliver(): Promise<void> {
    const began = this.#parts.now();
    this.#deliveringSince = began;
    try {
      // The request that delivers has its own end to look to: others go on with what is left.
      while (this.#waiting.length > 0 && this.#parts.now() - began < forgottenAfter) await this.#deliverOnce();
    } finally {
      this.#deliveringSince = null;
    }
  }

  async #deliverOnce(): Promise<void> {
    const entries = this.#waiting.splice(0, mostPerDelivery);
    const lost = this.#lost;
    this.#lost = 0;
    try {
      await this.#parts.deliver(entries, lost);
    } catch {
      this.#lost += lost + entries.length;
    }
  }
}
