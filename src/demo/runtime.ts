// The demo's own MCP server and the API behind it: what an organization would host, here in one process.
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { type Listening, listen } from "./listen.ts";
import { ticketApi } from "./runtime/api.ts";
import { callerCheck } from "./runtime/caller.ts";
import { mcpEndpoint } from "./runtime/mcp.ts";
import { openTickets } from "./runtime/tickets.ts";

export interface RuntimeOptions {
  port: number;
  /** The authorization server whose access tokens the API takes. */
  issuer: string;
  gatewayOrigin: string;
  /** The MCP URL at the gateway: the audience of the assertions that this runtime accepts. */
  mcpUrl: string;
  /** SQLite file with the tickets. */
  storePath: string;
}

export interface Runtime extends Listening {
  /** Where the gateway forwards to. */
  url: string;
  /** The API's identifier, the audience of tokens for it. */
  apiResource: string;
}

/** The API's identifier, known before anything listens because the provider needs it too. */
export function apiResourceAt(port: number): string {
  return `http://localhost:${port}/api`;
}

export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const apiResource = apiResourceAt(options.port);
  const tickets = openTickets(options.storePath);
  const callerOf = callerCheck(options);
  const mcp = mcpEndpoint(apiResource);
  const app = new Hono();
  app.route("/api", ticketApi({ issuer: options.issuer, resource: apiResource }, tickets));
  app.all("/mcp", async (c) => {
    const caller = await callerOf(c.req.raw);
    if ("refusal" in caller) return c.json({ error: "unauthorized", message: caller.refusal }, 401);
    return mcp.answer(c.req.raw, caller);
  });
  app.onError((error, c) => {
    console.error(error);
    return c.json({ error: "server_error", message: "the demo runtime failed; its log says why" }, 500);
  });
  const server = await listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }), options.port);
  return {
    url: `http://localhost:${options.port}/mcp`,
    apiResource,
    async close() {
      await mcp.close();
      await server.close();
      tickets.close();
    },
  };
}
