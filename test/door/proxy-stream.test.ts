// Event streams through the proxy: at once, in order, alive, and over as soon as either side is gone.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { describe, expect, test } from "vitest";
import { withKeepAlive } from "../../src/worker/endpoints/proxy/events.ts";
import { proxy } from "../../src/worker/endpoints/proxy/index.ts";
import { call, door, freshKey, knock, mcpUrl, seen, token } from "./proxy-visit.ts";

const decoder = new TextDecoder();
const query = (parts: Record<string, string | string[]>) =>
  Object.entries(parts)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}=${encodeURIComponent(one)}`))
    .join("&");

async function until(told: () => Promise<boolean>, withinMs: number): Promise<number> {
  const began = Date.now();
  while (!(await told())) {
    if (Date.now() - began > withinMs) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Date.now() - began;
}

describe("27 streaming", () => {
  test("the first event arrives while the runtime is still at work, and every byte as it was", async () => {
    const parts = ["event: message\nid: 2\nretry: 10\ndata: se", "cond\n\n", ": note\n\ndata: third\r\n\r\n"];
    const at = door({ behaviour: `/do/events/x?${query({ part: parts, pause: "300" })}` });
    const began = Date.now();
    const answer = await knock(at, { method: "GET" });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    expect(answer.headers.get("x-accel-buffering")).toBe("no");
    expect(answer.headers.get("cache-control")).toBe("no-store, no-transform");
    const reader = answer.body?.getReader();
    expect(decoder.decode((await reader?.read())?.value)).toBe("id: 1\ndata: first\n\n");
    expect(Date.now() - began).toBeLessThan(300);
    let rest = "";
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read())
      rest += decoder.decode(read.value);
    expect(rest).toBe(parts.join(""));
  });

  test("a silent stream is kept alive between events, never inside one", async () => {
    const parts = ["data: hal", "f\n", "\n", "data: b\n\n"];
    const at = door(
      { behaviour: `/do/events/x?${query({ part: parts, pause: "250" })}` },
      { limits: { keepAliveMs: 100 } },
    );
    const text = await (await knock(at, { message: call("tools/call", { name: "list_tickets" }) })).text();
    expect(text.replaceAll(": keepalive\n\n", "")).toBe(`id: 1\ndata: first\n\n${parts.join("")}`);
    expect(text).toContain("data: half\n\n");
    expect(text.startsWith("id: 1\ndata: first\n\n: keepalive\n\n: keepalive\n\n")).toBe(true);
    expect(text.match(/: keepalive/g)?.length).toBeGreaterThanOrEqual(4);
  });

  test("a client that leaves is felt at the runtime in less than a second (P-103)", async () => {
    const key = freshKey();
    const at = door({ behaviour: `/do/events/${key}?stay=1` });
    const answer = await knock(at, { method: "GET" });
    const reader = answer.body?.getReader();
    await reader?.read();
    expect((await seen(key)).leftAt).toBeNull();
    await reader?.cancel();
    expect(await until(async () => (await seen(key)).leftAt !== null, 1000)).toBeLessThan(1000);
  });

  test("a client that leaves before the runtime answered is felt too", async () => {
    const key = freshKey();
    const gone = new AbortController();
    const at = door({ behaviour: `/do/hang/${key}` });
    const answer = knock(at, { signal: gone.signal, message: call("tools/call", { name: "list_tickets" }) }).catch(
      (error) => error,
    );
    await until(async () => (await seen(key)).hits.length === 1, 2000);
    gone.abort();
    expect(await answer).toMatchObject({ status: 499, reason: "client_gone" });
    await until(async () => (await seen(key)).leftAt !== null, 1000);
  });

  test("a slow reader does not fill the memory", async () => {
    const key = freshKey();
    const answer = await knock(door({ behaviour: `/do/firehose/${key}` }), { method: "GET" });
    const reader = answer.body?.getReader();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = (await seen(key)).written;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await seen(key)).written).toBe(before);
    expect(before).toBeLessThan(64 * 1024 * 1024);
    await reader?.cancel();
  });

  test("a document is passed on without being rewritten", async () => {
    const answer = await knock(door());
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(JSON.parse(await answer.text())).toMatchObject({ jsonrpc: "2.0" });
  });
});

describe("where a comment may stand", () => {
  const cases: [string[], boolean][] = [
    [[], true],
    [["data: a\n\n"], true],
    [["data: a\r\n\r\n"], true],
    [["data: a\r\r"], true],
    [["data: a\r\n\n"], true],
    [["data: a\n", "\n"], true],
    [["data: a\r", "\n\r", "\n"], true],
    [["data: a"], false],
    [["data: a\n"], false],
    [["data: a\r\n"], false],
    [["data: a\r", "\n"], false],
    [["data: a\n\ndata: b"], false],
    [["data: a\n\n", "d"], false],
  ];
  test.each(cases)("after %j: %j", async (chunks, allowed) => {
    const encoder = new TextEncoder();
    const { readable: source, writable } = new IdentityTransformStream();
    const runtime = async () => {
      const writer = writable.getWriter();
      for (const chunk of chunks) await writer.write(encoder.encode(chunk));
      await new Promise((resolve) => setTimeout(resolve, 60));
      await writer.close();
    };
    const speaking = runtime();
    const text = await new Response(withKeepAlive(source, 20)).text();
    await speaking;
    expect(text.startsWith(chunks.join(""))).toBe(true);
    expect(text.includes(": keepalive")).toBe(allowed);
  });
});

describe("what a stream goes through unchanged", () => {
  const chunk = (size: number, seed: number) => new Uint8Array(size).map((_, index) => (index * 31 + seed) % 251);

  test("pieces of any size, many and few bytes in turn", async () => {
    const { readable, writable } = new IdentityTransformStream();
    const sizes = [1, 4095, 4096, 4097, 200_000, 65_536, 3, 70_000, 0, 1, 300_000, 2];
    const chunks = sizes.map(chunk);
    const runtime = async () => {
      const writer = writable.getWriter();
      for (const one of chunks) await writer.write(one);
      await writer.close();
    };
    const [, got] = await Promise.all([runtime(), new Response(withKeepAlive(readable, 1000)).bytes()]);
    expect(got).toEqual(new Uint8Array(await new Blob(chunks).arrayBuffer()));
  });

  test("a runtime that fails in the middle is no stream that has ended", async () => {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const reader = withKeepAlive(readable, 20).getReader();
    const first = reader.read();
    await writer.write(new TextEncoder().encode("data: a\n\n"));
    expect(decoder.decode((await first).value)).toBe("data: a\n\n");
    const second = reader.read();
    await writer.abort(new Error("gone"));
    await expect(second).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 60));
  });

  test("comments that nobody takes do not pile up", async () => {
    const { readable, writable } = new IdentityTransformStream();
    const reader = withKeepAlive(readable, 10).getReader();
    const waited = reader.read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(decoder.decode((await waited).value)).toBe(": keepalive\n\n");
    const writer = writable.getWriter();
    await Promise.all([
      writer.write(new TextEncoder().encode("data: a\n\n")),
      new Promise((resolve) => setTimeout(resolve, 50)),
    ]);
    const got = [await reader.read(), await reader.read()].map(({ value }) => decoder.decode(value));
    expect(got).toEqual([": keepalive\n\n", "data: a\n\n"]);
    await reader.cancel();
  });
});

test.each(["legacy", "auto"] as const)(
  "an official client (%s) and an official server meet through the proxy",
  async (mode) => {
    const at = door({ behaviour: "/mcp" });
    const bearer = await token();
    const transport = new StreamableHTTPClientTransport(new URL(mcpUrl), {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        request.headers.set("Authorization", `Bearer ${bearer}`);
        return proxy(request, at.visit);
      },
    });
    const client = new Client({ name: "rig", version: "1" }, mode === "auto" ? { versionNegotiation: { mode } } : {});
    await client.connect(transport);
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(["whoami"]);
    const answer = await client.callTool({ name: "whoami", arguments: {} });
    expect(answer.content).toEqual([{ type: "text", text: "Bearer downstream-of-usr_alice000" }]);
    await client.close();
    expect(at.storage).toEqual([]);
  },
);
