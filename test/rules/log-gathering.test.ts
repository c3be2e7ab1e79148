// What an isolate gathers for a log: calls wait for each other, refusals do not, one delivery at a time, losses counted.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Gathering } from "../../src/worker/store/log-gathering.ts";
import type { LogEntry } from "../../src/worker/store/promises/logs.ts";

const call: LogEntry = { at: 0, event: "mcp_call", outcome: "ok", requestId: "r" };

/** A log whose answers the test decides; `sizes` are the deliveries it was sent. */
function log() {
  const sizes: number[] = [];
  const losses: number[] = [];
  const answers: { resolve(): void; reject(error: Error): void }[] = [];
  const background: Promise<unknown>[] = [];
  const gathering = new Gathering({
    now: Date.now,
    background: (work) => void background.push(work),
    deliver: (entries, lost) => {
      sizes.push(entries.length);
      losses.push(lost);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
  });
  const settle = async (how: "resolve" | "reject" = "resolve") => {
    answers.shift()?.[how](new Error("away"));
    await vi.advanceTimersByTimeAsync(0);
  };
  const add = (count: number, urgent = false) => {
    for (let number = 0; number < count; number++) gathering.add(call, urgent);
  };
  return { gathering, sizes, losses, background, settle, add };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("gathering", () => {
  test("fifty calls go at once, fewer after two seconds, with one promise for all of them", async () => {
    const { sizes, add, settle, background } = log();
    add(49);
    expect([sizes, background.length]).toEqual([[], 1]);
    add(1);
    expect(sizes).toEqual([50]);
    await settle();
    add(3);
    await vi.advanceTimersByTimeAsync(1999);
    expect(sizes).toEqual([50]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sizes).toEqual([50, 3]);
  });

  test("a refusal goes at once and takes along what waits, in order", async () => {
    const { sizes, add } = log();
    add(7);
    add(1, true);
    await Promise.resolve();
    expect(sizes).toEqual([8]);
  });

  test("two steps that one answer takes are one delivery, without a timer", async () => {
    const { sizes, add } = log();
    add(1, true);
    add(1, true);
    await Promise.resolve();
    expect(sizes).toEqual([2]);
  });

  test("while one delivery is under way nothing else is sent; then whole batches, and the rest two seconds later", async () => {
    const { sizes, add, settle } = log();
    add(50);
    add(120);
    expect(sizes).toEqual([50]);
    await settle();
    expect(sizes).toEqual([50, 100]);
    await settle();
    await vi.advanceTimersByTimeAsync(2000);
    expect(sizes).toEqual([50, 100, 20]);
  });

  test("a storm of refusals becomes few deliveries", async () => {
    const { sizes, add, settle } = log();
    add(1, true);
    await Promise.resolve();
    add(400, true);
    await settle();
    expect(sizes).toEqual([1, 400]);
  });

  test("what a log did not take is counted and told with the next delivery", async () => {
    const { losses, add, settle } = log();
    for (const [count, how] of [
      [1, "reject"],
      [2, "reject"],
      [1, "resolve"],
    ] as const) {
      add(count, true);
      await Promise.resolve();
      await settle(how);
    }
    expect(losses).toEqual([0, 1, 3]);
  });

  test("a log that takes nothing does not fill the isolate's memory", async () => {
    const { gathering, sizes, losses, add, settle } = log();
    add(3000, true);
    await Promise.resolve();
    for (let round = 0; round < 6; round++) await settle();
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2000);
    expect(Math.max(...losses)).toBe(1000);
    expect(gathering.isIdle).toBe(true);
  });

  test("a request that ended in the middle of its delivery does not silence the log", async () => {
    const { sizes, add } = log();
    add(1, true);
    await vi.advanceTimersByTimeAsync(16_000);
    add(1, true);
    await Promise.resolve();
    expect(sizes).toEqual([1, 1]);
  });

  test("no request delivers for others for longer than its platform lets it live", async () => {
    const { sizes, add, settle, background } = log();
    let ended = false;
    add(1);
    void background[0]?.then(() => {
      ended = true;
    });
    for (let second = 0; second < 20 && !ended; second++) {
      await vi.advanceTimersByTimeAsync(1000);
      add(1);
      await settle();
    }
    expect(ended).toBe(true);
    expect(sizes.length).toBeLessThan(16);
  });
});
