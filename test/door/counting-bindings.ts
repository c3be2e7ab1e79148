// The worker's bindings with every round trip to storage written down, for tests that hold a request to its price.
import type { Bindings } from "../../src/worker/settings.ts";

type Note = (trip: string) => void;

/** Round trips as `store verb`: `d1 query`, `d1 batch`, `kv get`, `object refresh`, `limit`. */
export interface Ledger {
  /** Hand this to the worker; the same object is the same isolate to it, a new one is a cold start. */
  bindings: Bindings;
  /** What was written down since the last call, oldest first. */
  taken(): string[];
  /** The same for deliveries to logs, which no answer waits for. */
  logged(): string[];
}

/** @param overrides variables or bindings that differ from `env` */
export function countStorage(env: Bindings, overrides: Partial<Bindings> = {}): Ledger {
  let written: string[] = [];
  const note: Note = (trip) => {
    written.push(trip);
  };
  let deliveries: string[] = [];
  const noteDelivery: Note = (trip) => {
    deliveries.push(trip);
  };
  const real = { ...env, ...overrides };
  const bindings: Bindings = {
    ...real,
    DB: countedDatabase(real.DB, note),
    COPIES: counted(real.COPIES, note, { get: "kv get", put: "kv put", delete: "kv delete", list: "kv list" }),
    GRANTS: countedObjects(real.GRANTS, note),
    LOGS: countedObjects(real.LOGS, noteDelivery),
    REPLAYS: countedObjects(real.REPLAYS, note),
  };
  for (const name of ["LIMIT_REGISTER", "LIMIT_AUTHORIZE", "LIMIT_FAILURES"] as const) {
    const limit = real[name];
    if (limit) bindings[name] = counted(limit, note, { limit: "limit" });
  }
  const taken = () => {
    const since = written;
    written = [];
    return since;
  };
  const logged = () => {
    const since = deliveries;
    deliveries = [];
    return since;
  };
  return { bindings, taken, logged };
}

/** Members of platform objects must be called on the object itself. */
function counted<T extends object>(target: T, note: Note, trips: Readonly<Record<string, string>>): T {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...sent: unknown[]) => {
        const trip = trips[String(name)];
        if (trip !== undefined) note(trip);
        return Reflect.apply(member, target, sent);
      };
    },
  });
}

const query = "d1 query";
const executing = { all: query, first: query, raw: query, run: query };

/** A statement costs nothing until it is executed; a batch is one round trip, whatever it holds. */
function countedDatabase(database: D1Database, note: Note): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const statement = (original: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(counted(original, note, executing), {
      get: (target, name) =>
        name === "bind"
          ? (...values: unknown[]) => statement(original.bind(...values))
          : Reflect.get(target, name, target),
    });
    originals.set(wrapped, original);
    return wrapped;
  };
  return new Proxy(counted(database, note, { exec: "d1 exec" }), {
    get(target, name) {
      if (name === "prepare") return (text: string) => statement(database.prepare(text));
      if (name !== "batch") return Reflect.get(target, name, target);
      return (statements: D1PreparedStatement[]) => {
        note("d1 batch");
        return database.batch(statements.map((wrapped) => originals.get(wrapped) ?? wrapped));
      };
    },
  });
}

/** Naming an object is free; each call of one of its verbs is a round trip. */
function countedObjects<T extends Bindings["GRANTS"] | Bindings["LOGS"] | Bindings["REPLAYS"]>(
  namespace: T,
  note: Note,
): T {
  return new Proxy(namespace, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (name !== "get") return (...sent: unknown[]) => Reflect.apply(member, target, sent);
      return (id: DurableObjectId) => countedStub(target.get(id), note);
    },
  });
}

function countedStub<T extends object>(stub: T, note: Note): T {
  return new Proxy(stub, {
    get(target, verb) {
      const member: unknown = Reflect.get(target, verb, target);
      if (typeof member !== "function" || typeof verb !== "string") return member;
      return (...sent: unknown[]) => {
        note(`object ${verb}`);
        // Not `member.apply`: every member of a stub is itself a remote call.
        return Reflect.apply(member, target, sent);
      };
    },
  });
}
