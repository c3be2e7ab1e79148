// A web server on loopback that publishes what a test puts there: metadata, key sets, introspection answers; counted.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

interface Published {
  status?: number;
  /** Instead of JSON's own type; text as body is sent as it is then. */
  headers?: Record<string, string>;
  body?: unknown;
  /** Begins and never ends. */
  drip?: boolean;
}

const documents = new Map<string, Published>();
const counts = new Map<string, number>();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://published");
  let text = "";
  for await (const part of request) text += String(part);
  const reply = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (request.method === "PUT") {
    documents.set(pathname, JSON.parse(text) as Published);
    return reply(200, {});
  }
  if (pathname.startsWith("/count/")) return reply(200, counts.get(pathname.slice("/count".length)) ?? 0);
  counts.set(pathname, (counts.get(pathname) ?? 0) + 1);
  const found = documents.get(pathname);
  if (found?.headers || found?.drip) return irregular(found, response);
  reply(found ? (found.status ?? 200) : 404, found?.body ?? {});
}

function irregular({ status, headers, body, drip }: Published, response: ServerResponse): void {
  response.writeHead(status ?? 200, { "content-type": "application/json", ...headers });
  if (!drip) return void response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
  const drops = setInterval(() => response.write(" "), 100);
  response.on("close", () => clearInterval(drops));
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  project.provide("publishedUrl", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return () =>
    new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
}
