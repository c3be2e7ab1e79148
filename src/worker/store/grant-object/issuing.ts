// The verbs of a grant that succeeded: redeem, refresh, credential, revoke.
import type { ReasonCode } from "../../../contract/events.ts";
import { sha256 } from "../../oauth/digest.ts";
import type { Credential, ProviderRevocation } from "../../oauth/downstream.ts";
import { replayWindow } from "../../oauth/lifetimes.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type {
  ClientProof,
  CodeProof,
  IssuedGrant,
  Outcome,
  Recognized,
  RefreshProof,
  Refused,
} from "../promises/grants.ts";
import * as attempt from "./attempt.ts";
import type { Change, Credentials } from "./credentials.ts";
import type { GrantObjectParts } from "./deps.ts";
import type { Ending } from "./ending.ts";
import { type Issued, issue } from "./issue.ts";
import { boundRequest, judgeClient, judgeCode, judgeRefresh } from "./proof.ts";
import { endsAt, type GrantRecord, type GrantRecords } from "./record.ts";
import { isOf, type Presented, type RefreshStep, refreshStep, underProfile } from "./rotation.ts";

export class Issuing {
  readonly #parts: GrantObjectParts;
  readonly #records: GrantRecords;
  readonly #credentials: Credentials;
  readonly #ending: Ending;

  constructor(parts: GrantObjectParts, records: GrantRecords, credentials: Credentials, ending: Ending) {
    this.#parts = parts;
    this.#records = records;
    this.#credentials = credentials;
    this.#ending = ending;
  }

