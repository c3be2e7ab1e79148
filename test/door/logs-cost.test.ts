// What logging costs: no call waits for it, fifty make one delivery, a log that is away is counted, a hot one is spread.
import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import worker from "../../src/worker/index.ts";
import { createLogs, type LogNamespace } from "../../src/worker/store/logs.ts";
import type { LogEntry, LogFilter } from "../../src/worker/store/promises/logs.ts";
import { countStorage } from "./counting-bindings.ts";
import { api, Client, openShop, Person } from "./journey.ts";
import { eventually, fill, logObject, logs, refusal, successfulCall } from "./log-visit.ts";

const toolCall = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "list_tickets", arguments: {} } };

describe("what logging costs", () => {
  it("fifty successful calls make one delivery at most, none of them waits for it, and every one is found", async () => {
    const shop = await openShop();
    const tokens = await (await new Client(shop).register()).signIn(new Person());
    const ledger = countStorage(env);
    const call = async () => {
      const headers = { authorization: `Bearer ${tokens.access_token}`, "content-type": "application/json" };
      const request = new Request<unknown, IncomingRequestCfProperties>(shop.resource, {
        ...{ method: "POST", headers, body: JSON.stringify(toolCall) },
      });
      const response = await worker.fetch(request, ledger.bindings, createExecutionContext());
      await response.arrayBuffer();
      return response.status;
    };
    await call();
    await new Promise((resolve) => setTimeout(resolve, 2200));
    ledger.taken();
    ledger.logged();
    const statuses = await Promise.all(Array.from({ length: 100 }, call));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(ledger.taken()).toEqual([]);
    await eventually(
      () => logs(shop, { event: "mcp_call" }),
      ({ total }) => total === 101,
    );
    expect(ledger.logged().length).toBeLessThanOrEqual(2);
  });

  it("a log that does not answer is nobody's problem, and is counted when it does again", async () => {
    const shop = await openShop();
    const tokens = await (await new Client(shop).register()).signIn(new Person());
    let away = true;
    const LOGS = new Proxy(env.LOGS, {
      get(target, name) {
        if (name === "get" && away) throw new Error("away");
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    const bindings = { ...env, LOGS };
    const call = (tool: string) => {
      const headers = { authorization: `Bearer ${tokens.access_token}`, "content-type": "application/json" };
      const body = JSON.stringify({ ...toolCall, params: { name: tool } });
      const request = new Request<unknown, IncomingRequestCfProperties>(shop.resource, {
        method: "POST",
        headers,
        body,
      });
      return worker.fetch(request, bindings, createExecutionContext());
    };
    expect((await call("create_ticket")).status).toBe(403);
    expect((await call("create_ticket")).status).toBe(403);
    away = false;
    expect((await call("create_ticket")).status).toBe(403);
    const [line] = await eventually(
      () => logs(shop, { reason: "log_lines_lost" }).then(({ items }) => items),
      (items) => items.length > 0,
    );
    expect(line).toMatchObject({ event: "failure", outcome: "failed", seen: "2 lines" });
  });

  it("the console has one line of JSON per failure and none for what went well", async () => {
    const shop = await openShop();
    const printed = vi.spyOn(console, "log");
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person());
    await client.call(tokens.access_token, toolCall);
    expect(printed.mock.calls).toEqual([]);
    await api("PATCH", `/organizations/${shop.organizationId}/mcp-servers/${shop.slug}`, shop.token, {
      runtimeUrl: "http://127.0.0.1:9/mcp",
    });
    await eventually(
      async () => (await client.call(tokens.access_token, toolCall)).status,
      (status) => status === 502,
    );
    const parsed = printed.mock.calls.map(([text]) => JSON.parse(text));
    expect(parsed[0]).toMatchObject({ event: "mcp_call", reason: "runtime_unavailable", gateway: shop.gatewayId });
    printed.mockRestore();
  });
});

describe("successes of every day", () => {
  const gatewayId = "gw_every_day";
  const start = Date.UTC(2026, 5, 1);
  const success = (event: "exchange" | "refresh", number: number): LogEntry => {
    const { method, tool, ...line } = successfulCall(start + number, number);
    return { ...line, event };
  };
  const find = (filter: LogFilter) => logObject(gatewayId).find(filter, { offset: 0, limit: 100 });

  it("exchanges and refreshes share rows with calls, and each is found as what it was", async () => {
    const entries: LogEntry[] = [];
    for (let number = 0; number < 50; number += 5) {
      entries.push(...[0, 1, 2].map((one) => successfulCall(start + number + one, number + one)));
      entries.push(success("exchange", number + 3), success("refresh", number + 4));
    }
    await fill(gatewayId, entries);
    await fill(gatewayId, [{ ...success("refresh", 50), seen: "a finding" }]);
    expect(await logObject(gatewayId).rows()).toBe(2);
    const totals = await Promise.all(
      [{}, { event: "mcp_call" }, { event: "exchange" }, { event: "refresh" }, { outcome: "ok" }].map(
        async (filter) => (await find(filter as LogFilter)).total,
      ),
    );
    expect(totals).toEqual([51, 30, 10, 11, 51]);
    const { lines } = await find({});
    expect(
      lines
        .map(({ event, requestId }) => [event, requestId])
        .reverse()
        .slice(0, 50),
    ).toEqual(entries.map(({ event, requestId }) => [event, requestId]));
    const [exchange] = (await find({ event: "exchange", user: "usr_3" })).lines;
    expect(exchange).toEqual({ ...entries[3], id: exchange?.id });
    expect((await find({ event: "refresh" })).lines[0]).toMatchObject({ seen: "a finding" });
  });

  it("an hour counts them as what they were", async () => {
    const { tally } = await logObject(gatewayId).tally({});
    const [hour] = [...tally.hours.values()];
    expect([hour?.calls, hour?.exchanges, hour?.failures]).toEqual([30, 10, 0]);
  });

  it("what one request says at once is one delivery", async () => {
    const deliveries: string[][] = [];
    const append = async ({ entries }: { entries: LogEntry[] }) => {
      deliveries.push(entries.map(({ event }) => event));
      return 1;
    };
    const namespace = { idFromName: () => "id", get: () => ({ append }) } as unknown as LogNamespace;
    const background: Promise<unknown>[] = [];
    const kept = createLogs({
      ...{ namespace, now: () => Date.now(), print: () => undefined },
      background: (work) => void background.push(work),
    });
    for (const event of ["identity", "code"] as const) {
      kept.record({ event, outcome: "ok", requestId: "r", gateway: gatewayId });
    }
    await Promise.all(background);
    expect(deliveries).toEqual([["identity", "code"]]);
  });
});

describe("a log that is written to very often", () => {
  const gatewayId = "gw_hot";
  const shard = (number: number) => env.LOGS.get(env.LOGS.idFromName(`${gatewayId}/${number}`));
  const append = (...entries: LogEntry[]) => logObject(gatewayId).append({ gatewayId, shard: 0, entries, lost: 0 });

  it("is spread over eight objects, and found as one", async () => {
    const before = await append(refusal(Date.now(), 0));
    await runInDurableObject(logObject(gatewayId), (object) => {
      for (let number = 1; number < 150; number++) {
        object.append({ gatewayId, shard: 0, entries: [refusal(Date.now(), number)], lost: 0 });
      }
    });
    expect([before, await append(refusal(Date.now(), 150))]).toEqual([1, 8]);

    const background: Promise<unknown>[] = [];
    const kept = createLogs({
      ...{ namespace: env.LOGS, now: () => Date.now(), print: () => undefined },
      background: (work) => void background.push(work),
    });
    for (let number = 0; number < 30; number++) {
      // One delivery each: what an isolate does in a second or more.
      for (let one = 0; one < 50; one++) kept.record({ ...successfulCall(Date.now(), number), gateway: gatewayId });
      await background.at(-1);
    }
    const rows = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((number) => shard(number).rows()));
    expect(rows.filter((count) => count > 0).length).toBeGreaterThan(3);
    const first = await kept.find(gatewayId, {}, { offset: 0, limit: 200 });
    const last = await kept.find(gatewayId, {}, { offset: 1500, limit: 200 });
    expect([first.total, first.lines.length, last.lines.length]).toEqual([1651, 200, 151]);
    expect((await kept.find(gatewayId, { outcome: "refused" }, { offset: 0, limit: 1 })).total).toBe(151);
    const ids = [...first.lines, ...last.lines].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => other - one));
    const stats = await kept.stats(gatewayId, {});
    expect(stats.hours.reduce((sum, hour) => sum + hour.calls, 0)).toBe(1651);
  });

  it("a call that another object took counts as the use of its token", async () => {
    const at = Date.now() - 400_000;
    const token = { at, event: "token", outcome: "ok", requestId: "r" } as const;
    await append({ ...token, attempt: "grt_elsewhere" }, { ...token, attempt: "grt_nowhere" });
    const call = { ...successfulCall(at + 1, 1), attempt: "grt_elsewhere" };
    await shard(5).append({ gatewayId, shard: 5, entries: [call], lost: 0 });
    await runDurableObjectAlarm(logObject(gatewayId));
    const { lines } = await logObject(gatewayId).find({ event: "token_never_used" }, { offset: 0, limit: 9 });
    expect(lines.map(({ attempt }) => attempt)).toEqual(["grt_nowhere"]);
  });
});
