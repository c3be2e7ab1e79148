// The MCP endpoint: modern clients without sessions, older ones with a session, or without if they never ask for one.

import { randomUUID } from "node:crypto";
import {
  type AuthInfo,
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { Caller } from "./caller.ts";
import { supportServer } from "./tools.ts";

interface Session {
  userId: string;
  transport: WebStandardStreamableHTTPServerTransport;
}

const mostSessions = 1000;

export function mcpEndpoint(apiUrl: string) {
  const sessions = new Map<string, Session>();
  const sessionless = createMcpHandler(() => supportServer(apiUrl));

  async function open(request: Request, caller: Caller, parsedBody: unknown): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        const oldest = sessions.keys().next();
        if (sessions.size >= mostSessions && !oldest.done) sessions.delete(oldest.value);
        sessions.set(id, { userId: caller.userId, transport });
      },
      onsessionclosed: (id) => {
        sessions.delete(id);
      },
    });
    await supportServer(apiUrl).connect(transport);
    return transport.handleRequest(request, { authInfo: authInfo(caller), parsedBody });
  }

  return {
    /** Serves one request of a caller that has been checked. A session belongs to the user who opened it. */
    async answer(request: Request, caller: Caller): Promise<Response> {
      const id = request.headers.get("mcp-session-id");
      if (id !== null && (await isLegacyRequest(request))) {
        const session = sessions.get(id);
        if (session?.userId !== caller.userId) return noSuchSession();
        return session.transport.handleRequest(request, { authInfo: authInfo(caller) });
      }
      if (request.method === "POST" && (await isLegacyRequest(request))) {
        const body: unknown = await request
          .clone()
          .json()
          .catch(() => null);
        if (isInitializeRequest(body)) return open(request, caller, body);
      }
      return sessionless.fetch(request, { authInfo: authInfo(caller) });
    },
    async close() {
      await Promise.all([...sessions.values()].map((session) => session.transport.close()));
      await sessionless.close();
    },
  };
}

function authInfo(caller: Caller): AuthInfo {
  const { userToken, clientId, scopes, userId } = caller;
  return { token: userToken, clientId, scopes, extra: { userId } };
}

/** 404 tells a client to initialize again; another person's session looks like one that never was. */
function noSuchSession(): Response {
  return Response.json(
    { jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } },
    { status: 404 },
  );
}
