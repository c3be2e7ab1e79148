// How a grant ends: once, with its reason, and published until the index and every edge know.
import type { GatewayEvent, ReasonCode } from "../../../contract/events.ts";
import type { GrantObjectParts } from "./deps.ts";
import { placeOf } from "./place.ts";
import { endsAt, type GrantRecord, type GrantRecords, type GrantState } from "./record.ts";

/** The step that comes next in each state. */
const awaited: Record<GrantState, GatewayEvent["event"]> = {
  opened: "consent",
  approved: "departure",
  departed: "return",
  arrived: "identity",
  identified: "token",
  redeemed: "refresh",
  ended: "failure",
};

export class Ending {
  readonly #parts: GrantObjectParts;
  readonly #records: GrantRecords;
  readonly #background: (work: Promise<unknown>) => void;

  constructor(parts: GrantObjectParts, records: GrantRecords, background: (work: Promise<unknown>) => void) {
    this.#parts = parts;
    this.#records = records;
    this.#background = background;
  }

  end(record: GrantRecord, reason: ReasonCode): void {
    if (record.ended) return;
    this.#mark(record, reason);
    // At once in the background; if that fails, the alarm repeats it.
    this.#background(this.#publish().catch(() => undefined));
  }

  /** Ends an attempt of which nobody needs to hear; what it held is gone at once, and the alarm clears the rest. */
  forget(record: GrantRecord, reason: ReasonCode): void {
    const ended = { at: this.#parts.now(), reason, published: true };
    this.#records.save({ ...record, state: "ended", authorization: null, ended });
  }

  /** Unfinished attempts and aged grants end here; an ended grant is published until that works, and erased later. */
  async wake(): Promise<void> {
    const record = this.#records.read();
    if (!record) return;
    if (!record.ended && this.#parts.now() >= endsAt(record)) {
      if (record.state !== "redeemed") this.#noteExpiry(record);
      this.#mark(record, record.state === "redeemed" ? "grant_ended" : "attempt_expired");
    }
    await this.#publish().catch(() => undefined);
    const left = this.#records.read();
    if (left && !this.#records.isForgettable(left)) this.#records.saveAwake(left);
    else await this.#records.erase();
  }

  /** Where a person stopped: what an operator looks for when "nothing happens" after the provider's page. */
  #noteExpiry(record: GrantRecord): void {
    const line = { outcome: "refused", reason: "attempt_expired", requestId: "alarm" } as const;
    this.#parts.record({ event: awaited[record.state], ...line, ...placeOf(record) });
  }

  #mark(record: GrantRecord, reason: ReasonCode): void {
    const ended = { at: this.#parts.now(), reason, published: record.authorization === null };
    this.#records.save({ ...record, state: "ended", ended });
  }

  async #publish(): Promise<void> {
    const record = this.#records.read();
    if (!record?.ended || record.ended.published || !record.authorization) return;
    const { grantId, request, authorization } = record;
    const { serverId, slug } = request;
    await this.#parts.publishEnd({ grantId, serverId, slug, tokensExpireAt: authorization.tokensExpireAt });
    const current = this.#records.read();
    if (current?.ended) this.#records.save({ ...current, ended: { ...current.ended, published: true } });
  }
}
