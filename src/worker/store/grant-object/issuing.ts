// The verbs of a grant that succeeded: redeem, refresh, credential, revoke.
import type { ReasonCode } from "../../../contract/events.ts";
import { sha256 } from "../../oauth/digest.ts";
import type { Credential, ProviderRevocation } from "../../oauth/downstream.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { ClientProof, CodeProof, IssuedGrant, Outcome, RefreshProof, Refused } from "../promises/grants.ts";
import * as attempt from "./attempt.ts";
import type { Credentials } from "./credentials.ts";
import type { GrantObjectParts } from "./deps.ts";
import type { Ending } from "./ending.ts";
import { issue } from "./issue.ts";
import { judgeClient, judgeCode, judgeRefresh, narrowScope } from "./proof.ts";
import type { Authorization, GrantRecord, GrantRecords } from "./record.ts";

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
    const [codeHash, refreshHash, verifierHash] = await Promise.all([
      sha256(code),
      sha256(refreshToken),
      proof.codeVerifier === null ? null : sha256(proof.codeVerifier),
    ]);
    const record = this.#records.read();
    const judged = judgeCode(record, codeHash, proof, verifierHash, this.#parts.now());
    if (!("verdict" in judged)) return judged;
    if (!record?.authorization) return attempt.refused("code_unknown");
    if (judged.verdict === "replay") {
      this.#ending.end(record, "code_replayed");
      return attempt.refused("code_replayed");
    }
    return this.#issue(
      { ...record, state: "redeemed", refresh: { hash: refreshHash, previous: null } },
      record.authorization,
      { refreshToken, scope: record.authorization.scope },
    );
  }

  async refresh(
    token: string,
    proof: RefreshProof,
    profile: GatewayProfile | null,
    successor: string,
  ): Promise<Outcome<{ grant: IssuedGrant }>> {
    const tokenHash = await sha256(token);
    const judge = () => {
      const record = this.#records.read();
      const wasSpent = (hash: string) => this.#records.wasSpent(hash);
      return { record, judged: judgeRefresh(record, tokenHash, proof, wasSpent, this.#parts.now()) };
    };
    const first = judge();
    if (!("verdict" in first.judged)) return this.#agedOut(first.record, first.judged);
    if (first.judged.verdict === "reuse" && first.record) {
      this.#ending.end(first.record, "refresh_reused");
      return attempt.refused("refresh_reused");
    }
    if (!profile) return attempt.refused("gateway_detached");
    const renewed = await this.#renewIfDue(first.record, profile, first.judged.verdict);
    if (!renewed.ok) return renewed;

    const [successorHash, successorSealed] = await Promise.all([
      sha256(successor),
      this.#parts.seal("successor", first.record?.grantId ?? "", successor),
    ]);
    // Judged again: while this call waited, a parallel one may have rotated; then both get the same successor.
    const { record, judged } = judge();
    if (!("verdict" in judged)) return judged;
    if (!record?.authorization || !record.refresh || judged.verdict === "reuse")
      return attempt.refused("refresh_unknown");
    const scope = narrowScope(record.authorization.scope, proof.scope);
    const lifetimes = { idle: profile.grantIdleTtl, max: profile.grantMaxTtl, access: profile.accessTokenTtl };
    const authorization = { ...record.authorization, lifetimes };
    if (judged.verdict === "repeat" && record.refresh.previous) {
      return this.#repeat(record, record.refresh.previous.successorSealed, scope);
    }
    const { hash: spent, previous } = record.refresh;
    if (previous) this.#records.noteSpent(previous.hash);
    const rotated = { hash: successorHash, previous: { hash: spent, at: this.#parts.now(), successorSealed } };
    return this.#issue({ ...record, refresh: rotated }, authorization, { refreshToken: successor, scope });
  }

  async credential(profile: GatewayProfile): Promise<Outcome<{ credential: Credential }>> {
    const record = this.#records.read();
    if (!record?.authorization || record.ended) return attempt.refused(record?.ended?.reason ?? "grant_ended");
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
    proof: ClientProof,
    profile: GatewayProfile | null,
  ): Promise<Outcome<{ grantId: string | null }>> {
    const tokenHash = await sha256(token);
    const record = this.#records.read();
    const wished = { ...proof, resource: null, slug: null, scope: null };
    const judged = judgeRefresh(record, tokenHash, wished, (hash) => this.#records.wasSpent(hash), this.#parts.now());
    if (!record || (!("verdict" in judged) && judged.reason === "refresh_unknown")) return { ok: true, grantId: null };
    const refusal = judgeClient(record, proof);
    if (refusal) return refusal;
    await this.revoke("grant_revoked", profile);
    return { ok: true, grantId: record.grantId };
  }

  async revoke(reason: ReasonCode, profile: GatewayProfile | null): Promise<{ provider: ProviderRevocation }> {
    const record = this.#records.read();
    if (!record || record.ended) return { provider: "nothing_to_revoke" };
    this.#ending.end(record, reason);
    if (!record.authorization || !profile) return { provider: "nothing_to_revoke" };
    const tokens = await this.#credentials.open(record, record.authorization);
    return { provider: await this.#parts.revokeDownstream(profile, tokens) };
  }

  /** A rotation always asks the provider, so that its word reaches the client at every refresh; a repeat does not. */
  async #renewIfDue(
    record: GrantRecord | null,
    profile: GatewayProfile,
    cause: "rotate" | "repeat" | "credential" | "reuse",
  ): Promise<{ ok: true } | Refused> {
    if (!record?.authorization) return attempt.refused("grant_ended");
    const fresh = this.#credentials.isFresh(record.authorization);
    if (fresh && (cause !== "rotate" || !record.authorization.renewable)) return { ok: true };
    const renewed = await this.#credentials.renew(profile);
    if (!renewed.ok && renewed.reason === "provider_grant_ended") {
      const current = this.#records.read();
      if (current) this.#ending.end(current, "provider_grant_ended");
    }
    return renewed;
  }

  /** The reply to the rotation may have been lost: the same successor, whatever was renewed meanwhile. */
  async #repeat(
    before: GrantRecord,
    successorSealed: string,
    scope: string[],
  ): Promise<Outcome<{ grant: IssuedGrant }>> {
    const refreshToken = await this.#parts.open("successor", before.grantId, successorSealed);
    const record = this.#records.read();
    if (!record?.authorization || record.ended) return attempt.refused("grant_ended");
    return this.#issue(record, record.authorization, { refreshToken, scope });
  }

  async #issue(
    record: GrantRecord,
    authorization: Authorization,
    part: { refreshToken: string; scope: string[] },
  ): Promise<Outcome<{ grant: IssuedGrant }>> {
    const issued = issue(record, authorization, part, this.#parts.now());
    this.#records.save(issued.record);
    const credential = await this.#credentials.current(record, authorization);
    return { ok: true, grant: { ...issued.grant, credential } };
  }

  #agedOut(record: GrantRecord | null, refusal: Refused): Refused {
    if (record && !record.ended && refusal.reason === "grant_ended") this.#ending.end(record, "grant_ended");
    return refusal;
  }
}
