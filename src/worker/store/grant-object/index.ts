// One authorization from its first redirect to its revocation: the object's door, each verb exactly once.
import { DurableObject } from "cloudflare:workers";
import type { ReasonCode } from "../../../contract/events.ts";
import type { DownstreamTokens, Identity } from "../../oauth/downstream.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { AuthorizationRequest, ClientProof, CodeProof, Lifetimes, RefreshProof } from "../promises/grants.ts";
import { Attempts } from "./attempts.ts";
import { Credentials } from "./credentials.ts";
import type { GrantObjectParts } from "./deps.ts";
import { Ending } from "./ending.ts";
import { Issuing } from "./issuing.ts";
import { placed } from "./place.ts";
import { GrantRecords } from "./record.ts";

/** Secrets cross this boundary in clear (both sides are one deployment), are hashed behind it, and never stored. */
export abstract class GrantObjectBase<Env> extends DurableObject<Env> {
  readonly #records: GrantRecords;
  readonly #attempts: Attempts;
  readonly #issuing: Issuing;
  readonly #ending: Ending;

  constructor(ctx: DurableObjectState, env: Env, parts: GrantObjectParts) {
    super(ctx, env);
    const records = new GrantRecords(ctx.storage, parts.now);
    this.#records = records;
    this.#ending = new Ending(parts, records, (work) => ctx.waitUntil(work));
    this.#attempts = new Attempts(parts, records, this.#ending);
    this.#issuing = new Issuing(parts, records, new Credentials(parts, records), this.#ending);
  }

  open(grantId: string, request: AuthorizationRequest, ticket: string) {
    return this.#attempts.open(grantId, request, ticket);
  }

  async look(ticket: string) {
    return placed(await this.#attempts.look(ticket), this.#records.read());
  }

  /** @param handle what `state` starts with, so that the callback finds this object */
  async approve(ticket: string, browser: string, handle: string) {
    return placed(await this.#attempts.approve(ticket, browser, handle), this.#records.read());
  }

  async deny(ticket: string) {
    return placed(await this.#attempts.deny(ticket), this.#records.read());
  }

  async arrive(state: string, proof: { cookie: string | null; gatewayId: string }) {
    return placed(await this.#attempts.arrive(state, proof), this.#records.read());
  }

  identify(code: string, found: { identity: Identity; tokens: DownstreamTokens; lifetimes: Lifetimes }) {
    return this.#attempts.identify(code, found);
  }

  fail(reason: ReasonCode) {
    return this.#attempts.fail(reason);
  }

  redeem(code: string, proof: CodeProof, refreshToken: string) {
    return this.#issuing.redeem(code, proof, refreshToken);
  }

  recognize(code: string, proof: CodeProof) {
    return this.#issuing.recognize(code, proof);
  }

  refresh(token: string, proof: RefreshProof, profile: GatewayProfile | null, successor: string) {
    return this.#issuing.refresh(token, proof, profile, successor);
  }

  noteStepUp() {
    return this.#issuing.noteStepUp();
  }

  credential(profile: GatewayProfile) {
    return this.#issuing.credential(profile);
  }

  revokeByToken(token: string, proof: ClientProof & { slug: string | null }, profile: GatewayProfile | null) {
    return this.#issuing.revokeByToken(token, proof, profile);
  }

  revokeByClient(proof: ClientProof, profile: GatewayProfile | null) {
    return this.#issuing.revokeByClient(proof, profile);
  }

  revoke(reason: ReasonCode, profile: GatewayProfile | null) {
    return this.#issuing.revoke(reason, profile);
  }

  override alarm(): Promise<void> {
    return this.#ending.wake();
  }
}
