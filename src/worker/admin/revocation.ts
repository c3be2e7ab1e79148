// Tells the grants' objects, and through them the provider, what storage has already refused.

import type { ReasonCode } from "../../contract/events.ts";
import { reasons } from "../../contract/events.ts";
import type { RevocationResult } from "../../contract/management/grants.ts";
import type { ProviderRevocation } from "../oauth/downstream.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import type { GrantRow, GrantSelection } from "../store/promises/grant-index.ts";
import type { AuditEntry } from "../store/promises/operators.ts";
import type { Actor } from "./actor.ts";
import { noteChange } from "./change-lines.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError } from "./errors.ts";

export type RevocationParts = Pick<AdminDependencies, "grantIndex" | "gateways" | "grants">;

/** A request, or one run of the scheduled work, tells so many; the rest stays marked for the next run. */
export const perRun = 100;
const inParallel = 20;

/**
 * Ends these grants: for the data plane with the index, then in their objects and at the provider.
 * @param accessTokenTtl seconds that an access token of theirs may still live
 */
export async function endGrants(
  parts: RevocationParts & Pick<AdminDependencies, "logs" | "now" | "publish">,
  actor: Actor,
  entry: AuditEntry,
  selection: GrantSelection,
  accessTokenTtl: number,
): Promise<RevocationResult> {
  // A minute more, because clocks differ.
  const ending = { at: parts.now(), tokensExpireAt: parts.now() + accessTokenTtl + 60 };
  await parts.publish(await parts.grantIndex.end(selection, "grant_revoked", ending, entry));
  const { gatewayId = null, grantId, userId, clientId } = selection;
  noteChange(parts, actor, entry, [gatewayId], {
    ...{ event: "revocation", reason: "grant_revoked" },
    ...(grantId !== undefined && { attempt: grantId }),
    ...(userId !== undefined && { user: userId }),
    ...(clientId !== undefined && { client: clientId }),
  });
  return finishRevocations(parts, selection);
}

/** Works off marked grants of this selection. A grant whose object does not answer stays marked. */
export async function finishRevocations(parts: RevocationParts, selection: GrantSelection): Promise<RevocationResult> {
  const marked = await parts.grantIndex.pending(selection, perRun);
  const provider = { revoked: 0, refused: 0, unsupported: 0, unavailable: 0, nothing_to_revoke: 0 };
  const profileOf = rememberProfiles(parts);
  const finished: string[] = [];
  for (let start = 0; start < marked.length; start += inParallel) {
    const slice = marked.slice(start, start + inParallel);
    const answers = await Promise.all(slice.map((row) => tell(parts, row, profileOf)));
    answers.forEach((answer, index) => {
      const row = slice[index];
      if (answer === null || !row) return;
      provider[answer] += 1;
      finished.push(row.id);
    });
  }
  if (finished.length > 0) await parts.grantIndex.finished(finished);
  const pending = marked.length === 0 ? 0 : await parts.grantIndex.countPending(selection);
  return { revoked: finished.length, pending, provider };
}

async function tell(
  { grants }: RevocationParts,
  row: GrantRow,
  profileOf: (gatewayId: string) => Promise<GatewayProfile | null>,
): Promise<ProviderRevocation | null> {
  try {
    const { provider } = await grants.revoke(row.id, reasonOf(row), await profileOf(row.gatewayId));
    return provider;
  } catch {
    return null;
  }
}

function reasonOf(row: GrantRow): ReasonCode {
  const isReason = (text: string | null): text is ReasonCode => text !== null && Object.hasOwn(reasons, text);
  return isReason(row.revokeRequested) ? row.revokeRequested : "grant_revoked";
}

function rememberProfiles({ gateways }: RevocationParts) {
  const known = new Map<string, Promise<GatewayProfile | null>>();
  return (gatewayId: string) => {
    const profile = known.get(gatewayId) ?? gateways.profile(gatewayId);
    known.set(gatewayId, profile);
    return profile;
  };
}

/** Deleting would forget the profile that the provider must still be told with. */
export function revocationPending(count: number): AdminError {
  const what = `${count} revoked grants are already refused, but their provider is still being told`;
  return new AdminError("revocation_pending", `${what}; delete again in a minute`);
}
