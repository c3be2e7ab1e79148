// Single requests at an MCP URL as clients send them, by protocol era.

export interface Sent {
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: object;
}

/** The first request of clients of 2025: `initialize` without a session. */
export function initialize(name: string, version: string, protocolVersion = "2025-11-25"): Sent {
  const clientInfo = { name, version };
  return {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: { jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion, capabilities: {}, clientInfo } },
  };
}

/** The first request of clients of 2026-07-28: no session, and headers that repeat the body. */
export function discover(name: string, version: string): Sent {
  const key = "io.modelcontextprotocol";
  const _meta = {
    [`${key}/protocolVersion`]: "2026-07-28",
    [`${key}/clientInfo`]: { name, version },
    [`${key}/clientCapabilities`]: {},
  };
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "server/discover",
    },
    body: { jsonrpc: "2.0", id: 0, method: "server/discover", params: { _meta } },
  };
}

/** The stream that clients of 2025 open beside their requests. */
export const eventStream = (version = "2025-11-25"): Sent => ({
  method: "GET",
  headers: { accept: "text/event-stream", "mcp-protocol-version": version },
});

/** What clients of 2025 say when they leave. */
export const goodbye = (version = "2025-11-25"): Sent => ({
  method: "DELETE",
  headers: { "mcp-protocol-version": version, "mcp-session-id": "made-up.session" },
});

/** A JSON-RPC call with a token, as most clients send it. */
export const listing: Sent = {
  method: "POST",
  headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
  body: { jsonrpc: "2.0", id: 2, method: "tools/list" },
};

export const calling = (tool: string): Sent => ({
  ...listing,
  body: { jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: tool, arguments: {} } },
});

export const sdkHeaders = { "mcp-protocol-version": "2025-11-25" } as const;
export const newSdkHeaders = { accept: "application/json", "mcp-protocol-version": "2026-07-28" } as const;
