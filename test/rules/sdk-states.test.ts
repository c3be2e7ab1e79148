// The embedded SDK as a store: when to try again, what is shown of it, and who is told.
import { describe, expect, test, vi } from "vitest";
import type { AppAgent } from "../../src/sdk/index.ts";
import { embeddedApp } from "../rig/embedded-app.ts";

const app = embeddedApp();
const stateOf = (agent: AppAgent) => agent.getSnapshot().servers["support-api"];

describe("Retry-After", () => {
  const busy =
    (after: string, status = 503) =>
    () =>
      Response.json(
        { error: "temporarily_unavailable", reason: "rate_limited" },
        { status, headers: { "retry-after": after } },
      );

  test.each([429, 503])("a %i is tried again after the given pause, and the state says when", async (status) => {
    app.gateway.answers.push(busy("1", status));
    const agent = app.open();
    const seen: (string | undefined)[] = [];
    agent.subscribe(() => seen.push(stateOf(agent)?.status));
    const before = Date.now();
    const answer = app.call(agent);
    await vi.waitFor(() => expect(stateOf(agent)?.status).toBe("failed"));
    const { retryAt = 0 } = agent.getSnapshot().error ?? {};
    expect(retryAt).toBeGreaterThanOrEqual(before + 1000);
    expect(retryAt).toBeLessThanOrEqual(Date.now() + 1000);
    expect((await answer).status).toBe(200);
    expect(Date.now()).toBeGreaterThanOrEqual(retryAt - 5);
    expect(seen).toEqual(["exchanging", "failed", "exchanging", "ready"]);
  });

  test("a date is understood", async () => {
    app.gateway.answers.push(busy(new Date(Date.now() + 60_000).toUTCString()));
    const { error } = await app.open().connect();
    expect(error?.retryAt).toBeGreaterThan(Date.now() + 58_000);
  });

  test("two more tries are made and no third", async () => {
    app.gateway.answers.push(busy("0"), busy("0"), busy("0"));
    await expect(app.call(app.open())).rejects.toMatchObject({ reason: "rate_limited" });
    expect(app.gateway.exchanges).toHaveLength(3);
  });

  test("a long pause is left to the app, and calls until then ask nobody", async () => {
    app.gateway.answers.push(busy("60"));
    const agent = app.open();
    await expect(app.call(agent)).rejects.toMatchObject({ failure: { retryable: true } });
    await expect(app.call(agent)).rejects.toMatchObject({ reason: "rate_limited" });
    expect(app.gateway.exchanges).toHaveLength(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    expect((await app.call(agent)).status).toBe(200);
  });

  test("nothing is tried again once nobody waits", async () => {
    app.gateway.answers.push(busy("1"));
    const agent = app.open();
    const leaving = new AbortController();
    const answer = agent
      .server("support-api")
      .fetch(`${app.gateway.origin}/s/support-api/echo`, { signal: leaving.signal });
    await vi.waitFor(() => expect(stateOf(agent)?.status).toBe("failed"));
    leaving.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(app.gateway.exchanges).toHaveLength(1);
  });

  test("without it there is no second try", async () => {
    app.gateway.answers.push(() => Response.json({ error: "x", reason: "storage_unavailable" }, { status: 503 }));
    await expect(app.call(app.open())).rejects.toMatchObject({
      failure: { reason: "storage_unavailable", retryable: true },
    });
    expect(app.gateway.exchanges).toHaveLength(1);
  });
});

describe("the snapshot", () => {
  test("is the same object until something changes, and frozen", async () => {
    const agent = app.open();
    const first = agent.getSnapshot();
    agent.update({ auth: { mode: "app-token", getToken: () => "app-secret-alice" } });
    expect(agent.getSnapshot()).toBe(first);
    await agent.connect();
    const ready = agent.getSnapshot();
    expect(ready).not.toBe(first);
    await app.call(agent);
    expect(agent.getSnapshot()).toBe(ready);
    for (const part of [ready, ready.servers, ready.user, ready.servers["support-api"]])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test("one server's failure is not another's", async () => {
    const refused = { error: "access_denied", reason: "agent_not_linked" };
    const through: typeof fetch = async (input, init) =>
      String(input).includes("/tickets/") ? Response.json(refused, { status: 403 }) : fetch(input, init);
    const agent = app.open({ servers: ["support-api", "tickets"], fetch: through });
    expect(await agent.connect()).toMatchObject({
      status: "failed",
      user: { id: "usr_alice", workspace: "acme" },
      error: { reason: "agent_not_linked", server: "tickets" },
      servers: { "support-api": { status: "ready", scope: "tickets.read" }, tickets: { status: "failed" } },
    });
    expect((await app.call(agent)).status).toBe(200);
  });

  test("a listener that calls joins the exchange that it hears of", async () => {
    const agent = app.open();
    const answers: Promise<Response>[] = [];
    const end = agent.subscribe(() => answers.push(app.call(agent)));
    await app.call(agent);
    end();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect(app.gateway.exchanges).toHaveLength(1);
  });

  test("a listener that throws fails no call and starves no other listener", async () => {
    const thrown = vi.fn();
    process.on("uncaughtException", thrown);
    const others = process.listeners("uncaughtException").filter((one) => one !== thrown);
    for (const one of others) process.off("uncaughtException", one);
    const agent = app.open();
    const second = vi.fn();
    const end = agent.subscribe(() => {
      throw new Error("the app's own");
    });
    agent.subscribe(second);
    expect((await app.call(agent)).status).toBe(200);
    end();
    expect(second).toHaveBeenCalledTimes(2);
    expect(thrown).toHaveBeenCalledTimes(2);
    process.off("uncaughtException", thrown);
    for (const one of others) process.on("uncaughtException", one);
  });
});
