// A real runtime on loopback for the proxy's tests: an official MCP server, and endpoints that misbehave on demand.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Base of the runtime: `/mcp` is the official server, `/do/{behaviour}/{key}` misbehaves, `/seen/{key}` tells. */
    runtimeUrl: string;
    /** Nothing listens here. */
    deadUrl: string;
  }
}

/** What arrived under one key, for the test that sent it. */
interface Seen {
  hits: { method: string; url: string; headers: Record<string, string | string[] | undefined>; body: string }[];
  /** When the other side left before the answer ended, epoch milliseconds. */
  leftAt: number | null;
  written: number;
}

type Behaviour = (response: ServerResponse, seen: Seen, query: URLSearchParams) => unknown;

const sse = { "content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no" };
const json = { "content-type": "application/json" };
const result = (value: unknown) => JSON.stringify({ jsonrpc: "2.0", id: 1, result: value });

const behaviours: Record<string, Behaviour> = {
  echo: (response, seen) => {
    response.writeHead(200, {
      ...json,
      "cache-control": "public, max-age=3600",
      "set-cookie": "runtime=1",
      "access-control-allow-origin": "https://runtime.example",
      "clear-site-data": '"cookies"',
      "mcp-extra": "kept",
      "x-mcpstack-user": "forged",
      etag: '"1"',
    });
    response.end(result(seen.hits.at(-1)));
  },
  /** Answers with the status, type and body that the query names. */
  status: (response, _seen, query) => {
    const headers: Record<string, string> = { "content-type": query.get("type") ?? "application/json" };
    for (const name of ["www-authenticate", "retry-after", "location", "mcp-session-id"]) {
      const value = query.get(name);
      if (value !== null) headers[name] = value;
    }
    response.writeHead(Number(query.get("code")), headers);
    response.end(query.get("body") ?? undefined);
  },
  hang: () => {},
  /** One event at once, then silence, then `parts` at the given pauses. */
  events: async (response, _seen, query) => {
    response.writeHead(200, sse);
    response.write(query.get("first") ?? "id: 1\ndata: first\n\n");
    for (const part of query.getAll("part")) {
      await new Promise((resolve) => setTimeout(resolve, Number(query.get("pause") ?? 300)));
      response.write(part);
    }
    if (query.get("stay") === null) response.end();
  },
  /** Writes as long as somebody reads. */
  firehose: (response, seen) => {
    response.writeHead(200, sse);
    const event = `data: ${"x".repeat(64 * 1024)}\n\n`;
    const pour = () => {
      while (!response.destroyed) {
        seen.written += event.length;
        if (!response.write(event)) return response.once("drain", pour);
      }
      return undefined;
    };
    pour();
  },
};

const seenByKey = new Map<string, Seen>();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://runtime");
  const [, verb = "", behaviour = "", key = ""] = url.pathname.split("/");
  if (verb === "seen") {
    response.writeHead(200, json);
    response.end(JSON.stringify(seenByKey.get(behaviour) ?? { hits: [], leftAt: null, written: 0 }));
    return;
  }
  const body = await text(request);
  if (verb === "mcp") return official(request, response, body);
  if (verb === "guarded") return guarded(request, response, body);
  const seen = seenByKey.get(key) ?? { hits: [], leftAt: null, written: 0 };
  seenByKey.set(key, seen);
  seen.hits.push({ method: request.method ?? "", url: url.pathname + url.search, headers: request.headers, body });
  response.on("close", () => {
    if (!response.writableFinished) seen.leftAt = Date.now();
  });
  await behaviours[behaviour]?.(response, seen, url.searchParams);
}

const official = (() => {
  const handler = createMcpHandler(({ requestInfo }) => {
    const server = new McpServer({ name: "rig", version: "1.0.0" });
    server.registerTool("whoami", { description: "Says whose credential arrived" }, () => ({
      content: [{ type: "text", text: requestInfo?.headers.get("authorization") ?? "nobody" }],
    }));
    return server;
  });
  return async (request: IncomingMessage, response: ServerResponse, body: string) => {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    const method = request.method ?? "GET";
    const asked = new Request(`http://runtime${request.url}`, {
      method,
      headers,
      body: method === "POST" ? body : null,
    });
    const answered = await handler.fetch(asked);
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    for await (const chunk of answered.body ?? []) response.write(chunk);
    response.end();
  };
})();

/** The official server behind the question that every runtime should ask first. */
async function guarded(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  if (request.headers["x-mcpstack-assertion"]) return official(request, response, body);
  response.writeHead(401, json).end(JSON.stringify({ error: "unauthorized" }));
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function listen(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runtime = await listen();
  const dead = await listen();
  await dead.close();
  project.provide("runtimeUrl", runtime.url);
  project.provide("deadUrl", dead.url);
  return runtime.close;
}
