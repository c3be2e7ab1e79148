// A runtime that does nothing but stream: slowly, without end, by the megabyte, and to hundreds at once.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What one stream did, by the `key` in its query. */
export interface Poured {
  /** Bytes handed to the socket so far. */
  written: number;
  /** When the other side left before the stream's end, epoch milliseconds. */
  leftAt: number | null;
}

export interface StreamingRuntime {
  url: string;
  streams: Map<string, Poured>;
  close(): Promise<void>;
}

const event = (id: number, data: string) => `id: ${id}\ndata: ${data}\n\n`;

/**
 * `?at=0,290,590&for=600` writes an event at each of these seconds and ends at the last; `?pour=BYTES` writes that much
 * as fast as it is read; without `for` and `pour` a stream stays.
 */
async function stream(request: IncomingMessage, response: ServerResponse, poured: Poured): Promise<void> {
  request.resume();
  const { searchParams } = new URL(request.url ?? "/", "http://runtime");
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const began = Date.now();
  const at = (searchParams.get("at") ?? "0").split(",").map(Number);
  for (const [id, second] of at.entries()) {
    await pause(Math.max(0, began + second * 1000 - Date.now()));
    response.write(event(id, `second ${second}`));
  }
  const bytes = Number(searchParams.get("pour") ?? 0);
  if (bytes > 0) await pour(response, poured, bytes);
  const end = searchParams.get("for");
  if (end === null && bytes === 0) return;
  await pause(Math.max(0, began + Number(end) * 1000 - Date.now()));
  response.end();
}

async function pour(response: ServerResponse, poured: Poured, bytes: number): Promise<void> {
  const chunk = `data: ${"x".repeat(64 * 1024 - 8)}\n\n`;
  while (poured.written < bytes && !response.destroyed) {
    poured.written += chunk.length;
    if (!response.write(chunk)) {
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        response.once("close", resolve);
      });
    }
  }
}

/** Listens on a port of the machine's choice until closed. */
export async function startStreamingRuntime(): Promise<StreamingRuntime> {
  const streams = new Map<string, Poured>();
  const server = createServer((request, response) => {
    const poured: Poured = { written: 0, leftAt: null };
    streams.set(new URL(request.url ?? "/", "http://runtime").searchParams.get("key") ?? "", poured);
    response.on("close", () => {
      if (!response.writableFinished) poured.leftAt = Date.now();
    });
    stream(request, response, poured).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    streams,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
