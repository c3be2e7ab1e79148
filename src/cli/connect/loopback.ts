// The redirect URI of a test authorization: a listener on a free port of this machine alone (RFC 8252 §7.3).
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "../failure.ts";

export interface Loopback {
  redirectUri: string;
  /** The query of the one answer whose `state` is this. @throws Failure after so many milliseconds without it */
  answer(state: string, timeLimit: number): Promise<URLSearchParams>;
  close(): void;
}

const path = "/callback";

export async function listen(): Promise<Loopback> {
  let taken: (answer: URLSearchParams) => boolean = () => false;
  let strays = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (request.method !== "GET" || url.pathname !== path) return page(response, 404, "Nothing is here.");
    if (taken(url.searchParams)) {
      const denied = url.searchParams.has("error");
      return page(response, 200, denied ? "The authorization was refused." : "Done. You can close this window.");
    }
    strays += 1;
    page(response, 400, "This answer belongs to another authorization.");
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(portOf(server.address())));
  });
  return {
    redirectUri: `http://127.0.0.1:${port}${path}`,
    answer: (state, timeLimit) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(tooLate(timeLimit, strays)), timeLimit);
        // Anybody who finds the port may knock: only the answer to our own request counts (RFC 6749 §10.12).
        taken = (answer) => {
          if (answer.get("state") !== state) return false;
          clearTimeout(timer);
          taken = () => false;
          resolve(answer);
          return true;
        };
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function tooLate(timeLimit: number, strays: number): Failure {
  return new Failure("the browser did not come back", {
    expected: "the answer with our state",
    seen: strays === 0 ? `nothing in ${timeLimit / 1000} s` : `${strays} answers with another state`,
    fix: "look at the page in the browser: it says what is wrong; --timeout gives more time",
  });
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  return address.port;
}

function page(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  response.end(`<!doctype html><html lang="en"><title>mcpstack</title><p>${sentence}</p></html>`);
}
