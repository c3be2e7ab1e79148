// The two messages that open a conversation with an MCP server, and what an answer to them says.
import * as z from "zod";

export type Opening = "initialize" | "server/discover";

const about = { name: "mcp-stack-gateway-check", version: "1.0.0" };
const prefix = "io.modelcontextprotocol";

const params: Record<Opening, object> = {
  initialize: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: about },
  "server/discover": {
    _meta: {
      [`${prefix}/protocolVersion`]: "2026-07-28",
      [`${prefix}/clientInfo`]: about,
      [`${prefix}/clientCapabilities`]: {},
    },
  },
};

export function openingBody(method: Opening): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: params[method] });
}

export function openingHeaders(method: Opening): Record<string, string> {
  const usual = { accept: "application/json, text/event-stream", "content-type": "application/json" };
  return method === "initialize"
    ? usual
    : { ...usual, "mcp-protocol-version": "2026-07-28", "mcp-method": "server/discover" };
}

const message = z.looseObject({
  jsonrpc: z.literal("2.0"),
  result: z
    .looseObject({
      protocolVersion: z.string().optional().catch(undefined),
      supportedVersions: z.array(z.string()).optional().catch(undefined),
    })
    .optional(),
  error: z.looseObject({ code: z.number() }).optional(),
});

export type McpAnswer =
  /** The protocol versions that it offers. */
  { kind: "result"; versions: string[] } | { kind: "error"; code: number } | { kind: "other" };

/** Of a body in JSON or as server-sent events, whole or cut short. */
export function readMcp(body: string, contentType: string): McpAnswer {
  const texts = /event-stream/i.test(contentType) ? eventsOf(body) : [body];
  for (const text of texts) {
    const { result, error } = message.safeParse(jsonOf(text)).data ?? {};
    if (result) {
      const { protocolVersion, supportedVersions } = result;
      return { kind: "result", versions: supportedVersions ?? (protocolVersion ? [protocolVersion] : []) };
    }
    if (error) return { kind: "error", code: error.code };
  }
  return { kind: "other" };
}

function eventsOf(body: string): string[] {
  return body.split(/\r?\n\r?\n/).map((event) =>
    event
      .split(/\r?\n/)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice("data:".length).trim())
      .join("\n"),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
