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
  /** What the alarm is set to; absent in records of former releases. */
  wakesAt?: number;
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
  /** Hashes of tokens before the previous one, as far as they are not in rows yet; absent before the first of them. */
  spent?: string[];
}

const recordKey = "grant";

/** Spent hashes that travel in the record, which is written anyway; then they become a row of their own. */
const mostInRecord = 32;

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

  /** Saves the record, as one row; the alarm is another one, and is left alone while it comes in time. */
  save(record: GrantRecord): void {
    const now = this.#now();
    const due = wakeAt(record, now);
    const inTime = comesInTime(record.wakesAt, due, now);
    const kept = this.#withoutFullList(record);
    this.#storage.kv.put(recordKey, inTime ? kept : { ...kept, wakesAt: due });
    if (!inTime) void this.#storage.setAlarm(due * 1000);
  }

  /** Saves it when the alarm has rung: there is none any more. */
  saveAwake({ wakesAt, ...record }: GrantRecord): void {
    this.save(record);
  }

  #withoutFullList(record: GrantRecord): GrantRecord {
    const { refresh } = record;
    if (!refresh?.spent || refresh.spent.length < mostInRecord) return record;
    this.#storage.sql.exec("CREATE TABLE IF NOT EXISTS spent (hash TEXT PRIMARY KEY) WITHOUT ROWID");
    this.#storage.sql.exec("INSERT OR IGNORE INTO spent (hash) VALUES (?)", refresh.spent.join(" "));
    return { ...record, refresh: { ...refresh, spent: [] } };
  }

  /** Among the spent hashes that left the record: several to a row, in former releases one. */
  wasSpent(hash: string): boolean {
    const { sql } = this.#storage;
    // The table is not made for a look: whoever knows an object's id could make it write.
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'spent'").toArray().length === 0) return false;
    return sql.exec("SELECT 1 FROM spent WHERE instr(hash, ?) > 0", hash).toArray().length > 0;
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

/**
 * Whether an alarm may stay where it is. Never one that rings too late. One that rings early only sets the next, so a
 * grant in use moves its end with every refresh and its alarm once in half of its idle time.
 */
function comesInTime(wakesAt: number | undefined, due: number, now: number): boolean {
  return wakesAt !== undefined && wakesAt > now && wakesAt <= due && wakesAt - now >= (due - now) / 2;
}
