// The scheduled work: what failed is repaired, what is over is cleared, keys are changed in time. Each step is bounded.
import type { FreshKey, SigningKeyRow, SigningKeyStore, UpkeepStore } from "../store/promises/upkeep.ts";
import type { Sealer } from "../tokens/port.ts";
import { resealSecrets } from "./resealing.ts";
import { finishRevocations, type RevocationParts } from "./revocation.ts";

const hour = 3600;
const day = 24 * hour;

export interface UpkeepParts extends RevocationParts {
  upkeep: UpkeepStore;
  sealer: Pick<Sealer, "open" | "seal" | "formerMarks">;
  keys: SigningKeyStore;
  /** Writes one server's copy; false when that failed. */
  write(slug: string): Promise<boolean>;
  newSigningKey(): Promise<FreshKey>;
  /** Epoch seconds. */
  now(): number;
}

export interface UpkeepReport {
  snapshotsWritten: number;
  snapshotsFailed: number;
  grantsRevoked: number;
  rowsPruned: number;
  agentKeysCleared: number;
  clientsReaped: number;
  keyCreated: boolean;
  secretsResealed: number;
}

/** One run of everything; meant for every minute. Throws when storage does not answer. */
export async function runUpkeep(parts: UpkeepParts): Promise<UpkeepReport> {
  const keyCreated = await rotateSigningKeys(parts);
  // Both before the snapshots, which show what they leave.
  const secretsResealed = await resealSecrets(parts);
  const agentKeysCleared = await parts.upkeep.clearAgentKeys(parts.now());
  const snapshots = await repairSnapshots(parts);
  return {
    agentKeysCleared,
    snapshotsWritten: snapshots.written,
    snapshotsFailed: snapshots.failed,
    grantsRevoked: await tellRevoked(parts),
    rowsPruned: await parts.upkeep.pruneGrants(parts.now()),
    clientsReaped: await reapClients(parts),
    keyCreated,
    secretsResealed,
  };
}

/** Copies that a failed or unfinished write left behind. */
export async function repairSnapshots({ upkeep, write }: Pick<UpkeepParts, "upkeep" | "write">) {
  const perRun = 200;
  const inParallel = 10;
  const slugs = await upkeep.unpublished(perRun);
  let written = 0;
  for (let start = 0; start < slugs.length; start += inParallel) {
    const results = await Promise.all(slugs.slice(start, start + inParallel).map(write));
    written += results.filter(Boolean).length;
  }
  return { written, failed: slugs.length - written };
}

/** Grants that operators ended and whose objects and provider have not been told; goes on while that succeeds. */
async function tellRevoked(parts: RevocationParts): Promise<number> {
  let total = 0;
  for (let round = 0; round < 5; round++) {
    const { revoked, pending } = await finishRevocations(parts, {});
    total += revoked;
    if (revoked === 0 || pending === 0) break;
  }
  return total;
}

/** Registrations that nobody used for 90 days; one with a grant is never touched. */
export function reapClients({ upkeep, now }: Pick<UpkeepParts, "upkeep" | "now">): Promise<number> {
  return upkeep.reapClients(now() - 90 * day, 1000);
}

/** A key signs for a month, is published a day and an hour ahead, and stays published for a week after. */
const keyLife = 30 * day;
const publishedAhead = 25 * hour;
const publishedAfter = 7 * day;

/** @returns whether a key was created */
export async function rotateSigningKeys({
  keys,
  newSigningKey,
  now,
}: Pick<UpkeepParts, "keys" | "newSigningKey" | "now">): Promise<boolean> {
  const time = now();
  const living = (await keys.published()).filter((key) => key.retiredAt === null);
  const newest = living.at(-1);
  if (!newest) {
    await keys.add(await newSigningKey(), time, time, true);
    return true;
  }
  const current = living.findLast((key) => key.activeFrom <= time);
  if (current && living[0] !== current) await keys.takeOver(current.kid, time);
  await keys.remove(time - publishedAfter, time);
  if (newest.activeFrom + keyLife - publishedAhead > time) return false;
  await keys.add(await newSigningKey(), Math.max(newest.activeFrom + keyLife, time + publishedAhead), time, false);
  return true;
}

/** The key set for `/.well-known/jwks.json`: public members only. */
export function publicKeySet(published: SigningKeyRow[]): { keys: unknown[] } {
  return { keys: published.map((key) => JSON.parse(key.publicJwk)) };
}
