// Faults that a provider's endpoint shows on demand, counted down; and how often each endpoint was asked.
import type { IncomingMessage, ServerResponse } from "node:http";

export type ProviderEndpoint = "metadata" | "jwks" | "authorize" | "token" | "userinfo" | "revocation" | "other";

export interface Fault {
  endpoint: ProviderEndpoint;
  /** How many requests meet it; all until it is cleared when absent. */
  times?: number;
  /** Accepts the request and never answers. */
  hang?: boolean;
  /** Closes the connection before anything is done. */
  drop?: boolean;
  /** Milliseconds before the provider begins its work. */
  delay?: number;
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Lets the provider do its work and loses the answer on the way back. */
  dropReply?: boolean;
}

export class FaultLayer {
  #faults: Fault[] = [];
  readonly counts: Record<ProviderEndpoint, number> = {
    metadata: 0,
    jwks: 0,
    authorize: 0,
    token: 0,
    userinfo: 0,
    revocation: 0,
    other: 0,
  };

  add(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  clear(): void {
    this.#faults = [];
    for (const endpoint of Object.keys(this.counts) as ProviderEndpoint[]) this.counts[endpoint] = 0;
  }

  /** Counts the request; true when a fault has dealt with it, or will by calling `goOn`. */
  meets(request: IncomingMessage, response: ServerResponse, goOn: () => void): boolean {
    const endpoint = endpointOf(request.url ?? "/");
    this.counts[endpoint]++;
    const fault = this.#take(endpoint);
    if (!fault) return false;
    if (fault.dropReply) {
      const socket = response.socket;
      // Whatever the provider writes ends at a closed connection.
      response.end = (() => {
        socket?.destroy();
        return response;
      }) as typeof response.end;
      return false;
    }
    if (fault.hang) return true;
    if (fault.delay !== undefined) {
      setTimeout(goOn, fault.delay);
      return true;
    }
    if (fault.drop) {
      response.socket?.destroy();
      return true;
    }
    response.writeHead(fault.status ?? 200, { "content-type": "text/html", ...fault.headers });
    response.end(fault.body ?? "");
    return true;
  }

  #take(endpoint: ProviderEndpoint): Fault | undefined {
    const fault = this.#faults.find((candidate) => candidate.endpoint === endpoint && candidate.times !== 0);
    if (fault?.times !== undefined) fault.times--;
    return fault;
  }
}

function endpointOf(url: string): ProviderEndpoint {
  const path = new URL(url, "http://provider").pathname;
  if (path.includes("/.well-known/")) return "metadata";
  const last = path.split("/")[1] ?? "";
  const names: Record<string, ProviderEndpoint> = {
    jwks: "jwks",
    auth: "authorize",
    token: "token",
    me: "userinfo",
  };
  if (path.startsWith("/token/revocation")) return "revocation";
  return names[last] ?? "other";
}
