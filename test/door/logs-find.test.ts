// The log's object: fifty thousand lines found by any filter in time, exact totals, retention, and what a write costs.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { Lines } from "../../src/worker/store/log-object/lines.ts";
import { find } from "../../src/worker/store/log-object/search.ts";
import type { LogEntry, LogFilter } from "../../src/worker/store/promises/logs.ts";
import { fill, logObject, refusal, successfulCall } from "./log-visit.ts";

const start = Date.now() - 3 * 86_400_000;

/** What the object must agree with: the same question asked of the plain list. */
function expected(entries: LogEntry[], filter: LogFilter): LogEntry[] {
  const { from = 0, to = Number.POSITIVE_INFINITY, ...members } = filter;
  const fits = (entry: LogEntry) =>
    Object.entries(members).every(([name, value]) => Reflect.get(entry, name) === value) &&
    entry.at >= from &&
    entry.at <= to;
  return entries.filter(fits).reverse();
}

const filters: [string, LogFilter][] = [
  ["nothing", {}],
  ["an event", { event: "mcp_call" }],
  ["an outcome", { outcome: "ok" }],
  ["a refusal", { outcome: "refused" }],
  ["a reason", { reason: "insufficient_scope" }],
  ["a server", { server: "server-1" }],
  ["a user", { user: "usr_42" }],
  ["a client", { client: "client-3" }],
  ["an attempt", { attempt: "grt_142" }],
  ["a user's successful calls at a server", { user: "usr_42", server: "server-0", outcome: "ok" }],
  ["a time within segments", { from: start + 1234, to: start + 777_777 }],
  ["a user in a time", { user: "usr_7", from: start + 5000, to: start + 900_000 }],
  ["nobody", { user: "usr_none" }],
  ["something that is not an attempt", { attempt: '%" OR 1' }],
];

describe.each([
  ["successful calls alone", (at: number, number: number) => successfulCall(at, number)],
  ["refusals alone", (at: number, number: number) => refusal(at, number)],
  [
    "both, mixed",
    (at: number, number: number) => (number % 9 === 0 ? refusal(at, number) : successfulCall(at, number)),
  ],
])("50,000 lines: %s", (name, line) => {
  const gatewayId = `gw_${name.replaceAll(/\W/g, "")}`;
  const entries = Array.from({ length: 50_000 }, (_, number) => line(start + number * 40, number));
  beforeAll(() => fill(gatewayId, entries));

  it.each(filters)("finds %s exactly, newest first", async (_, filter) => {
    const wanted = expected(entries, filter);
    for (const offset of [0, Math.floor(wanted.length / 2), Math.max(0, wanted.length - 20)]) {
      const found = await logObject(gatewayId).find(filter, { offset, limit: 50 });
      expect(found.total).toBe(wanted.length);
      expect(found.lines.map(({ id, ...entry }) => entry)).toEqual(wanted.slice(offset, offset + 50));
      const ids = found.lines.map(({ id }) => id);
      expect(ids).toEqual([...ids].sort((one, other) => other - one));
    }
  });

  it("answers through its door, in a bounded time, and counts them all per hour", async () => {
    const { tally } = await logObject(gatewayId).tally({});
    const hours = [...tally.hours.values()];
    expect(hours.reduce((sum, hour) => sum + hour.calls, 0)).toBe(50_000);
  });
});

describe("what a log keeps", () => {
  it("fifty successful calls are one row, however they are delivered", async () => {
    const gatewayId = "gw_rows";
    const calls = Array.from({ length: 200 }, (_, number) => successfulCall(start + number, number));
    for (const call of calls.slice(0, 100)) await fill(gatewayId, [call]);
    await fill(gatewayId, calls.slice(100));
    expect(await logObject(gatewayId).rows()).toBe(4);
    const { lines, total } = await logObject(gatewayId).find({}, { offset: 0, limit: 200 });
    expect([total, lines.map(({ at }) => at)]).toEqual([200, calls.map(({ at }) => at).reverse()]);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(200);
  });

  it("one delivery of fifty calls is one written row", async () => {
    const written = await runInDurableObject(logObject("gw_written"), (object, state) => {
      const calls = Array.from({ length: 50 }, (_, number) => successfulCall(Date.now(), number));
      // The first one also sets the object up.
      object.append({ gatewayId: "gw_written", shard: 0, entries: calls, lost: 0 });
      const exec = vi.spyOn(state.storage.sql, "exec");
      object.append({ gatewayId: "gw_written", shard: 0, entries: calls, lost: 0 });
      const rows = exec.mock.results.reduce((sum, { value }) => sum + (value?.rowsWritten ?? 0), 0);
      exec.mockRestore();
      return rows;
    });
    expect(written).toBe(1);
  });

  it("names go through unharmed, whatever they are", async () => {
    const strange = ["__proto__", '"; DROP TABLE lines; --', "постоянная", "a".repeat(500)];
    const entries = strange.map((tool, number) => ({ ...successfulCall(start + number, number), tool, client: tool }));
    await fill("gw_strange", entries);
    for (const client of strange) {
      const { lines } = await logObject("gw_strange").find({ client }, { offset: 0, limit: 5 });
      expect(lines.map(({ tool }) => tool)).toEqual([client]);
    }
    const { tally } = await logObject("gw_strange").tally({});
    expect([...tally.tools.keys()].sort()).toEqual([...strange].sort());
    expect(Object.hasOwn(Object.prototype, "calls")).toBe(false);
  });

  it("the oldest lines go when there are too many, and when they are too old", async () => {
    const day = 86_400_000;
    const keep = { age: 7 * day, lines: 2000 };
    const totals = await runInDurableObject(env.LOGS.get(env.LOGS.idFromName("gw_old")), (_, state) => {
      const lines = new Lines(state.storage.sql, keep);
      const count = () => find(state.storage.sql, {}, { offset: 0, limit: 1 }).total;
      const add = (from: number, amount: number) =>
        lines.add(
          Array.from({ length: amount }, (_, number) => refusal(from + number, number)),
          0,
          from,
        );
      add(start - 6 * day, 2000);
      const full = count();
      add(start, 1000);
      const pruned = count();
      lines.removeOld(start + 2 * day);
      return [full, pruned, count()];
    });
    expect(totals).toEqual([2000, 2000, 1000]);
  });

  it("numbers go on growing after the object was away, and when the clock steps back", async () => {
    const ids = await runInDurableObject(logObject("gw_numbers"), (_, state) => {
      const keep = { age: 1e12, lines: 10_000 };
      for (const now of [start, start + 1, start - 5000, start - 4000, start + 2]) {
        new Lines(state.storage.sql, keep).add(
          [refusal(now, 1), successfulCall(now, 2), successfulCall(now, 3)],
          0,
          now,
        );
      }
      return find(state.storage.sql, {}, { offset: 0, limit: 100 }).lines.map(({ id }) => id);
    });
    expect(ids).toHaveLength(15);
    expect(new Set(ids).size).toBe(15);
    expect(ids).toEqual([...ids].sort((one, other) => other - one));
  });

  it("lines that an isolate could not deliver are counted in a line of their own", async () => {
    await logObject("gw_lost").append({ gatewayId: "gw_lost", shard: 0, entries: [refusal(start, 1)], lost: 12 });
    const { lines } = await logObject("gw_lost").find({ reason: "log_lines_lost" }, { offset: 0, limit: 5 });
    expect(lines).toMatchObject([{ event: "failure", outcome: "failed", seen: "12 lines" }]);
  });
});

