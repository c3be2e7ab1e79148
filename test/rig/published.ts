// A web server on loopback that publishes what a test puts there: metadata, key sets, introspection answers; counted.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

interface Published {
  status?: number;
  body?: unknown;
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
  reply(found ? (found.status ?? 200) : 404, found?.body ?? {});
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
