// What one isolate has to say to one log: gathered in memory, delivered in the background, counted when that fails.
import type { LogEntry } from "./promises/logs.ts";

/** Successes of every day wait for so many others, or so long. */
const fullBatch = 50;
const longestWait = 2000;
/** One delivery at a time; what comes meanwhile goes with the next one, in pieces of this size. */
const mostPerDelivery = 500;
/** A log that takes nothing must not fill the isolate's memory. */
const mostWaiting = 2000;
/** A timer or delivery that was not heard of for so long ended with the request that it belonged to. */
const timerForgotten = 3 * longestWait;
const deliveryForgotten = 15_000;
/** Work lives on for 30 seconds after a response; nobody delivers for others longer than this. */
const longestDuty = 10_000;

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
  #urgent = false;
  #lost = 0;
  #timerSince: number | null = null;
  #deliveringSince: number | null = null;

  constructor(parts: GatheringParts) {
    this.#parts = parts;
  }

  /** @param urgent false for a success of every day, which may wait */
  add(entry: LogEntry, urgent: boolean): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(entry);
    this.#urgent ||= urgent;
    if (this.#isDue()) {
      if (!this.#isDelivering()) this.#parts.background(this.#deliverNow(this.#parts.now()));
    } else if (!this.#isTimed()) {
      this.#parts.background(this.#deliverLater(this.#parts.now()));
    }
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#lost === 0 && this.#deliveringSince === null;
  }

  #isDue(): boolean {
    return this.#urgent || this.#waiting.length >= fullBatch;
  }

  #isTimed(): boolean {
    return this.#timerSince !== null && this.#parts.now() - this.#timerSince < timerForgotten;
  }

  #isDelivering(): boolean {
    return this.#deliveringSince !== null && this.#parts.now() - this.#deliveringSince < deliveryForgotten;
  }

  /** At once, and yet along with what the same request says in the same breath: two steps are often done by one answer. */
  async #deliverNow(began: number): Promise<void> {
    this.#deliveringSince = began;
    if (this.#waiting.length < fullBatch) await Promise.resolve();
    await this.#deliver(began);
  }

  /** @param began when the request that this belongs to took on to deliver */
  async #deliverLater(began: number): Promise<void> {
    this.#timerSince = this.#parts.now();
    await new Promise((resolve) => setTimeout(resolve, longestWait));
    this.#timerSince = null;
    this.#urgent ||= this.#waiting.length > 0;
    if (this.#isDue() && !this.#isDelivering()) await this.#deliver(began);
  }

  async #deliver(began: number): Promise<void> {
    const onDuty = () => this.#parts.now() - began < longestDuty;
    this.#deliveringSince = this.#parts.now();
    try {
      do await this.#deliverOnce();
      while (this.#isDue() && onDuty());
      // The end of the duty: what is left goes now, because nobody may come who would take it along.
      this.#urgent ||= this.#waiting.length > 0 && !onDuty();
      if (this.#isDue()) await this.#deliverOnce();
    } finally {
      this.#deliveringSince = null;
    }
    // Calls that came meanwhile and may wait have no timer yet.
    if (this.#waiting.length > 0 && !this.#isTimed()) await this.#deliverLater(began);
  }

  async #deliverOnce(): Promise<void> {
    // Whole batches: what is left over waits for others, unless something in it is urgent.
    const whole = this.#waiting.length - (this.#waiting.length % fullBatch);
    const entries = this.#waiting.splice(0, Math.min(mostPerDelivery, this.#urgent ? this.#waiting.length : whole));
    const lost = this.#lost;
    this.#urgent = this.#waiting.length > 0 && this.#urgent;
    this.#lost = 0;
    try {
      await this.#parts.deliver(entries, lost);
    } catch {
      this.#lost += lost + entries.length;
    }
  }
}
