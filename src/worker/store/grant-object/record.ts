// What a grant's object keeps: one record, and the hashes of refresh tokens that were already used.
import type { ReasonCode } from "../../../contract/events.ts";
import type { Identity } from "../../oauth/downstream.ts";
import { attemptLifetime, codeLifetime } from "../../oauth/lifetimes.ts";
import type { AuthorizationRequest, Lifetimes } from "../promises/grants.ts";

/** Seconds an ended grant is kept, so that its reason can still be told. */
const keptAfterEnd = 86_400;

/** `ended` is final; every other state only moves forward. */
export type GrantState = "opened" | "approved" | "departed" | "arrived" | "identified" | "redeemed" | "ended";

/** Times are epoch seconds. Handles are kept as SHA-256 hashes only; what must be read again is sealed. */
export interface GrantRecord {
  v: 1;
  grantId: string;
  state: GrantState;
  request: AuthorizationRequest;
  openedAt: number;
  ticketHash: string;
  approval: { at: number; browserHash: string } | null;
  /** Sealed: state, cookie, code verifier and nonce, so that a repeated click gets the same departure. */
  departure: { at: number; stateHash: string; cookieHash: string; sealed: string } | null;
  code: { at: number; hash: string } | null;
  authorization: Authorization | null;
  refresh: RefreshFamily | null;
  ended: { at: number; reason: ReasonCode; published: boolean } | null;
}

export interface Authorization {
  at: number;
  identity: Identity;
  scope: string[];
  lifetimes: Lifetimes;
  /** Sealed DownstreamTokens. */
  tokensSealed: string;
  credentialExpiresAt: number | null;
  renewable: boolean;
  /** When a call was last refused for missing scopes (epoch seconds), until that was answered at a refresh. */
  stepUpAt: number | null;
  lastUsedAt: number;
  touchedAt: number;
  /** When the last access token of this grant will have expired. */
  tokensExpireAt: number;
}

export interface RefreshFamily {
  hash: string;
  previous: { hash: string; at: number; successorSealed: string } | null;
}

const recordKey = "grant";

/** Synchronous storage: what is read and written without an await between is one transaction. */
export class GrantRecords {
  readonly #storage: DurableObjectStorage;
  readonly #now: () => number;

  constructor(storage: DurableObjectStorage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  read(): GrantRecord | null {
    return this.#storage.kv.get<GrantRecord>(recordKey) ?? null;
  }

  /** Saves the record and sets the alarm for the next thing that time will bring. */
  save(record: GrantRecord): void {
    this.#storage.kv.put(recordKey, record);
    void this.#storage.setAlarm(wakeAt(record, this.#now()) * 1000);
  }

  noteSpent(hash: string): void {
    this.#storage.sql.exec("CREATE TABLE IF NOT EXISTS spent (hash TEXT PRIMARY KEY) WITHOUT ROWID");
    this.#storage.sql.exec("INSERT OR IGNORE INTO spent (hash) VALUES (?)", hash);
  }

  wasSpent(hash: string): boolean {
    this.#storage.sql.exec("CREATE TABLE IF NOT EXISTS spent (hash TEXT PRIMARY KEY) WITHOUT ROWID");
    return this.#storage.sql.exec("SELECT 1 FROM spent WHERE hash = ?", hash).toArray().length > 0;
  }

  /** An attempt that came to nothing at once; an ended grant after a day in which its reason can still be told. */
  isForgettable(record: GrantRecord): boolean {
    if (!record.ended?.published) return false;
    return record.authorization === null || this.#now() >= record.ended.at + keptAfterEnd;
  }

  async erase(): Promise<void> {
    await this.#storage.deleteAll();
  }
}

/** When this grant ends by itself, epoch seconds. */
export function endsAt(record: GrantRecord): number {
  const { authorization } = record;
  if (record.state === "identified") return (record.code?.at ?? record.openedAt) + codeLifetime;
  if (record.state !== "redeemed" || !authorization) {
    return (record.departure?.at ?? record.openedAt) + attemptLifetime;
  }
  const { lifetimes, at, lastUsedAt } = authorization;
  return Math.min(at + lifetimes.max, lastUsedAt + lifetimes.idle);
}

/** An end that is not yet published is tried again half a minute later. */
function wakeAt(record: GrantRecord, now: number): number {
  if (!record.ended) return endsAt(record);
  if (!record.ended.published) return now + 30;
  return record.authorization === null ? now : record.ended.at + keptAfterEnd;
}