  async redeem(code: string, proof: CodeProof, refreshToken: string): Promise<Outcome<{ grant: IssuedGrant }>> {
    const [hashes, refreshHash] = await Promise.all([hashesOf(code, proof), sha256(refreshToken)]);
    const { record, judged } = this.#judgeCode(hashes, proof);
    if (!("verdict" in judged)) return judged;
    if (!record?.authorization || isAccountPage(record)) return attempt.refused("code_unknown");
    if (judged.verdict === "replay") {
      this.#ending.end(record, "code_replayed");
      return attempt.refused("code_replayed");
    }
    const refresh = { hash: refreshHash, previous: null };
    const redeemed: GrantRecord = { ...record, state: "redeemed", request: boundRequest(record, proof), refresh };
    const { authorization } = record;
    const issued = issue(redeemed, authorization, authorization.scope, this.#parts.now());
    this.#records.save(issued.record);
    return this.#handOut(issued, () => refreshToken);
  }

  async recognize(code: string, proof: CodeProof): Promise<Outcome<{ recognized: Recognized }>> {
    const hashes = await hashesOf(code, proof);
    const { record, judged } = this.#judgeCode(hashes, proof);
    if (!("verdict" in judged)) return judged;
    if (!record?.authorization || !isAccountPage(record)) return attempt.refused("code_unknown");
    const { grantId, request, authorization } = record;
    this.#ending.forget(record, "attempt_finished");
    return {
      ok: true,
      recognized: { grantId, organizationId: request.organizationId, identity: authorization.identity },
    };
  }

  /** Without an await, so that between this look and what the caller saves nothing comes. */
  #judgeCode({ codeHash, verifierHash }: CodeHashes, proof: CodeProof) {
    const record = this.#records.read();
    return { record, judged: judgeCode(record, codeHash, proof, verifierHash, this.#parts.now()) };
  }

  async refresh(
    token: string,
    proof: RefreshProof,
    profile: GatewayProfile | null,
    successor: string,
  ): Promise<Outcome<{ grant: IssuedGrant }>> {
    // All of this before the first look at the record: from the provider's answer to the rotation nothing may be waited
    // for, or a call that comes in between would find the old token current and ask the provider a second time.
    const grantId = this.#records.read()?.grantId ?? "";
    const [tokenHash, hash, successorSealed] = await Promise.all([
      sha256(token),
      sha256(successor),
      this.#parts.seal("successor", grantId, successor),
    ]);
    const successors = { hash, sealed: successorSealed };
    const presented = { tokenHash, proof, profile, arrived: this.#parts.now(), successor: successors };
    const step = (record: GrantRecord | null) => this.#step(record, presented);
    const first = step(this.#records.read());
    const refusal = this.#refuseAtOnce(first, presented);
    if (refusal || !profile) return refusal ?? attempt.refused("gateway_detached");

    // The provider's new tokens and the rotation are one write where this call asks the provider itself.
    const done: { issued?: Issued } = {};
    const rotate = (renewed: GrantRecord): GrantRecord => {
      const rotating = step(renewed);
      if (rotating.verdict !== "rotate") return renewed;
      done.issued = rotating.issued;
      return rotating.issued.record;
    };
    const renewed = await this.#renewIfDue(first.record, profile, first.verdict, rotate);
    if (!renewed.ok) return renewed;
    if (done.issued) return this.#handOut(done.issued, () => successor);

    // Judged again: while this call waited, a parallel one may have rotated; then both get the same successor.
    const then = step(this.#records.read());
    if (then.verdict === "refused") return then.refusal;
    if (then.verdict === "reuse") return attempt.refused("refresh_unknown");
    this.#records.save(then.issued.record);
    return this.#handOut(then.issued, () =>
      then.verdict === "rotate" ? successor : this.#parts.open("successor", grantId, then.sealed),
    );
  }

  #step(record: GrantRecord | null, presented: Presented): RefreshStep {
    return refreshStep(record, presented, (hash) => this.#records.wasSpent(hash), this.#parts.now());
  }

  /** What needs no word of the provider; a token used again ends its family here. */
  #refuseAtOnce(step: RefreshStep, { profile, arrived }: Presented): Refused | null {
    const { record } = step;
    if (step.verdict === "refused") return this.#agedOut(record, step.refusal);
    if (step.verdict === "reuse") {
      this.#ending.end(step.record, "refresh_reused");
      return attempt.refused("refresh_reused");
    }
    if (!profile || !isOf(profile, step.record)) return attempt.refused("gateway_detached");
    return this.#owesStepUp(step.record, arrived) ? attempt.refused("step_up_required") : null;
  }

  /** A call was refused for missing scopes: the next refresh within a minute is refused once, see #owesStepUp. */
  noteStepUp(): void {
    const record = this.#records.read();
    if (!record?.authorization || record.state !== "redeemed") return;
    const authorization = { ...record.authorization, stepUpAt: this.#parts.now() };
    this.#records.save({ ...record, authorization });
  }

  /**
   * Clients on SDK 1.x answer a 403 by refreshing, get the same scopes, and give up. One refused refresh makes them
   * authorize again, with the scopes of the challenge; the token itself stays good.
   */
  #owesStepUp(record: GrantRecord, now: number): boolean {
    const { authorization } = record;
    if (!authorization || authorization.stepUpAt === null) return false;
    this.#records.save({ ...record, authorization: { ...authorization, stepUpAt: null } });
    return now - authorization.stepUpAt <= replayWindow;
  }

  async credential(profile: GatewayProfile): Promise<Outcome<{ credential: Credential }>> {
    const record = underProfile(this.#records.read(), profile);
    if (!record?.authorization || record.ended) return attempt.refused(record?.ended?.reason ?? "grant_ended");
    if (!isOf(profile, record)) return attempt.refused("gateway_detached");
    if (this.#parts.now() >= endsAt(record)) return this.#agedOut(record, attempt.refused("grant_ended"));
    if (!this.#credentials.isFresh(record.authorization)) {
      const renewed = await this.#renewIfDue(record, profile, "credential");
      if (!renewed.ok) return renewed;
    }
    const current = this.#records.read();
    if (!current?.authorization || current.ended) return attempt.refused("grant_ended");
    return { ok: true, credential: await this.#credentials.current(current, current.authorization) };
  }

  async revokeByToken(
    token: string,
    proof: ClientProof & { slug: string | null },
    profile: GatewayProfile | null,
  ): Promise<Outcome<{ grantId: string | null }>> {
    const tokenHash = await sha256(token);
    const record = this.#records.read();
    const wished = { ...proof, resource: null, scope: null };
    const judged = judgeRefresh(record, tokenHash, wished, (hash) => this.#records.wasSpent(hash), this.#parts.now());
    if (!record || (!("verdict" in judged) && judged.reason === "refresh_unknown")) return { ok: true, grantId: null };
    const refusal = judgeClient(record, proof);
    if (refusal) return refusal;
    await this.revoke("grant_revoked", profile);
    return { ok: true, grantId: record.grantId };
  }

  async revokeByClient(
    proof: ClientProof,
    profile: GatewayProfile | null,
  ): Promise<Outcome<{ provider: ProviderRevocation }>> {
    const record = this.#records.read();
    if (!record) return { ok: true, provider: "nothing_to_revoke" };
    return judgeClient(record, proof) ?? { ok: true, ...(await this.revoke("grant_revoked", profile)) };
  }

  /** Over at once; then the provider is told, with the tokens of a renewal that was under way if there was one. */
  async revoke(reason: ReasonCode, profile: GatewayProfile | null): Promise<{ provider: ProviderRevocation }> {
    const record = this.#records.read();
    if (!record || record.ended) return { provider: "nothing_to_revoke" };
    this.#ending.end(record, reason);
    if (!record.authorization || !profile || !isOf(profile, record)) return { provider: "nothing_to_revoke" };
    await this.#credentials.settled();
    const ended = this.#records.read();
    if (!ended?.authorization) return { provider: "nothing_to_revoke" };
    const tokens = await this.#credentials.open(ended, ended.authorization);
    return { provider: await this.#parts.revokeDownstream(profile, tokens) };
  }

  /** A rotation always asks the provider, so that its word reaches the client at every refresh; a repeat does not. */
  async #renewIfDue(
    record: GrantRecord | null,
    profile: GatewayProfile,
    cause: RefreshStep["verdict"] | "credential",
    also: Change = (renewed) => renewed,
  ): Promise<{ ok: true } | Refused> {
    if (!record?.authorization) return attempt.refused("grant_ended");
    const fresh = this.#credentials.isFresh(record.authorization);
    if (fresh && (cause !== "rotate" || !record.authorization.renewable)) return { ok: true };
    const renewed = await this.#credentials.renew(profile, also);
    if (!renewed.ok && renewed.reason === "provider_grant_ended") {
      const current = this.#records.read();
      if (current) this.#ending.end(current, "provider_grant_ended");
    }
    return renewed;
  }

  /** @param refreshToken opened only now that the record is saved, so that nothing came between judging and saving */
  async #handOut(
    { record, grant }: Issued,
    refreshToken: () => string | Promise<string>,
  ): Promise<Outcome<{ grant: IssuedGrant }>> {
    if (!record.authorization) return attempt.refused("grant_ended");
    const [credential, token] = await Promise.all([
      this.#credentials.current(record, record.authorization),
      refreshToken(),
    ]);
    return { ok: true, grant: { ...grant, credential, refreshToken: token } };
  }

  #agedOut(record: GrantRecord | null, refusal: Refused): Refused {
    if (record && !record.ended && refusal.reason === "grant_ended") this.#ending.end(record, "grant_ended");
    return refusal;
  }
}

interface CodeHashes {
  codeHash: string;
  verifierHash: string | null;
}

async function hashesOf(code: string, { codeVerifier }: CodeProof): Promise<CodeHashes> {
  const verifier = codeVerifier === null ? null : sha256(codeVerifier);
  const [codeHash, verifierHash] = await Promise.all([sha256(code), verifier]);
  return { codeHash, verifierHash };
}

function isAccountPage(record: GrantRecord): boolean {
  return record.request.client.kind === "account";
}
