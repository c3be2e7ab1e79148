// Ten minutes of streams in real time, silent for almost five at a stretch: `npm run test:long`.
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { accessTokenFor, type OwnServer, openServer } from "../rig/own-server.ts";
import { type StreamingRuntime, startStreamingRuntime } from "../rig/streaming-runtime.ts";

const stack = inject("stack");
/** vitest puts its `--mode` here. */
const long = process.env.MODE === "long";
const length = 600;
const seconds = [0, 295, 595];
/** A comment comes after 25 s of silence; the rest is a slow machine's. */
const longestSilence = 30_000;

let runtime: StreamingRuntime;
let server: OwnServer;
let bearer: string;

beforeAll(async () => {
  runtime = await startStreamingRuntime();
  server = await openServer(stack, { name: "Long streams", runtimeUrl: runtime.url });
  bearer = await accessTokenFor(stack, server);
});
afterAll(() => runtime?.close());

const asked = (method: string, params = {}) => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });

/** What arrived, and the longest time in which nothing did. */
async function read(init: RequestInit): Promise<{ text: string; silence: number; took: number }> {
  const began = Date.now();
  const response = await fetch(`${server.mcpUrl}?at=${seconds}&for=${length}`, {
    ...init,
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json", ...init.headers },
  });
  const decoder = new TextDecoder();
  let text = "";
  let last = Date.now();
  let silence = 0;
  for await (const chunk of response.body ?? []) {
    silence = Math.max(silence, Date.now() - last);
    last = Date.now();
    text += decoder.decode(chunk, { stream: true });
  }
  return { text, silence, took: Date.now() - began };
}

describe.runIf(long)("27 a runtime that streams for ten minutes", () => {
  test.concurrent.for<[string, RequestInit]>([
    ["GET", { method: "GET" }],
    ["tools/call", { method: "POST", body: asked("tools/call", { name: "slow" }) }],
    ["subscriptions/listen", { method: "POST", body: asked("subscriptions/listen", { notifications: {} }) }],
  ])(
    "P-104 %s: every event, a comment in every silence, and the runtime's own end",
    { timeout: 700_000 },
    async ([name, init], { expect }) => {
      const { text, silence, took } = await read(init);
      const comments = text.match(/^: keepalive$/gm)?.length ?? 0;
      console.log(`${name}: ${took} ms, ${comments} comments, longest silence ${silence} ms`);
      expect(text.replaceAll(": keepalive\n\n", "")).toBe(
        seconds.map((second, id) => `id: ${id}\ndata: second ${second}\n\n`).join(""),
      );
      expect(comments).toBeGreaterThanOrEqual(20);
      expect(silence).toBeLessThan(longestSilence);
      expect(took).toBeGreaterThanOrEqual(length * 1000 - 1000);
    },
  );

  test.concurrent("P-103 a client that leaves after nine minutes is felt within a second", {
    timeout: 700_000,
  }, async ({ expect }) => {
    const gone = new AbortController();
    const headers = { authorization: `Bearer ${bearer}` };
    const response = await fetch(`${server.mcpUrl}?key=left`, { headers, signal: gone.signal });
    const reading = response.text().catch(() => "left");
    await new Promise((resolve) => setTimeout(resolve, 540_000));
    expect(runtime.streams.get("left")?.leftAt).toBeNull();
    const left = Date.now();
    gone.abort();
    await expect.poll(() => runtime.streams.get("left")?.leftAt, { timeout: 2000, interval: 10 }).not.toBeNull();
    expect((runtime.streams.get("left")?.leftAt ?? 0) - left).toBeLessThan(1000);
    expect(await reading).toBe("left");
  });
});
