// A runtime of 2024-11-05 on the official transport: GET opens a stream, messages are posted to where it says.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";

export interface LegacyRuntime {
  /** What an operator sets as runtimeUrl. */
  url: string;
  /** Method and path of every request, oldest first. */
  hits: string[];
  /** How many streams are open. */
  open(): number;
  close(): Promise<void>;
}

/** The subject of the assertion, unverified: this runtime only says who it was told about. */
function callerOf(request: IncomingMessage): string {
  const [, payload = ""] = String(request.headers["x-mcpstack-assertion"]).split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString() || "{}").sub ?? "nobody";
}

/** Listens on a port of the machine's choice until closed. Nothing but the paths of that era is answered. */
export async function startLegacyRuntime(): Promise<LegacyRuntime> {
  const streams = new Map<string, SSEServerTransport>();
  const hits: string[] = [];

  async function open(response: ServerResponse): Promise<void> {
    const transport = new SSEServerTransport("/messages", response);
    const server = new McpServer({ name: "legacy", version: "1.0.0" });
    for (const name of ["whoami", "purge"]) {
      server.registerTool(name, { description: name }, ({ requestInfo }) => {
        const headers = requestInfo?.headers ?? {};
        const caller = callerOf({ headers } as IncomingMessage);
        return { content: [{ type: "text", text: `${name} ${caller} ${headers.authorization}` }] };
      });
    }
    streams.set(transport.sessionId, transport);
    response.on("close", () => streams.delete(transport.sessionId));
    await server.connect(transport);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://runtime");
    hits.push(`${request.method} ${pathname}`);
    if (request.method === "GET" && pathname === "/sse") return open(response);
    const transport = streams.get(searchParams.get("sessionId") ?? "");
    if (request.method === "POST" && pathname === "/messages" && transport) {
      return transport.handlePostMessage(request, response);
    }
    response.writeHead(404, { "content-type": "text/html" }).end(`Cannot ${request.method} ${pathname}`);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/sse`,
    hits,
    open: () => streams.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
