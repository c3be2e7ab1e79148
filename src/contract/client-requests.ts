// How MCP clients first knock at an MCP URL, as they are known from the field: whatever they send must be challenged.

export interface ClientRequest {
  /** For people. */
  client: string;
  method: "GET" | "HEAD" | "POST";
  /** Null: the client sends none. */
  userAgent: string | null;
  accept: string;
  /** What a POST carries. */
  message?: "initialize" | "server/discover";
  protocolVersion?: string;
}

const streamable = "application/json, text/event-stream";

/** Method, user agent and Accept decide what bot rules and proxies before the gateway make of a request. */
export const clientRequests: readonly ClientRequest[] = [
  {
    client: "Claude",
    method: "POST",
    userAgent: "python-httpx/0.28.1",
    accept: streamable,
    message: "initialize",
  },
  {
    client: "Claude Code",
    method: "POST",
    userAgent: "claude-code/2.1.330 (cli)",
    accept: streamable,
    message: "server/discover",
    protocolVersion: "2026-07-28",
  },
  {
    client: "ChatGPT",
    method: "POST",
    userAgent: "openai-mcp/1.0.0",
    accept: streamable,
    message: "initialize",
  },
  {
    client: "VS Code, Cursor and the TypeScript SDK",
    method: "POST",
    userAgent: "node",
    accept: streamable,
    message: "initialize",
  },
  {
    client: "Codex and goose",
    method: "GET",
    userAgent: null,
    accept: "text/event-stream",
    protocolVersion: "2024-11-05",
  },
  { client: "mcp-remote", method: "GET", userAgent: "undici", accept: "text/event-stream" },
  { client: "Gemini CLI", method: "HEAD", userAgent: "node", accept: "application/json" },
];
