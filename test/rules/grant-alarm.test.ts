// The alarm of a grant's object: whatever happens in whatever order, it rings at the grant's end or before, never after.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endsAt, type GrantRecord, GrantRecords } from "../../src/worker/store/grant-object/record.ts";
import { redeemed, start } from "./authorization-record.ts";

/** Storage that remembers the record and its alarm (epoch seconds), and counts how often that was set. */
function storage() {
  const kept = { record: null as GrantRecord | null, alarm: null as number | null, set: 0 };
  const parts = {
    kv: {
      get: () => kept.record ?? undefined,
      put: (_: string, record: GrantRecord) => {
        kept.record = record;
      },
    },
    setAlarm: async (time: number) => {
      kept.alarm = time / 1000;
      kept.set += 1;
    },
  };
  return { kept, storage: parts as unknown as ConstructorParameters<typeof GrantRecords>[0] };
}

const used = (record: GrantRecord, now: number, idle: number): GrantRecord => {
  const authorization = record.authorization!;
  return {
    ...record,
    authorization: { ...authorization, lastUsedAt: now, lifetimes: { ...authorization.lifetimes, idle } },
  };
};

const day = 86_400;
const steps = fc.array(
  fc.record({ pause: fc.integer({ min: 0, max: day }), idle: fc.constantFrom(3600, day, 30 * day) }),
  { minLength: 1, maxLength: 60 },
);

describe("the alarm", () => {
  test("never comes after the end, and one that came early is followed by another", () => {
    fc.assert(
      fc.property(steps, (uses) => {
        let now = start;
        const { kept, storage: parts } = storage();
        const records = new GrantRecords(parts, () => now);
        records.save(redeemed());
        for (const { pause, idle } of uses) {
          now += pause;
          // What the platform does: the alarm is gone once it rings, and the object wakes.
          if (kept.alarm !== null && kept.alarm <= now && kept.record) {
            if (now >= endsAt(kept.record)) return;
            kept.alarm = null;
            records.saveAwake(kept.record);
          }
          if (kept.record) records.save(used(kept.record, now, idle));
          expect(kept.alarm).not.toBeNull();
          expect(kept.alarm).toBeLessThanOrEqual(endsAt(kept.record!));
          expect(kept.alarm).toBe(kept.record?.wakesAt);
        }
      }),
    );
  });

  test("of a grant that is refreshed every hour for its 30 days of idle time is set three times", () => {
    let now = start;
    const { kept, storage: parts } = storage();
    const records = new GrantRecords(parts, () => now);
    records.save(used(redeemed(), now, 30 * day));
    for (let hour = 0; hour < 30 * 24; hour++) {
      now += 3600;
      if (kept.record) records.save(used(kept.record, now, 30 * day));
    }
    expect(kept.set).toBeLessThanOrEqual(3);
  });
});
