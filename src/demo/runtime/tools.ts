// The demo MCP server's tools: each one calls the API over HTTP with the person's own token, never with a shared one.
import { type CallToolResult, McpServer, type ServerContext } from "@modelcontextprotocol/server";
import * as z from "zod";
import { ticket } from "./tickets.ts";

const me = z.object({
  subject: z.string(),
  workspace: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
});
const ticketList = z.object({ items: z.array(ticket) });
const refusal = z.looseObject({ error: z.string(), message: z.string() });

/** What the seed publishes to the gateway: which scopes a call of each tool needs. */
export const toolScopes = [
  { name: "whoami", scopes: [] },
  { name: "list_tickets", scopes: ["tickets.read"] },
  { name: "create_ticket", scopes: ["tickets.write"] },
];

/** A fresh server; the SDK asks for one per request or per session. */
export function supportServer(apiUrl: string): McpServer {
  const server = new McpServer({ name: "support-api", version: "1.0.0" });
  server.registerTool(
    "whoami",
    {
      title: "Who am I",
      description: "Names the person and the workspace that this connection acts for.",
      annotations: { readOnlyHint: true },
    },
    async (context) => {
      const answer = await call(apiUrl, "/me", context, me);
      if ("failure" in answer) return answer.failure;
      const { name, email, subject, workspace } = answer.value;
      return {
        content: [{ type: "text", text: `${name} (${email}), account ${subject} in workspace ${workspace}` }],
        structuredContent: { ...answer.value, gatewayUser: gatewayUser(context) },
      };
    },
  );
  server.registerTool(
    "list_tickets",
    {
      title: "List tickets",
      description: "Lists the person's support tickets, newest first. Needs tickets.read.",
      annotations: { readOnlyHint: true },
    },
    async (context) => {
      const answer = await call(apiUrl, "/tickets", context, ticketList);
      if ("failure" in answer) return answer.failure;
      const lines = answer.value.items.map((item) => `#${item.id} [${item.status}] ${item.title}`);
      return { content: [{ type: "text", text: lines.join("\n") }], structuredContent: answer.value };
    },
  );
  server.registerTool(
    "create_ticket",
    {
      title: "Create a ticket",
      description: "Opens a support ticket for the person. Needs tickets.write.",
      inputSchema: z.object({ title: z.string().min(1).max(200).describe("One line that says what is wrong") }),
    },
    async ({ title }, context) => {
      const answer = await call(apiUrl, "/tickets", context, ticket, { title });
      if ("failure" in answer) return answer.failure;
      const { id } = answer.value;
      return { content: [{ type: "text", text: `Created #${id}: ${title}` }], structuredContent: answer.value };
    },
  );
  return server;
}

function gatewayUser(context: ServerContext): string | null {
  const user = context.http?.authInfo?.extra?.userId;
  return typeof user === "string" ? user : null;
}

type Answer<T> = { value: T } | { failure: CallToolResult };

/** GET without a body, POST with one. A refusal by the API becomes a tool error that says what the API said. */
async function call<T>(
  apiUrl: string,
  path: string,
  context: ServerContext,
  shape: z.ZodType<T>,
  body?: unknown,
): Promise<Answer<T>> {
  const response = await fetch(`${apiUrl}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${context.http?.authInfo?.token ?? ""}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: context.mcpReq.signal,
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return { value: shape.parse(answer) };
  const said = refusal.safeParse(answer);
  const reason = said.success ? `${said.data.error}: ${said.data.message}` : "no reason given";
  return {
    failure: { isError: true, content: [{ type: "text", text: `The API answered ${response.status} ${reason}` }] },
  };
}
