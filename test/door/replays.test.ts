// Single use at its objects: exact among callers, durable, spread, and forgotten in time.
import { evictDurableObject, listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { isStorageFault } from "../../src/worker/oauth/storage-fault.ts";
import type { SingleUse } from "../../src/worker/store/promises/replays.ts";
import { createReplayStore, replayShards } from "../../src/worker/store/replays.ts";

const seconds = () => Math.floor(Date.now() / 1000);
const store = createReplayStore(env.REPLAYS);

function statement(changes: Partial<SingleUse> = {}): SingleUse {
  const jti = crypto.randomUUID();
  return { kind: "client-assertion", issuer: "https://app.example/client", jti, until: seconds() + 300, ...changes };
}

const objects = () =>
  Array.from({ length: replayShards }, (_, shard) => env.REPLAYS.get(env.REPLAYS.idFromName(`${shard}`)));

async function rows(): Promise<number> {
  const counts = await Promise.all(objects().map((object) => object.rows()));
  return counts.reduce((sum, count) => sum + count, 0);
}

describe("a statement is used once (P-69)", () => {
  test("of 50 uses at the same moment exactly one is the first", async () => {
    const use = statement();
    const answers = await Promise.all(Array.from({ length: 50 }, () => store.firstUse(use)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store.firstUse(use)).toBe(false);
  });

  const first = statement();
  test.each<[string, Partial<SingleUse>, boolean]>([
    ["the same statement", {}, false],
    ["with another end", { until: first.until + 60 }, false],
    ["of another kind", { kind: "identity-assertion" }, true],
    ["of another issuer", { issuer: "https://app.example/other" }, true],
    ["with an issuer and id that only together spell the same", { issuer: `${first.issuer}"`, jti: first.jti }, true],
    ["with an id that differs in case", { jti: first.jti.toUpperCase() }, true],
  ])("%s", async (_, changes, fresh) => {
    await store.firstUse(first);
    expect(await store.firstUse({ ...first, ...changes })).toBe(fresh);
  });

  test("an object that was evicted still knows", async () => {
    const use = statement();
    expect(await store.firstUse(use)).toBe(true);
    // Counting wakes all of them: only what runs can be evicted.
    await rows();
    await Promise.all(objects().map((object) => evictDurableObject(object)));
    expect(await store.firstUse(use)).toBe(false);
  });

  test("statements of one busy client are spread over the objects", async () => {
    await Promise.all(Array.from({ length: 400 }, () => store.firstUse(statement())));
    expect(await listDurableObjectIds(env.REPLAYS)).toHaveLength(replayShards);
    const counts = await Promise.all(objects().map((object) => object.rows()));
    expect(Math.max(...counts)).toBeLessThan(50);
  });

  test("however long the id, the row is as small as any", async () => {
    const use = statement({ jti: "x".repeat(5000) });
    expect(await store.firstUse(use)).toBe(true);
    const keys = await Promise.all(
      objects().map((object) =>
        runInDurableObject(object, (_, { storage }) => [
          ...storage.sql.exec<{ longest: number | null }>("SELECT max(length(key)) AS longest FROM used"),
        ]),
      ),
    );
    expect(Math.max(...keys.flat().map(({ longest }) => longest ?? 0))).toBe(43);
  });
});

describe("what is too old to matter is forgotten", () => {
  test("by the alarm, a minute after its end and not before; an empty object sleeps", async () => {
    const use = statement();
    expect(await store.firstUse(use)).toBe(true);
    const sweepAt = async (at: number) => {
      vi.useFakeTimers({ toFake: ["Date"], now: at * 1000 });
      for (const object of objects()) await runDurableObjectAlarm(object);
    };
    try {
      await sweepAt(use.until + 59);
      expect(await store.firstUse(use)).toBe(false);
      expect(await rows()).toBeGreaterThan(0);
      await sweepAt(use.until + 3600);
      expect(await rows()).toBe(0);
      expect(await Promise.all(objects().map((object) => runDurableObjectAlarm(object)))).not.toContain(true);
    } finally {
      vi.useRealTimers();
    }
  });
});

test("storage that does not answer is a fault, and never a first use", async () => {
  const namespace = new Proxy(env.REPLAYS, {
    get: (target, name) =>
      name === "get"
        ? () => ({ firstUse: () => Promise.reject(new Error("database or disk is full")) })
        : Reflect.get(target, name).bind(target),
  });
  const failed = await createReplayStore(namespace)
    .firstUse(statement())
    .catch((error: unknown) => error);
  expect(isStorageFault(failed)).toBe(true);
});
