// The official MCP client over the agent's transport: what the server offers, and calls to it.
import { Client } from "@modelcontextprotocol/client";
import type { AppAgentServer } from "mcp-stack-gateway/sdk/react";
import { useCallback, useEffect, useState } from "react";

export interface Tool {
  name: string;
  description: string;
}

export interface ToolAnswer {
  text: string;
  failed: boolean;
}

export interface ToolSet {
  /** Null until the server has listed them. */
  tools: Tool[] | null;
  problem: string | null;
  /** Never rejects: what goes wrong is an answer that failed. */
  call(name: string, args?: Record<string, unknown>): Promise<ToolAnswer>;
  reconnect(): void;
}

interface Connection {
  client: Client;
  tools: Tool[];
}

/** Connects for as long as the component is mounted, anew for another person, session or after `reconnect`. */
export function useTools(server: AppAgentServer): ToolSet {
  const [attempt, setAttempt] = useState(0);
  const [connection, setConnection] = useState<Connection | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  // Another attempt is a reason to connect again, so it is among the dependencies.
  useEffect(() => {
    const client = new Client({ name: "demo-host-app", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
    let mounted = true;
    const open = async () => {
      await client.connect(await server.transport());
      const { tools } = await client.listTools();
      if (!mounted) return;
      setConnection({ client, tools: tools.map(({ name, description = "" }) => ({ name, description })) });
      setProblem(null);
    };
    open().catch((error: unknown) => mounted && setProblem(messageOf(error)));
    return () => {
      mounted = false;
      setConnection(null);
      void client.close();
    };
  }, [server, attempt]);

  const call = useCallback(
    async (name: string, args: Record<string, unknown> = {}): Promise<ToolAnswer> => {
      if (!connection) return { text: "not connected", failed: true };
      try {
        const { content, isError = false } = await connection.client.callTool({ name, arguments: args });
        const text = content.map((part) => (part.type === "text" ? part.text : `(${part.type})`)).join("\n");
        return { text, failed: isError };
      } catch (error) {
        return { text: messageOf(error), failed: true };
      }
    },
    [connection],
  );
  const reconnect = useCallback(() => setAttempt((number) => number + 1), []);
  return { tools: connection?.tools ?? null, problem, call, reconnect };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
