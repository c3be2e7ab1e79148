// A gateway as an embedded app sees it: real HTTP, the exchange of the contract, and an MCP server behind its tokens.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { type ExchangeRequest, exchangeRequest, exchangeResponse, tokenType } from "../../src/contract/embed.ts";

interface Exchanged {
  slug: string;
  body: ExchangeRequest;
  request: Request;
}

interface Called {
  slug: string;
  method: string;
  /** Who the token was issued for; null for a token that the server refused. */
  user: string | null;
  body: string;
  request: Request;
}

/** An app token is `app-secret-<user>`; the one issued for it `mcp-secret-<user>-<n>`. */
export class EmbeddingGateway {
  readonly origin: string;
  readonly close: () => Promise<void>;
  readonly exchanges: Exchanged[] = [];
  readonly calls: Called[] = [];
  /** Seconds that an issued token lives. */
  life = 3600;
  /** What the next exchanges answer instead, first in, first out. */
  readonly answers: ((request: Request) => Response | Promise<Response>)[] = [];
  readonly #live = new Map<string, { user: string; slug: string; until: number }>();
  #issued = 0;

  constructor(origin: string, close: () => Promise<void>) {
    this.origin = origin;
    this.close = close;
  }

  reset(): void {
    this.exchanges.length = 0;
    this.calls.length = 0;
    this.answers.length = 0;
    this.life = 3600;
    this.#live.clear();
  }

  /** From now on every token issued so far is answered with 401. */
  revokeAll(): void {
    this.#live.clear();
  }

  async answer(request: Request): Promise<Response> {
    const [, slug = "", rest = ""] = /^\/s\/([^/]+)\/(.*)$/.exec(new URL(request.url).pathname) ?? [];
    if (rest === "embedded/exchange") return this.#exchange(slug, request);
    return this.#call(slug, rest, request);
  }

  async #exchange(slug: string, request: Request): Promise<Response> {
    const sent = exchangeRequest.safeParse(await request.json());
    if (!sent.success) return Response.json({ error: "invalid_request", reason: "malformed_request" }, { status: 400 });
    this.exchanges.push({ slug, body: sent.data, request });
    const scripted = this.answers.shift();
    return scripted ? scripted(request) : this.issue(slug, sent.data.token.replace("app-secret-", ""));
  }

  issue(slug: string, user: string): Response {
    const token = `mcp-secret-${user}-${++this.#issued}`;
    this.#live.set(token, { user, slug, until: Date.now() + this.life * 1000 });
    const body = exchangeResponse.parse({
      access_token: token,
      issued_token_type: tokenType.accessToken,
      token_type: "Bearer",
      expires_in: this.life,
      scope: "tickets.read",
      resource: `${this.origin}/s/${slug}/mcp`,
      user: { id: `usr_${user}`, workspace: "acme" },
    });
    return Response.json(body, { headers: { "cache-control": "no-store" } });
  }

  async #call(slug: string, rest: string, request: Request): Promise<Response> {
    const token = this.#live.get(request.headers.get("authorization")?.replace("Bearer ", "") ?? "");
    const user = token && token.slug === slug && Date.now() < token.until ? token.user : null;
    const body = await request.clone().text();
    this.calls.push({ slug, method: request.method, user, body, request });
    if (user === null) {
      const headers = { "www-authenticate": 'Bearer realm="mcp", error="invalid_token", scope="tickets.read"' };
      return Response.json({ error: "invalid_token" }, { status: 401, headers });
    }
    if (rest === "mcp") return createMcpHandler(() => whoAmI(user)).fetch(request);
    if (rest === "stream") return new Response(endless(), { headers: { "content-type": "text/event-stream" } });
    return Response.json({ user, body });
  }
}

function whoAmI(user: string): McpServer {
  const server = new McpServer({ name: "who", version: "1" });
  server.registerTool("whoami", {}, () => ({ content: [{ type: "text", text: user }] }));
  return server;
}

/** One event, and then silence on an open line. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")) });
}

export async function startEmbeddingGateway(): Promise<EmbeddingGateway> {
  const server = createServer(
    getRequestListener((request) => gateway.answer(request), { overrideGlobalObjects: false }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const gateway = new EmbeddingGateway(`http://127.0.0.1:${port}`, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return gateway;
}
