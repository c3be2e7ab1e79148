// Streams through a real workerd over real sockets: leaving, a slow reader, hundreds at once.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { accessTokenFor, type OwnServer, openServer } from "../rig/own-server.ts";
import { type StreamingRuntime, startStreamingRuntime } from "../rig/streaming-runtime.ts";

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
