// Who may use a code or a refresh token: the client, the server, the verifier. Pure judgements over the record.
import { sameHash } from "../../oauth/digest.ts";
import { refuseProof } from "../../oauth/known-client.ts";
import { codeLifetime, replayWindow } from "../../oauth/lifetimes.ts";
import { meansServer } from "../../oauth/resource.ts";
import { holdsAll } from "../../oauth/scope.ts";
import type { AuthorizationRequest, ClientProof, CodeProof, RefreshProof, Refused } from "../promises/grants.ts";
import { refused } from "./attempt.ts";
import { endsAt, type GrantRecord } from "./record.ts";

export function judgeClient(record: GrantRecord, proof: ClientProof): Refused | null {
  const { client } = record.request;
  if (client.id !== proof.clientId) return refused("client_unknown");
  const reason = refuseProof(client, proof);
  return reason && refused(reason);
}

/**
 * The request as it is kept once its code is redeemed. A client that may leave its assertion out, and did not, is held to
 * it from here on: whoever steals its refresh token has not got its key.
 */
export function boundRequest({ request }: GrantRecord, { keyProven }: ClientProof): AuthorizationRequest {
  return keyProven ? { ...request, client: { ...request.client, authMethods: ["private_key_jwt"] } } : request;
}

function judgePlace(
  record: GrantRecord,
  proof: { slug: string | null; resource: string | null },
  elsewhere: "code_unknown" | "refresh_unknown",
): Refused | null {
  if (proof.slug !== null && proof.slug !== record.request.slug) return refused(elsewhere);
  if (proof.resource === null || meansServer(proof.resource, record.request.resource)) return null;
  return refused("resource_unknown", { expected: record.request.resource, seen: proof.resource });
}

export type CodeJudgement = { verdict: "redeem" } | { verdict: "replay" } | Refused;

/**
 * Every proof is checked before the state, so that only somebody who could have redeemed the code can end its grant by
 * replaying it (P-65), and verification of the challenge is never skipped (P-66, CVE-2025-4144).
 */
export function judgeCode(
  record: GrantRecord | null,
  codeHash: string,
  proof: CodeProof,
  verifierHash: string | null,
  now: number,
): CodeJudgement {
  if (!record?.code || !sameHash(record.code.hash, codeHash)) return refused("code_unknown");
  const refusal = judgeClient(record, proof) ?? judgePlace(record, proof, "code_unknown");
  if (refusal) return refusal;
  if (proof.redirectUri !== null && proof.redirectUri !== record.request.redirectUri) {
    return refused("redirect_uri_mismatch");
  }
  if (!verifierHash || !sameHash(record.request.codeChallenge, verifierHash)) return refused("pkce_mismatch");
  if (record.state === "redeemed") return { verdict: "replay" };
  if (record.state !== "identified") return refused("grant_ended");
  if (now - record.code.at >= codeLifetime) return refused("code_unknown", { seen: "expired" });
  return { verdict: "redeem" };
}

export type RefreshJudgement = { verdict: "rotate" } | { verdict: "repeat" } | { verdict: "reuse" } | Refused;

/** The current token rotates; the previous one gets its successor for a minute; older genuine ones end the family. */
export function judgeRefresh(
  record: GrantRecord | null,
  tokenHash: string,
  proof: RefreshProof,
  wasSpent: (hash: string) => boolean,
  now: number,
): RefreshJudgement {
  if (!record?.refresh || !record.authorization) return refused("refresh_unknown");
  const { hash, previous, spent = [] } = record.refresh;
  const current = sameHash(hash, tokenHash);
  const last = previous !== null && sameHash(previous.hash, tokenHash);
  if (!current && !last && !spent.includes(tokenHash) && !wasSpent(tokenHash)) return refused("refresh_unknown");
  const refusal = judgeClient(record, proof) ?? judgePlace(record, proof, "refresh_unknown");
  if (refusal) return refusal;
  if (record.ended) return refused(record.ended.reason);
  if (now >= endsAt(record)) return refused("grant_ended");
  if (current) return { verdict: "rotate" };
  return last && now - previous.at <= replayWindow ? { verdict: "repeat" } : { verdict: "reuse" };
}

/** A wider wish is narrowed to the grant, an empty or disjoint one changes nothing (P-71: never more than granted). */
export function narrowScope(granted: string[], wished: string[] | null): string[] {
  if (!wished || holdsAll(wished, granted)) return granted;
  const kept = granted.filter((scope) => wished.includes(scope));
  return kept.length > 0 ? kept : granted;
}
