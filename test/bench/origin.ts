// What stands behind the gateway, in a process of its own: a trivial MCP runtime, a real provider, a published key set.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";
import { startProvider } from "../rig/provider.ts";

/** What the parent sends first. */
export interface OriginOrder {
  /** Public keys of the app's tokens. */
  keys: JWK[];
}

export interface Origin {
  runtime: string;
  /** An OpenID provider where people sign in. */
  provider: string;
  /** An issuer with the keys of the order and nothing else: for tokens that the bench signs itself. */
  published: string;
}

/** Which answer of the runtime is wanted; the gateway passes headers of this prefix on. */
export const answerHeader = "mcp-bench-answer";
export const streamBytes = 100 * 1024 * 1024;

const small = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: "ok" }] } });
const large = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: "x".repeat(1e5) }] } });
const event = `event: message\ndata: ${small}\n\n`;
const piece = Buffer.from(`data: ${"x".repeat(64 * 1024 - 8)}\n\n`);

const answers: Record<string, (response: ServerResponse) => unknown> = {
  small: (response) => json(response, small),
  large: (response) => json(response, large),
  event: (response) => stream(response).end(event),
  /** One event, then silence until the client leaves. */
  idle: (response) => stream(response).write(event),
  pour(response) {
    stream(response);
    let left = streamBytes;
    const pour = () => {
      while (left > 0 && !response.destroyed) {
        left -= piece.length;
        if (!response.write(piece)) return void response.once("drain", pour);
      }
      response.end();
    };
    pour();
  },
};

function json(response: ServerResponse, body: string): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function stream(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
}

function runtime(request: IncomingMessage, response: ServerResponse): void {
  const wanted = String(request.headers[answerHeader] ?? "small");
  request.once("end", () => answers[wanted]?.(response)).resume();
}

function issuer(keys: JWK[]): RequestListener {
  return (request, response) => {
    const base = `http://${request.headers.host}`;
    const metadata = {
      issuer: base,
      authorization_endpoint: `${base}/auth`,
      token_endpoint: `${base}/token`,
      jwks_uri: `${base}/jwks`,
    };
    json(response, JSON.stringify(request.url === "/jwks" ? { keys } : metadata));
  };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", 1024, ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

if (process.argv[1] === import.meta.filename) {
  process.once("disconnect", () => process.exit(0));
  process.once("message", async ({ keys }: OriginOrder) => {
    const [base, published, { issuer: provider }] = await Promise.all([
      serve(runtime),
      serve(issuer(keys)),
      startProvider({ accessTokenTtl: 3600 }),
    ]);
    process.send?.({ runtime: `${base}/mcp`, provider, published } satisfies Origin);
  });
}
