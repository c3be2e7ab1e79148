// Who is asking a provider right now, and who failed lately: so that a crowd of requests is one question.

interface Attempt {
  /** Epoch seconds. */
  startedAt: number;
  outcome: "under way" | "done" | { error: unknown; at: number };
  /** Failed attempts in a row before this one. */
  failedBefore: number;
}

/** A request that was cut off never tells how its attempt ended; after so many seconds it is nobody's. */
const givenUpAfter = 15;
const pauseMilliseconds = 25;
const pauses = 400;
const capacity = 500;
/** Seconds that a provider is left alone after it failed once, twice and more often: a crowd must not keep it down. */
const rests = [2, 4, 8];

/** Attempts by key. Waiting looks at shared values again and again: a promise belongs to the request that made it. */
export class Attempts {
  readonly #attempts = new Map<string, Attempt>();
  readonly #now: () => number;

  /** @param now epoch seconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  async make<T>(key: string, attempt: () => Promise<T>): Promise<T> {
    const made: Attempt = { startedAt: this.#now(), outcome: "under way", failedBefore: this.#failures(key) };
    this.#attempts.delete(key);
    this.#attempts.set(key, made);
    const [oldest] = this.#attempts.keys();
    if (this.#attempts.size > capacity && oldest !== undefined) this.#attempts.delete(oldest);
    try {
      const result = await attempt();
      made.outcome = "done";
      return result;
    } catch (error) {
      made.outcome = { error, at: this.#now() };
      throw error;
    }
  }

  underWay(key: string): boolean {
    const attempt = this.#attempts.get(key);
    return attempt?.outcome === "under way" && this.#now() - attempt.startedAt < givenUpAfter;
  }

  /** Resolves when no attempt is under way, or after ten seconds. */
  async settled(key: string): Promise<void> {
    for (let pause = 0; pause < pauses && this.underWay(key); pause++) {
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  }

  /** The error of the last attempt if it failed within these seconds; otherwise null. */
  failure(key: string, seconds: number): Error | null {
    const outcome = this.#attempts.get(key)?.outcome;
    if (outcome === undefined || typeof outcome === "string" || this.#now() - outcome.at >= seconds) return null;
    const { error } = outcome;
    return error instanceof Error ? error : new Error("the attempt failed");
  }

  /** The same while it is too early to ask again: a failure of a moment is over within seconds. */
  rest(key: string): Error | null {
    return this.failure(key, rests[Math.min(this.#failures(key), rests.length) - 1] ?? 0);
  }

  /** In a row, until now. */
  #failures(key: string): number {
    const attempt = this.#attempts.get(key);
    if (attempt === undefined || attempt.outcome === "done") return 0;
    return attempt.failedBefore + (attempt.outcome === "under way" ? 0 : 1);
  }
}
