// What the scheduled work asks of storage: keys, copies that were not written, rows whose time is over.

export interface SigningKeyRow {
  kid: string;
  /** The public half as JSON. */
  publicJwk: string;
  createdAt: number;
  /** Published before, used from then on. */
  activeFrom: number;
  /** When another key took over. */
  retiredAt: number | null;
}

/** A key as it is made: the private half is sealed with purpose `signing-key` under the kid. */
export interface FreshKey {
  kid: string;
  publicJwk: string;
  privateJwkSealed: string;
}

export interface SigningKeyStore {
  /** Every key that is published. */
  published(): Promise<SigningKeyRow[]>;
  /** The key that signs at this time. */
  active(now: number): Promise<{ kid: string; privateJwkSealed: string } | null>;
  /** Adds a key; the first of all only if there is still none. */
  add(key: FreshKey, activeFrom: number, now: number, onlyIfNone: boolean): Promise<void>;
  /** Marks the others that were active as retired, and every server's snapshot as unpublished: it names the key. */
  takeOver(kid: string, now: number): Promise<void>;
  /** Takes keys retired before this time out of the key set and forgets their private halves. */
  remove(retiredBefore: number, now: number): Promise<number>;
}

/** A row that holds sealed values: where it is, what they are bound to, and the values as they are now. */
export interface SealedRow {
  kind: "gateway" | "server" | "signing-key";
  id: string;
  sealed: string[];
}

export interface UpkeepStore {
  /** Rows with a value that starts like this: sealed under a former master key. */
  sealedUnder(mark: string, limit: number): Promise<SealedRow[]>;
  /** Puts new seals in the place of the old ones, unless the row has changed since; snapshots that show them follow. */
  reseal(row: SealedRow, sealed: string[]): Promise<void>;
  /** Slugs whose copy differs from what D1 says, deleted servers included. */
  unpublished(limit: number): Promise<string[]>;
  /** Forgets ended grants whose access tokens have expired, and index rows of grants that are over anyway. */
  pruneGrants(now: number): Promise<number>;
  /** Forgets rotated keys of agents that have ended, and marks the snapshots that still name them as unpublished. */
  clearAgentKeys(now: number): Promise<number>;
  /** Deletes registered clients not used since then that have no grant. */
  reapClients(unusedSince: number, limit: number): Promise<number>;
}
