// The verbs of an attempt: open, look, approve, deny, arrive, identify, fail.
import type { ReasonCode } from "../../../contract/events.ts";
import { sha256 } from "../../oauth/digest.ts";
import type { DownstreamTokens, Identity } from "../../oauth/downstream.ts";
import type { Arrival, AuthorizationRequest, Departure, Lifetimes, Outcome } from "../promises/grants.ts";
import * as attempt from "./attempt.ts";
import type { GrantObjectParts } from "./deps.ts";
import type { Ending } from "./ending.ts";
import type { GrantRecords } from "./record.ts";

export class Attempts {
  readonly #parts: GrantObjectParts;
  readonly #records: GrantRecords;
  readonly #ending: Ending;

  constructor(parts: GrantObjectParts, records: GrantRecords, ending: Ending) {
    this.#parts = parts;
    this.#records = records;
    this.#ending = ending;
  }

  async open(grantId: string, request: AuthorizationRequest, ticket: string): Promise<void> {
    const ticketHash = await sha256(ticket);
    if (this.#records.read()) throw new Error("this grant was opened before");
    this.#records.save({
      v: 1,
      grantId,
      state: "opened",
      request,
      openedAt: this.#parts.now(),
      ticketHash,
      approval: null,
      departure: null,
      code: null,
      authorization: null,
      refresh: null,
      ended: null,
    });
  }

  async look(ticket: string): Promise<Outcome<{ grantId: string; request: AuthorizationRequest }>> {
    const held = attempt.holdTicket(this.#records.read(), await sha256(ticket), this.#parts.now());
    if (!held.ok) return held;
    if (held.record.state !== "opened") return attempt.refused("attempt_finished");
    return { ok: true, grantId: held.record.grantId, request: held.record.request };
  }

  async deny(ticket: string): Promise<Outcome<{ grantId: string; request: AuthorizationRequest }>> {
    const held = attempt.holdTicket(this.#records.read(), await sha256(ticket), this.#parts.now());
    if (!held.ok) return held;
    if (held.record.state !== "opened") return attempt.refused("attempt_finished");
    this.#ending.end(held.record, "consent_denied");
    return { ok: true, grantId: held.record.grantId, request: held.record.request };
  }

  /** Approval and departure are one write: nobody leaves without a yes, and no yes waits for its departure. */
  async approve(ticket: string, browser: string, handle: string): Promise<Outcome<Departure>> {
    const { randomSecret, seal, open, now } = this.#parts;
    const [ticketHash, browserHash] = await Promise.all([sha256(ticket), sha256(browser)]);
    const held = attempt.holdTicket(this.#records.read(), ticketHash, now());
    if (!held.ok) return held;
    const { grantId } = held.record;
    const fresh: attempt.DepartureSecrets = {
      state: `${handle}.${randomSecret()}`,
      cookie: randomSecret(),
      codeVerifier: randomSecret(),
      nonce: randomSecret(),
    };
    const [sealed, stateHash, cookieHash] = await Promise.all([
      seal("departure", grantId, JSON.stringify(fresh)),
      sha256(fresh.state),
      sha256(fresh.cookie),
    ]);
    // Read again after the awaits: another click may have left meanwhile.
    const current = this.#records.read();
    if (!current) return attempt.refused("attempt_expired");
    const approved = attempt.approve(current, browserHash, now());
    if (!approved.ok) return approved;
    const left = attempt.depart(approved.record, browserHash, { stateHash, cookieHash, sealed }, now());
    if (!left.ok) return left;
    const { record, repeated } = left;
    if (!repeated) this.#records.save(record);
    const secrets: attempt.DepartureSecrets = repeated
      ? JSON.parse(await open("departure", grantId, record.departure?.sealed ?? ""))
      : fresh;
    return { ok: true, ...secrets, request: record.request, first: current.state === "opened" };
  }

  async arrive(state: string, proof: { cookie: string | null; gatewayId: string }): Promise<Outcome<Arrival>> {
    const stateHash = await sha256(state);
    const cookieHash = proof.cookie === null ? null : await sha256(proof.cookie);
    const { gatewayId } = proof;
    const arrived = attempt.arrive(this.#records.read(), { stateHash, cookieHash, gatewayId }, this.#parts.now());
    if (!arrived.ok) return arrived;
    this.#records.save(arrived.record);
    const { grantId, request } = arrived.record;
    const { codeVerifier, nonce }: attempt.DepartureSecrets = JSON.parse(
      await this.#parts.open("departure", grantId, arrived.sealed),
    );
    return { ok: true, grantId, request, codeVerifier, nonce };
  }

  async identify(
    code: string,
    found: { identity: Identity; tokens: DownstreamTokens; lifetimes: Lifetimes },
  ): Promise<Outcome<{ code: string }>> {
    const grantId = this.#records.read()?.grantId ?? "";
    const [hash, tokensSealed] = await Promise.all([
      sha256(code),
      this.#parts.seal("grant", grantId, JSON.stringify(found.tokens)),
    ]);
    const record = this.#records.read();
    if (record?.state !== "arrived") return attempt.refused("attempt_finished");
    const at = this.#parts.now();
    this.#records.save({
      ...record,
      state: "identified",
      code: { at, hash },
      authorization: {
        at,
        identity: found.identity,
        scope: found.tokens.scope,
        lifetimes: found.lifetimes,
        tokensSealed,
        credentialExpiresAt: found.tokens.expiresAt,
        renewable: found.tokens.refreshToken !== null,
        stepUpAt: null,
        lastUsedAt: at,
        touchedAt: at,
        tokensExpireAt: at,
      },
    });
    return { ok: true, code };
  }

  async fail(reason: ReasonCode): Promise<void> {
    const record = this.#records.read();
    if (record && record.state !== "redeemed") this.#ending.end(record, reason);
  }
}
