// As much of MCP over Streamable HTTP as it takes to list tools: JSON-RPC over fetch, answers as JSON or as events.
import * as z from "zod";
import { Failure } from "../failure.ts";
import { version } from "../version.ts";
import type { Found } from "./steps.ts";
import { jsonOf, refused, send } from "./wire.ts";

/** Widely spoken; a runtime that speaks another answers with its own, which is then used. */
const protocolVersion = "2025-06-18";

export const initializeRequest = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion, capabilities: {}, clientInfo: { name: "mcpstack", version } },
};

export interface Connection {
  protocolVersion: string;
  sessionId: string | null;
}

const initialized = z.looseObject({
  protocolVersion: z.string(),
  serverInfo: z.looseObject({ name: z.string(), version: z.string() }),
});

const toolsPage = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string(), description: z.string().optional() })),
  nextCursor: z.string().optional(),
});
export type Tool = z.output<typeof toolsPage>["tools"][number];

const mostPages = 100;

export function mcpAt(url: string, accessToken: string) {
  let last = initializeRequest.id;
  const post = (message: object, connection: Connection | null) =>
    send(url, { method: "POST", headers: headersOf(accessToken, connection), body: JSON.stringify(message) });
  return {
    async initialize(): Promise<Found<Connection>> {
      const response = await post(initializeRequest, null);
      const result = await resultOf(response, initializeRequest.id, initialized, "initialize");
      const connection = { protocolVersion: result.protocolVersion, sessionId: response.headers.get("mcp-session-id") };
      const noticed = await post({ jsonrpc: "2.0", method: "notifications/initialized" }, connection);
      if (!noticed.ok) throw refused("notifications/initialized", noticed.status, jsonOf(await noticed.text()));
      await noticed.body?.cancel();
      const { name, version: runtimeVersion } = result.serverInfo;
      return { seen: `${name} ${runtimeVersion}, protocol ${result.protocolVersion}`, value: connection };
    },
    async tools(connection: Connection): Promise<Found<Tool[]>> {
      const tools: Tool[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        last += 1;
        const message = {
          jsonrpc: "2.0",
          id: last,
          method: "tools/list",
          params: cursor === undefined ? {} : { cursor },
        };
        const result = await resultOf(await post(message, connection), last, toolsPage, "tools/list");
        tools.push(...result.tools);
        cursor = result.nextCursor;
        if (cursor === undefined) break;
      }
      return { seen: `${tools.length} tools`, value: tools };
    },
    /** Best effort: not every runtime ends sessions. */
    async end(connection: Connection): Promise<void> {
      if (connection.sessionId === null) return;
      const ended = send(url, { method: "DELETE", headers: headersOf(accessToken, connection) });
      await ended.then((response) => response.body?.cancel()).catch(() => undefined);
    },
  };
}

function headersOf(accessToken: string, connection: Connection | null): Record<string, string> {
  return {
    authorization: `Bearer ${accessToken}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...(connection && { "mcp-protocol-version": connection.protocolVersion }),
    ...(connection?.sessionId && { "mcp-session-id": connection.sessionId }),
  };
}

const reply = z.looseObject({
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  result: z.unknown(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});

async function resultOf<T extends z.ZodType>(
  response: Response,
  id: number,
  schema: T,
  method: string,
): Promise<z.output<T>> {
  const raw = await messageOf(response, id);
  if (!response.ok) {
    const failure = refused(method, response.status, raw);
    const challenge = response.headers.get("www-authenticate");
    throw challenge
      ? new Failure(failure.message, { ...failure.detail, seen: `${response.status} ${challenge}` })
      : failure;
  }
  const parsed = reply.safeParse(raw);
  const error = parsed.success ? parsed.data.error : undefined;
  if (error)
    throw new Failure(`${method} failed: ${error.message}`, { expected: "a result", seen: `error ${error.code}` });
  const result = parsed.success ? schema.safeParse(parsed.data.result) : null;
  if (result?.success) return result.data;
  throw new Failure(`the runtime's answer to ${method} is not MCP`, {
    expected: `a JSON-RPC result with id ${id}`,
    seen: `${response.headers.get("content-type") ?? "no content type"}, ${result?.error.issues[0]?.message ?? "no such message"}`,
    fix: "check that the server's runtimeUrl is the runtime's MCP endpoint",
  });
}

/** The message with this id, whether it is the whole body or one event among others. */
async function messageOf(response: Response, id: number): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream")) return jsonOf(await response.text());
  for await (const data of eventsOf(response)) {
    const message = jsonOf(data);
    const parsed = reply.safeParse(message);
    if (parsed.success && parsed.data.id === id) return message;
  }
  return undefined;
}

/** The `data` of each event (HTML Standard §9.2.6); lines end in LF, CR or CRLF. Leaving the loop ends the stream. */
export async function* eventsOf(response: Pick<Response, "body">): AsyncGenerator<string> {
  let rest = "";
  let data: string[] = [];
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    rest += chunk;
    // A CR at the end may be half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "" && data.length > 0) yield data.join("\n");
      if (line === "") data = [];
      else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
  }
}
