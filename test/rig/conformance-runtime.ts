// An MCP server that offers what the conformance suite requires of servers, with sessions and without, on the official SDK.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import {
  createMcpHandler,
  type EventStore,
  hostHeaderValidationResponse,
  isInitializeRequest,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  McpServer,
  originValidationResponse,
  type ServerNotifier,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { registerContent } from "./conformance-content.ts";
import { registerConversation } from "./conformance-conversation.ts";
import { registerRounds, roundState } from "./conformance-rounds.ts";

export interface ConformanceRuntime {
  url: string;
  close(): Promise<void>;
}

/** Listens on loopback. Knows nothing of gateways: whoever reaches it is served. */
export async function startConformanceRuntime(): Promise<ConformanceRuntime> {
  const handler = createMcpHandler(() => everything(handler.notify), { legacy: "reject" });
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function open(request: Request, parsedBody: unknown): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: eventStore(),
      retryInterval: 500,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await everything(null).connect(transport);
    return transport.handleRequest(request, { parsedBody });
  }

  async function answer(request: Request): Promise<Response> {
    const refused =
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (refused !== undefined) return refused;
    if (!(await isLegacyRequest(request))) return handler.fetch(request);
    const id = request.headers.get("mcp-session-id");
    if (id !== null) return (await sessions.get(id)?.handleRequest(request)) ?? failure(404, "Session not found");
    if (request.method !== "POST") return failure(400, "Session required");
    const body: unknown = await request.json().catch(() => null);
    return isInitializeRequest(body) ? open(request, body) : failure(400, "Session required");
  }

  const server = createServer(getRequestListener(answer, { overrideGlobalObjects: false }));
  // Longer than a proxy keeps an idle connection: it must not send a request into one that is being closed.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/mcp`,
    async close() {
      await handler.close();
      await Promise.all([...sessions.values()].map((session) => session.close()));
      await new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
    },
  };
}

function everything(changed: ServerNotifier | null): McpServer {
  const server = new McpServer(
    { name: "conformance-runtime", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: roundState.verify },
    },
  );
  registerContent(server);
  registerConversation(server, changed);
  registerRounds(server);
  return server;
}

/** Events of one session, in their order, so that a stream goes on where it was closed. */
function eventStore(): EventStore {
  const events: { id: string; stream: string; message: Parameters<EventStore["storeEvent"]>[1] }[] = [];
  return {
    async storeEvent(stream, message) {
      const id = `${events.length}`;
      events.push({ id, stream, message });
      return id;
    },
    async getStreamIdForEventId(id) {
      return events[Number(id)]?.stream;
    },
    async replayEventsAfter(lastId, { send }) {
      const stream = events[Number(lastId)]?.stream ?? "";
      const later = events.slice(Number(lastId) + 1).filter((event) => event.stream === stream);
      // What primes a stream has an id and no message to repeat.
      for (const { id, message } of later) if ("jsonrpc" in message) await send(id, message);
      return stream;
    },
  };
}

function failure(status: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", id: null, error: { code: -32001, message } }, { status });
}
