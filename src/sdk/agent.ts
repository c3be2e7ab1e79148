// An embedded app's agent: signs the app's user in to its MCP servers and hands out a fetch and a transport for each.
import { Connection, idle } from "./connection.ts";
import { type AppAgentError, failed } from "./failure.ts";
import { type AppAgentOptions, checkedOptions, identityOf, serverBase } from "./options.ts";
import { type AppAgentServer, serverHandle } from "./server-handle.ts";
import { type AppAgentSnapshot, snapshotOf } from "./snapshot.ts";

export interface AppAgent {
  /** Calls the listener after each change; answers the function that ends it. */
  subscribe(listener: () => void): () => void;
  getSnapshot(): AppAgentSnapshot;
  /** Exchanges for every configured server, anew after `close`. Never rejects: failures are in the snapshot. */
  connect(): Promise<AppAgentSnapshot>;
  /** A slug or a base URL; asks nothing before its first call. The same object for the same person and session. */
  server(name: string): AppAgentServer;
  /** Drops tokens and aborts calls if they belong to another identity; throws a TypeError that names a bad field. */
  update(change: Partial<AppAgentOptions>): void;
  /** Drops tokens and aborts everything in flight; only `connect` opens the agent again, for new handles. */
  close(): void;
}

/** Touches no network before `connect` or a first call; throws a TypeError that names a bad field. */
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
  /** Both by base URL; a connection is made by its first use. */
  readonly #connections = new Map<string, Connection>();
  readonly #handles = new Map<string, AppAgentServer>();
  /** Counts persons and sessions: the handles of an earlier one are dead. */
  #person = 0;
  /** Once connected, a new person is signed in without being asked. */
  #eager = false;
  #closed = false;

  constructor(options: AppAgentOptions) {
    this.#options = checkedOptions(options);
    this.snapshot = this.#picture();
  }

  subscribe(listener: () => void): () => void {
    // One entry per subscription, also when a listener subscribes twice.
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  async connect(): Promise<AppAgentSnapshot> {
    this.#closed = false;
    this.#eager = true;
    const opened = [...this.#listed()].map(([base, name]) => this.#connection(base, name).token());
    await Promise.allSettled(opened);
    return this.snapshot;
  }

  server(name: string): AppAgentServer {
    const base = serverBase(this.#options.gatewayUrl, name);
    const known = this.#handles.get(base);
    if (known) return known;
    const person = this.#person;
    const connection = () => {
      if (this.#closed) throw closed(name);
      if (person !== this.#person) throw identityChanged(name);
      return this.#connection(base, name);
    };
    const through = () => this.#options.fetch ?? globalThis.fetch;
    const handle = serverHandle({ server: name, base, fetch: through, connection });
    this.#handles.set(base, handle);
    return handle;
  }

  update(change: Partial<AppAgentOptions>): void {
    const before = this.#options;
    this.#options = checkedOptions({ ...before, ...change });
    if (identityOf(before) !== identityOf(this.#options)) this.#restart();
    else if (String(before.servers) !== String(this.#options.servers)) this.#relist(before);
  }

  close(): void {
    this.#closed = true;
    this.#eager = false;
    this.#end(closed);
  }

  #relist(before: AppAgentOptions): void {
    const listed = this.#listed();
    const left = (before.servers ?? []).map((name) => serverBase(before.gatewayUrl, name));
    for (const base of left.filter((one) => !listed.has(one))) this.#drop(base, closed);
    this.#changed();
    if (this.#eager) void this.connect();
  }

  #restart(): void {
    this.#end(identityChanged);
    if (this.#eager) void this.connect();
  }

  /** Whoever comes next, also after `close`, takes over no token, handle or stream. */
  #end(why: (server: string) => AppAgentError): void {
    this.#person++;
    this.#handles.clear();
    for (const base of [...this.#connections.keys()]) this.#drop(base, why);
    this.#changed();
  }

  #drop(base: string, why: (server: string) => AppAgentError): void {
    const connection = this.#connections.get(base);
    this.#connections.delete(base);
    connection?.close(why(connection.server));
  }

  #connection(base: string, server: string): Connection {
    const known = this.#connections.get(base);
    if (known) return known;
    const made = new Connection({
      options: () => this.#options,
      server,
      base,
      changed: () => this.#changed(),
      userChanged: () => this.#restart(),
    });
    this.#connections.set(base, made);
    return made;
  }

  /** Base URL to the name that the app gave. */
  #listed(): Map<string, string> {
    const { gatewayUrl, servers = [] } = this.#options;
    return new Map(servers.map((name) => [serverBase(gatewayUrl, name), name]));
  }

  #changed(): void {
    this.snapshot = this.#picture();
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // As an event target does: the listener's own error is reported, and no call fails for it.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #picture(): AppAgentSnapshot {
    const names = this.#listed();
    for (const [base, { server }] of this.#connections) if (!names.has(base)) names.set(base, server);
    const states = [...names].map(([base, name]) => [name, this.#connections.get(base)?.state ?? idle]);
    return snapshotOf(Object.fromEntries(states));
  }
}

function closed(server: string): AppAgentError {
  return failed("closed", server, "The agent was closed, or this server was taken off its list.");
}

function identityChanged(server: string): AppAgentError {
  return failed(
    "identity_changed",
    server,
    "This was for an earlier user or session; get the server from the agent again.",
  );
}
