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
import type { Credentials } from "./credentials.ts";
import type { GrantObjectParts } from "./deps.ts";
import type { Ending } from "./ending.ts";
import { issue } from "./issue.ts";
import { boundRequest, judgeClient, judgeCode, judgeRefresh, narrowScope } from "./proof.ts";
import { type Authorization, endsAt, type GrantRecord, type GrantRecords } from "./record.ts";

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
    return this.#issue(redeemed, record.authorization, record.authorization.scope, () => refreshToken);
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
    const wasSpent = (spent: string) => this.#records.wasSpent(spent);
    // A retry that came in time must not be too late because the provider is slow.
    const arrived = this.#parts.now();
    const judge = (found: GrantRecord | null) => {
      const record = underProfile(found, profile);
      return { record, judged: judgeRefresh(record, tokenHash, proof, wasSpent, arrived) };
    };
    const first = judge(this.#records.read());
    if (!("verdict" in first.judged)) return this.#agedOut(first.record, first.judged);
    if (first.judged.verdict === "reuse" && first.record) {
      this.#ending.end(first.record, "refresh_reused");
      return attempt.refused("refresh_reused");
    }
    if (!profile || !first.record || !isOf(profile, first.record)) return attempt.refused("gateway_detached");
    if (this.#owesStepUp(first.record, arrived)) return attempt.refused("step_up_required");
    const rotation: { issued?: Issued } = {};
    const rotate = (found: GrantRecord): GrantRecord => {
      const { record, judged } = judge(found);
      if (!record?.authorization || !record.refresh || !("verdict" in judged) || judged.verdict !== "rotate")
        return found;
      const now = this.#parts.now();
      const refresh = rotated(record.refresh, { hash, successorSealed }, now);
      const scope = narrowScope(record.authorization.scope, proof.scope);
      rotation.issued = issue({ ...record, refresh }, record.authorization, scope, now);
      return rotation.issued.record;
    };
    const renewed = await this.#renewIfDue(first.record, profile, first.judged.verdict, rotate);
    if (!renewed.ok) return renewed;
    if (!rotation.issued) {
      // Judged again: while this call waited, a parallel one may have rotated; then both get the same successor.
      const { record, judged } = judge(this.#records.read());
      if (!("verdict" in judged)) return judged;
      if (!record?.authorization || !record.refresh || judged.verdict === "reuse")
        return attempt.refused("refresh_unknown");
      const { previous } = record.refresh;
      if (judged.verdict === "repeat" && previous) {
        // The reply to the rotation may have been lost.
        const scope = narrowScope(record.authorization.scope, proof.scope);
        const again = issue(record, record.authorization, scope, this.#parts.now());
        this.#records.save(again.record);
        return this.#handOut(again, () =>
          this.#parts.open("successor", record.grantId, previous.successorSealed),
        );
      }
      this.#records.save(rotate(record));
    }
    return rotation.issued ? this.#handOut(rotation.issued, () => successor) : attempt.refused("refresh_unknown");
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

  /** @param refreshToken opened only after the record is saved, so that nothing comes between judging and saving */
  async #issue(
    record: GrantRecord,
    authorization: Authorization,
    scope: string[],
    refreshToken: () => string | Promise<string>,
  ): Promise<Outcome<{ grant: IssuedGrant }>> {
    const issued = issue(record, authorization, scope, this.#parts.now());
    this.#records.save(issued.record);
    const [credential, token] = await Promise.all([
      this.#credentials.current(record, authorization),
      Promise.resolve(refreshToken()),
    ]);
    return { ok: true, grant: { ...issued.grant, credential, refreshToken: token } };
  }

  #agedOut(record: GrantRecord | null, refusal: Refused): Refused {
    if (record && !record.ended && refusal.reason === "grant_ended") this.#ending.end(record, "grant_ended");
    return refusal;
  }
}

/**
 * A grant's tokens go to the provider that gave them and to no other: the server may have got another profile since,
 * and word of the change may not have come here yet.
 */
function isOf(profile: GatewayProfile, record: GrantRecord): boolean {
  return profile.id === record.request.gatewayId;
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

/** The lifetimes are those of the profile as it is now. */
function underProfile(record: GrantRecord | null, profile: GatewayProfile | null): GrantRecord | null {
  if (!record?.authorization || !profile || !isOf(profile, record)) return record;
  const lifetimes = { idle: profile.grantIdleTtl, max: profile.grantMaxTtl, access: profile.accessTokenTtl };
  return { ...record, authorization: { ...record.authorization, lifetimes } };
}
