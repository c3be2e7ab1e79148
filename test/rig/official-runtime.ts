// The official server of 2026-07-28 without a guard: one tool, and changes that its subscribers are told.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createMcpHandler, InMemoryServerEventBus, McpServer } from "@modelcontextprotocol/server";

export interface OfficialRuntime {
  url: string;
  /** Tells every subscriber that the tools have changed. */
  changed(): void;
  /** How many subscriptions are open. */
  listening(): number;
  close(): Promise<void>;
}

/** Listens on a port of the machine's choice until closed. */
export async function startOfficialRuntime(): Promise<OfficialRuntime> {
  const bus = new InMemoryServerEventBus();
  const handler = createMcpHandler(
    () => {
      const server = new McpServer(
        { name: "official", version: "1.0.0" },
        { capabilities: { tools: { listChanged: true } } },
      );
      server.registerTool("whoami", { description: "Says whose credential arrived" }, () => ({ content: [] }));
      return server;
    },
    { bus },
  );
  const server = createServer(
    getRequestListener((request) => handler.fetch(request), { overrideGlobalObjects: false }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    changed: () => handler.notify.toolsChanged(),
    listening: () => bus.listenerCount,
    async close() {
      await handler.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
