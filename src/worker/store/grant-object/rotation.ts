// One presented refresh token and what it makes of the record: judged and applied in one step, saved by the caller.
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { RefreshProof, Refused } from "../promises/grants.ts";
import { refused } from "./attempt.ts";
import { type Issued, issue } from "./issue.ts";
import { judgeRefresh, narrowScope } from "./proof.ts";
import type { GrantRecord, RefreshFamily } from "./record.ts";

export interface Presented {
  tokenHash: string;
  proof: RefreshProof;
  profile: GatewayProfile | null;
  /** When it came: a retry that came in time must not be too late because the provider is slow. */
  arrived: number;
  /** What takes its place if it is the current one. */
  successor: { hash: string; sealed: string };
}

export type RefreshStep =
  | { verdict: "refused"; record: GrantRecord | null; refusal: Refused }
  | { verdict: "reuse"; record: GrantRecord }
  | { verdict: "rotate"; record: GrantRecord; issued: Issued }
  /** `sealed` is the successor that was handed out before: the reply may have been lost. */
  | { verdict: "repeat"; record: GrantRecord; issued: Issued; sealed: string };

export function refreshStep(
  found: GrantRecord | null,
  { tokenHash, proof, profile, arrived, successor }: Presented,
  wasSpent: (hash: string) => boolean,
  now: number,
): RefreshStep {
  const record = underProfile(found, profile);
  const judged = judgeRefresh(record, tokenHash, proof, wasSpent, arrived);
  if (!("verdict" in judged)) return { verdict: "refused", record, refusal: judged };
  if (!record?.authorization || !record.refresh) {
    return { verdict: "refused", record, refusal: refused("refresh_unknown") };
  }
  if (judged.verdict === "reuse") return { verdict: "reuse", record };
  const { authorization, refresh } = record;
  const scope = narrowScope(authorization.scope, proof.scope);
  if (judged.verdict === "repeat" && refresh.previous) {
    const sealed = refresh.previous.successorSealed;
    return { verdict: "repeat", record, issued: issue(record, authorization, scope, now), sealed };
  }
  const next = { ...record, refresh: rotated(refresh, successor, now) };
  return { verdict: "rotate", record, issued: issue(next, authorization, scope, now) };
}

function rotated({ hash, previous, spent = [] }: RefreshFamily, successor: Presented["successor"], now: number) {
  return {
    hash: successor.hash,
    previous: { hash, at: now, successorSealed: successor.sealed },
    spent: previous ? [...spent, previous.hash] : spent,
  };
}

/**
 * A grant's tokens go to the provider that gave them and to no other: the server may have got another profile since,
 * and word of the change may not have come here yet.
 */
export function isOf(profile: GatewayProfile, record: GrantRecord): boolean {
  return profile.id === record.request.gatewayId;
}

/** The lifetimes are those of the profile as it is now. */
export function underProfile(record: GrantRecord | null, profile: GatewayProfile | null): GrantRecord | null {
  if (!record?.authorization || !profile || !isOf(profile, record)) return record;
  const lifetimes = { idle: profile.grantIdleTtl, max: profile.grantMaxTtl, access: profile.accessTokenTtl };
  return { ...record, authorization: { ...record.authorization, lifetimes } };
}
