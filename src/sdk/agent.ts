// An embedded app's agent: signs the app's user in to its MCP servers and hands out a fetch and a transport for each.
import type { StreamableHTTPClientTransport, StreamableHTTPClientTransportOptions } from "@modelcontextprotocol/client";
import { bearerFetch } from "./bearer-fetch.ts";
import { type AppAgentServerState, Connection, idle } from "./connection.ts";
import type { AppUser } from "./exchange.ts";
import { AppAgentError, type AppAgentFailure, failed } from "./failure.ts";
import { type AppAgentOptions, checkedOptions, identityOf, serverBase } from "./options.ts";

/** Immutable, and the same object until something changes. No token is ever in it. */
export interface AppAgentSnapshot {
  /** The first of failed, exchanging, ready and idle that holds for any server. */
  readonly status: AppAgentServerState["status"];
  /** Who the first ready server says it is. */
  readonly user: AppUser | null;
  readonly error: AppAgentFailure | null;
  /** By the name that the app gave: a slug or a base URL. */
  readonly servers: Readonly<Record<string, AppAgentServerState>>;
}

/** One server for one person in one session: after a change of either its calls reject, and `server()` gives another. */
export interface AppAgentServer {
  /** The MCP URL. */
  readonly url: string;
  /** Adds the bearer; for addresses of this server only. */
  readonly fetch: typeof fetch;
  /** A transport for `client.connect`; needs the package `@modelcontextprotocol/client`. */
  transport(
    options?: Omit<StreamableHTTPClientTransportOptions, "fetch" | "authProvider">,
  ): Promise<StreamableHTTPClientTransport>;
}

export interface AppAgent {
  subscribe(listener: () => void): () => void;
  getSnapshot(): AppAgentSnapshot;
  /** Exchanges for every configured server, also after `close`. Never rejects: failures are in the snapshot. */
  connect(): Promise<AppAgentSnapshot>;
  /** A slug or a base URL; nothing is asked before the first call. The same object for the same person and session. */
  server(name: string): AppAgentServer;
  /** Drops tokens and aborts calls if they belonged to another identity; throws a TypeError that names a bad field. */
  update(change: Partial<AppAgentOptions>): void;
  /** Drops tokens and aborts everything in flight. */
  close(): void;
}

/** Does nothing on the network until `connect` or a first call; throws a TypeError that names a bad field. */
export function createAppAgent(options: AppAgentOptions): AppAgent {
  const agent = new Agent(options);
  return {
    subscribe: (listener) => agent.subscribe(listener),
    getSnapshot: () => agent.snapshot,
    connect: () => agent.connect(),
    server: (name) => agent.server(name),
    update: (change) => agent.update(change),
    close: () => agent.close(),
  };
}

class Agent {
  snapshot: AppAgentSnapshot;
  #options: AppAgentOptions;
  readonly #listeners = new Set<() => void>();
  /** By base URL, like the handles. */
  readonly #connections = new Map<string, Connection & { server: string }>();
  readonly #handles = new Map<string, AppAgentServer>();
  /** Counts persons: a handle of an earlier one is dead. */
  #person = 0;
  #eager = false;
  #closed = false;
}