describe("a token that is never used", () => {
  const five = 5 * 60_000;
  const token = (attempt: string, at: number): LogEntry => ({
    ...{ at, event: "token", outcome: "ok", requestId: "r", attempt, server: "s", client: "c", user: "usr_1" },
  });
  const withoutAttempt = ({ attempt, ...entry }: LogEntry): LogEntry => entry;
  const deliver = (gatewayId: string, ...entries: LogEntry[]) =>
    logObject(gatewayId).append({ gatewayId, shard: 0, entries, lost: 0 });
  const told = async (gatewayId: string) =>
    (await logObject(gatewayId).find({ event: "token_never_used" }, { offset: 0, limit: 9 })).lines;

  it("is told once, five minutes later, on its attempt, unless a call came", async () => {
    const gatewayId = "gw_unused";
    const longAgo = Date.now() - five - 60_000;
    await deliver(gatewayId, token("grt_idle", longAgo), token("grt_used", longAgo), token("grt_young", Date.now()));
    await deliver(gatewayId, { ...successfulCall(Date.now(), 1), attempt: "grt_used" });
    await runDurableObjectAlarm(logObject(gatewayId));
    await runDurableObjectAlarm(logObject(gatewayId));
    expect(await told(gatewayId)).toMatchObject([
      { attempt: "grt_idle", outcome: "failed", reason: "token_never_used", server: "s", client: "c", user: "usr_1" },
    ]);
  });

  it("a refused call is a call", async () => {
    const gatewayId = "gw_refusedcall";
    await deliver(gatewayId, token("grt_1", Date.now() - five - 60_000), {
      ...refusal(Date.now(), 1),
      attempt: "grt_1",
    });
    await runDurableObjectAlarm(logObject(gatewayId));
    expect(await told(gatewayId)).toEqual([]);
  });

  it("an app that renews its token while it is idle is not told of again", async () => {
    const gatewayId = "gw_app";
    const at = Date.now() - five - 60_000;
    const exchange: LogEntry = {
      ...{ at, event: "exchange", outcome: "ok", requestId: "r", channel: "embedded" },
      ...{ server: "s", agent: "ag_1", client: "ag_1" },
    };
    await deliver(gatewayId, { ...exchange, user: "usr_1" }, { ...exchange, user: "usr_2" });
    await deliver(gatewayId, { ...withoutAttempt(successfulCall(at, 1)), agent: "ag_1", user: "usr_2", server: "s" });
    for (let round = 0; round < 3; round++) {
      await deliver(gatewayId, { ...exchange, user: "usr_1" }, { ...exchange, user: "usr_2" });
      await runDurableObjectAlarm(logObject(gatewayId));
    }
    expect(await told(gatewayId)).toMatchObject([{ agent: "ag_1", user: "usr_1", reason: "token_never_used" }]);
  });

  it("nor is a client that renews by assertions of its user's employer", async () => {
    const gatewayId = "gw_enterprise";
    const at = Date.now() - five - 60_000;
    const issued: LogEntry = {
      ...{ at, event: "enterprise", outcome: "ok", requestId: "r", channel: "enterprise", server: "s", client: "c" },
    };
    const both = [
      { ...issued, user: "usr_1" },
      { ...issued, user: "usr_2" },
    ];
    await deliver(gatewayId, ...both);
    const call = { ...withoutAttempt(successfulCall(at, 1)), channel: "enterprise", client: "c" } as const;
    await deliver(gatewayId, { ...call, user: "usr_2", server: "s" });
    for (let round = 0; round < 3; round++) {
      await deliver(gatewayId, ...both);
      await runDurableObjectAlarm(logObject(gatewayId));
    }
    expect(await told(gatewayId)).toMatchObject([{ client: "c", user: "usr_1", reason: "token_never_used" }]);
  });
});
