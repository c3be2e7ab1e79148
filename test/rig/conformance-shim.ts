// Adds a bearer in front of a server for a program that cannot send one; everything else passes as it came.
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Shim {
  origin: string;
  /** The target's path at the shim's origin. */
  url: string;
  close(): Promise<void>;
}

/**
 * Header names, their order and both bodies stay as they are, and each chunk is sent as soon as it is there. Two
 * headers change: `Authorization` is added, and `Host` names the next hop, as every client of a URL has it.
 */
export async function startShim(target: () => { url: string; token: string }): Promise<Shim> {
  const server = createServer((incoming, answer) => pass(target(), incoming, answer));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: `${origin}/mcp`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function pass({ url, token }: { url: string; token: string }, incoming: IncomingMessage, answer: ServerResponse) {
  const { host } = new URL(url);
  const headers = pairs(incoming.rawHeaders).filter(([name]) => !/^(host|authorization)$/i.test(name));
  const onward = request(url, {
    method: incoming.method ?? "GET",
    // A connection of its own for each request, which nobody can have closed meanwhile.
    agent: false,
    headers: [["Host", host], ...headers, ["Authorization", `Bearer ${token}`]].flat(),
  });
  onward.on("response", (response) => {
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, response.rawHeaders);
    answer.flushHeaders();
    response.pipe(answer);
    response.on("error", () => answer.destroy());
  });
  onward.on("error", () => answer.destroy());
  answer.on("close", () => onward.destroy());
  incoming.pipe(onward);
}

function pairs(raw: string[]): [string, string][] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""] as [string, string]] : []));
}
