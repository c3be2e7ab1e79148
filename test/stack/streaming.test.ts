// Streams through a real workerd over real sockets: leaving, a slow reader, hundreds at once.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startOfficialRuntime } from "../rig/official-runtime.ts";
import { accessTokenFor, type OwnServer, openServer } from "../rig/own-server.ts";
import { type StreamingRuntime, startStreamingRuntime } from "../rig/streaming-runtime.ts";
import { workerdMemory } from "../rig/workerd-memory.ts";

const stack = inject("stack");
let runtime: StreamingRuntime;
let server: OwnServer;
let bearer: string;

beforeAll(async () => {
  runtime = await startStreamingRuntime();
  server = await openServer(stack, { name: "Streams", runtimeUrl: runtime.url });
  bearer = await accessTokenFor(stack, server);
});
afterAll(() => runtime?.close());

const asked = (method: string, params = {}) => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });

function open(query: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
  return fetch(`${server.mcpUrl}?${query}`, { ...init, headers });
}

describe("27 a client that leaves", () => {
  test.each<[string, RequestInit]>([
    ["a GET stream", { method: "GET" }],
    ["a tool call", { method: "POST", body: asked("tools/call", { name: "slow" }) }],
    ["subscriptions/listen", { method: "POST", body: asked("subscriptions/listen", { notifications: {} }) }],
  ])("P-103 %s is felt at the runtime in less than a second", async (name, init) => {
    const key = encodeURIComponent(name);
    const gone = new AbortController();
    const response = await open(`key=${key}`, { ...init, signal: gone.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    const waiting = reader?.read().catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(runtime.streams.get(name)?.leftAt).toBeNull();
    const left = Date.now();
    gone.abort();
    await expect.poll(() => runtime.streams.get(name)?.leftAt, { timeout: 3000, interval: 10 }).not.toBeNull();
    expect((runtime.streams.get(name)?.leftAt ?? 0) - left).toBeLessThan(1000);
    await waiting;
  });
});

describe("27 what streams cost", () => {
  const megabyte = 1024 * 1024;
  const memory = () => (workerdMemory(stack.pid) ?? 0) / megabyte;

  test("a slow reader of 100 MB holds the runtime back instead of filling the gateway's memory", async () => {
    const before = memory();
    const response = await open(`key=slow&pour=${100 * megabyte}`);
    const reader = response.body?.getReader();
    let received = 0;
    const read = async () => {
      const { value, done } = (await reader?.read()) ?? {};
      received += value?.byteLength ?? 0;
      return !done;
    };
    for (let second = 0; second < 4; second++) {
      await read();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    const slow = memory();
    const written = (runtime.streams.get("slow")?.written ?? 0) / megabyte;
    while (await read());
    const after = memory();
    console.log(
      `slow reader: ${written} MB written, memory ${before} MB before, ${slow} MB meanwhile, ${after} MB after`,
    );
    expect(received).toBeGreaterThanOrEqual(100 * megabyte);
    // What the sockets on the way hold; the rest waits at the runtime.
    expect(written).toBeLessThan(50);
    expect(slow - before).toBeLessThan(60);
  });

  test("500 streams at once all begin, are kept alive and end", { timeout: 60_000 }, async () => {
    const before = memory();
    const began = Date.now();
    const decoder = new TextDecoder();
    const firsts: number[] = [];
    const all = Array.from({ length: 500 }, async (_, key) => {
      const response = await open(`key=${key}&at=0,32&for=33`);
      let text = "";
      for await (const chunk of response.body ?? []) {
        if (text === "") firsts.push(Date.now() - began);
        text += decoder.decode(chunk);
      }
      return text;
    });
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const during = memory();
    const texts = await Promise.all(all);
    const expected = "id: 0\ndata: second 0\n\n: keepalive\n\nid: 1\ndata: second 32\n\n";
    expect(texts.filter((text) => text !== expected)).toEqual([]);
    console.log(`500 streams: first events by ${Math.max(...firsts)} ms, ${before} MB before, ${during} MB during`);
    expect(during - before).toBeLessThan(150);
  });
});

test("27 subscriptions/listen of the official client and server stays open, tells changes and ends at the runtime", async () => {
  const official = await startOfficialRuntime();
  const own = await openServer(stack, { name: "Listening", runtimeUrl: official.url });
  const headers = { authorization: `Bearer ${await accessTokenFor(stack, own)}` };
  const client = new Client({ name: "stack-test", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(new StreamableHTTPClientTransport(new URL(own.mcpUrl), { requestInit: { headers } }));
  const changes: number[] = [];
  client.setNotificationHandler("notifications/tools/list_changed", () => void changes.push(Date.now()));
  const subscription = await client.listen({ toolsListChanged: true });
  expect(subscription.honoredFilter).toMatchObject({ toolsListChanged: true });
  for (const count of [1, 2]) {
    official.changed();
    await expect.poll(() => changes.length, { timeout: 2000 }).toBe(count);
  }
  expect(official.listening()).toBe(1);
  const left = Date.now();
  await subscription.close();
  await expect.poll(official.listening, { timeout: 1000, interval: 10 }).toBe(0);
  expect(Date.now() - left).toBeLessThan(1000);
  await client.close();
  await official.close();
});
