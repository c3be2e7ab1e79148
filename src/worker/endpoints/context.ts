// What every room is handed: types only, built by app.ts.
import type { GatewayEvent } from "../../contract/events.ts";
import type { Connector } from "../downstream/port.ts";
import type { ClientDocuments } from "../oauth/client-document.ts";
import type { Settings } from "../oauth/deployment.ts";
import type { ClientBook } from "../oauth/known-client.ts";
import type { NotePerson } from "../store/noted-people.ts";
import type { ClientStore, Directory } from "../store/promises/directory.ts";
import type { GrantStore } from "../store/promises/grants.ts";
import type { ApiTokenStore } from "../store/promises/operators.ts";
import type { ReplayStore } from "../store/promises/replays.ts";
import type { ServerSnapshot, SnapshotReader } from "../store/promises/snapshot.ts";
import type { AccessTokens, Assertions, Sealer } from "../tokens/port.ts";

/** Built once per isolate. */
export interface Context {
  settings: Settings;
  /** Epoch seconds. */
  now(): number;
  snapshots: SnapshotReader;
  grants: GrantStore;
  replays: ReplayStore;
  clients: ClientStore;
  /** The documents of clients whose id is a URL. */
  clientDocuments: ClientDocuments;
  directory: Directory;
  /** Somebody came without a grant; for the background. */
  notePerson: NotePerson;
  /** For callers of static headers servers that the snapshot does not know. */
  apiTokens: Pick<ApiTokenStore, "findByHash" | "used">;
  connector: Connector;
  sealer: Sealer;
  accessTokens: AccessTokens;
  assertions: Assertions;
  /** Public JWKs of the keys that sign, will sign or lately signed assertions. */
  publishedKeys(): Promise<object[]>;
  /** True when the caller may go on; keyed by what is counted. */
  allow(limit: "register" | "authorize" | "failures", key: string): Promise<boolean>;
  /** Keeps an event; never throws and never delays the caller. */
  record(event: GatewayEvent): void;
}

/** One request at the door. */
export interface Visit {
  context: Context;
  requestId: string;
  /** Lives on after the response (`waitUntil`). */
  background(work: Promise<unknown>): void;
}

/** A server found by host or path, with the URLs that are derived from PUBLIC_ORIGIN and never from the request. */
export interface Server {
  snapshot: ServerSnapshot;
  /** `S`: `{origin}/s/{slug}` or `https://{slug}.{suffix}`. */
  issuer: string;
  /** `S/mcp`, canonical. */
  resource: string;
  /** Where the protected-resource metadata of `resource` is published. */
  resourceMetadata: string;
  /** Base of authorize, token, register and revoke: always `{origin}/s/{slug}`. */
  endpoints: string;
}

export interface ServerVisit extends Visit {
  server: Server;
  /** The clients of this server, for the endpoints where no grant remembers one. */
  clientBook: ClientBook;
}
