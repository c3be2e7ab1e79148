// The worker's bindings with every round trip to storage written down, for tests that hold a request to its price.
import type { Bindings } from "../../src/worker/settings.ts";

type Store = "d1" | "kv" | "object" | "limit";

/** A round trip as `store verb`, such as `kv get` or `object refresh`. */
export interface Ledger {
  /** Hand this to the worker; the same object is the same isolate to it, a new one is a cold start. */
  bindings: Bindings;
  /** What was written down since the last call, oldest first. */
  taken(): string[];
}

/** @param overrides variables or bindings that differ from `env` */
export function countStorage(env: Bindings, overrides: Partial<Bindings> = {}): Ledger {
  let written: string[] = [];
  const note = (store: Store, verb: string) => {
    written.push(`${store} ${verb}`);
  };
  const real = { ...env, ...overrides };
  const bindings: Bindings = {
    ...real,
    DB: countedDatabase(real.DB, note),
    COPIES: counted(real.COPIES, ["get", "getWithMetadata", "put", "delete", "list"], "kv", note),
    GRANTS: countedObjects(real.GRANTS, note),
  };
  for (const name of ["LIMIT_REGISTER", "LIMIT_AUTHORIZE", "LIMIT_FAILURES"] as const) {
    const limit = real[name];
    if (limit) bindings[name] = counted(limit, ["limit"], "limit", note);
  }
  const taken = () => {
    const since = written;
    written = [];
    return since;
  };
  return { bindings, taken };
}

type Note = (store: Store, verb: string) => void;

/** Members of platform objects must be called on the object itself. */
function counted<T extends object>(target: T, verbs: readonly string[], store: Store, note: Note): T {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...sent: unknown[]) => {
        if (typeof name === "string" && verbs.includes(name)) note(store, name);
        return Reflect.apply(member, target, sent);
      };
    },
  });
}

const executing = ["all", "first", "raw", "run"];

/** A statement costs nothing until it is executed; a batch is one round trip, whatever it holds. */
function countedDatabase(database: D1Database, note: Note): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const statement = (original: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(counted(original, executing, "d1", note), {
      get: (target, name) =>
        name === "bind"
          ? (...values: unknown[]) => statement(original.bind(...values))
          : Reflect.get(target, name, target),
    });
    originals.set(wrapped, original);
    return wrapped;
  };
  return new Proxy(counted(database, ["exec", "dump"], "d1", note), {
    get(target, name) {
      if (name === "prepare") return (query: string) => statement(database.prepare(query));
      if (name !== "batch") return Reflect.get(target, name, target);
      return (statements: D1PreparedStatement[]) => {
        note("d1", "batch");
        return database.batch(statements.map((wrapped) => originals.get(wrapped) ?? wrapped));
      };
    },
  });
}

/** Naming an object is free; each call of one of its verbs is a round trip. */
function countedObjects(namespace: Bindings["GRANTS"], note: Note): Bindings["GRANTS"] {
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
        note("object", verb);
        // Not `member.apply`: every member of a stub is itself a remote call.
        return Reflect.apply(member, target, sent);
      };
    },
  });
}
