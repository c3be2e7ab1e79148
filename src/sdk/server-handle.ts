// What an app holds of one MCP server: its URL, a fetch that carries the token, and a transport over that fetch.
import type { StreamableHTTPClientTransport, StreamableHTTPClientTransportOptions } from "@modelcontextprotocol/client";
import { type BearerParts, bearerFetch } from "./bearer-fetch.ts";
import { AppAgentError } from "./failure.ts";

/** One server for one person in one session: once either has changed, its calls reject and the agent gives another. */
export interface AppAgentServer {
  /** The MCP URL. */
  readonly url: string;
  /** Adds the bearer; for addresses of this server only. */
  readonly fetch: typeof fetch;
  /** For `client.connect`; rejects with `mcp_client_missing` where `@modelcontextprotocol/client` is not installed. */
  transport(
    options?: Omit<StreamableHTTPClientTransportOptions, "fetch" | "authProvider">,
  ): Promise<StreamableHTTPClientTransport>;
}

export function serverHandle(parts: BearerParts): AppAgentServer {
  const url = `${parts.base}/mcp`;
  const fetch = bearerFetch(parts);
  return Object.freeze({
    url,
    fetch,
    async transport(options = {}) {
      const { StreamableHTTPClientTransport } = await mcpClient(parts.server);
      return new StreamableHTTPClientTransport(new URL(url), { ...options, fetch });
    },
  } satisfies AppAgentServer);
}

async function mcpClient(server: string) {
  try {
    return await import("@modelcontextprotocol/client");
  } catch (cause) {
    const message = "Install @modelcontextprotocol/client, or give the server's url and fetch to the client you have.";
    throw new AppAgentError({ reason: "mcp_client_missing", message, server, retryable: false }, cause);
  }
}
