// A model of a large deployment: what it would ask of each part, what that part can give, and which ends first.
import { limits, prices } from "./prices.ts";
import type { SourceFigures } from "./source-figures.ts";
import type { StorageRow } from "./storage.ts";

export interface Deployment {
  users: number;
  servers: number;
  callsPerSecond: number;
  /**
   * Over which the calls of every server are spread evenly, which is the worst case; the platform decides how many
   * there are. The servers' popularity follows Zipf's law: the second has half of the calls of the first, and so on.
   */
  isolates: number;
  /** Seconds between two calls of a person who is active. */
  secondsBetweenCalls: number;
  /** Share of calls by people of embedded apps, whose tokens live so many seconds. */
  embeddedShare: number;
  embeddedTokenSeconds: number;
  accessTokenSeconds: number;
  /** Sign-ins of a person in a month, and how much busier the busiest hour is than the mean. */
  signInsPerMonth: number;
  busiestHour: number;
  grantsPerUser: number;
}

/** Written for this much. */
export const large: Deployment = {
  users: 1_000_000,
  servers: 10_000,
  callsPerSecond: 100_000,
  isolates: 2_000,
  secondsBetweenCalls: 2,
  embeddedShare: 0.5,
  embeddedTokenSeconds: 600,
  accessTokenSeconds: 3600,
  signInsPerMonth: 2,
  busiestHour: 5,
  grantsPerUser: 3,
};

export interface Demand {
  what: string;
  demand: number;
  limit: number;
  unit: string;
  /** What to do when it is reached. */
  remedy: string;
}

const month = 30 * 86_400;
/** Bytes of a row of grants with its indexes, and what an object of parsed JSON takes beyond its text. */
const grantRowBytes = 1_000;
const parsedFactor = 3;

/** What each part is asked for, the one that is nearest to its limit first. */
export function demands(
  size: Deployment,
  figures: SourceFigures,
  { rows, snapshotBytes }: { rows: StorageRow[]; snapshotBytes: number },
): Demand[] {
  const d1Of = (name: string) => rows.find((row) => row.name === name)?.warm.d1 ?? Number.NaN;
  const active = Math.min(size.users, size.callsPerSecond * size.secondsBetweenCalls);
  const signIns = ((size.users * size.signInsPerMonth) / month) * size.busiestHour;
  const exchanges = (active * size.embeddedShare) / size.embeddedTokenSeconds;
  const refreshes = (active * (1 - size.embeddedShare)) / size.accessTokenSeconds;
  const firstRefreshes = Math.min(refreshes, ((size.users * size.grantsPerUser) / 86_400) * size.busiestHour);
  const hot = deliveries(size, figures);
  const known = serversInMemory(size, figures);
  const found: Demand[] = [
    {
      what: "log writes of the busiest profile, in each of its objects",
      demand: hot / (hot > figures.hotWrites ? figures.logShards : 1),
      limit: limits.objectWrites.value,
      unit: "writes/s",
      remedy: "more objects for a log (`mostShards`), or a longer wait before a batch leaves (`longestWait`)",
    },
    {
      what: "statements in D1: sign-ins, people seen at the exchange, the first refresh of a grant's day",
      demand: signIns * d1Of("sign-in") + exchanges + firstRefreshes,
      limit: limits.d1Statements.value,
      unit: "statements/s",
      remedy: "people seen at the exchange are gathered like log lines; after that a database for each organization",
    },
    {
      what: "size of D1: grants, with their indexes",
      demand: (size.users * size.grantsPerUser * grantRowBytes) / 1e9,
      limit: limits.d1Gigabytes.value,
      unit: "GB",
      remedy: "a database for each organization",
    },
    {
      what: "memory of an isolate: snapshots, opened tokens, credentials, assertions",
      demand:
        (Math.min(known, figures.snapshotsRemembered) * snapshotBytes * parsedFactor) / 1024 / 1024 +
        figures.boundedMegabytes,
      limit: limits.isolateMegabytes.value,
      unit: "MB",
      remedy: "smaller bounds; servers with hundreds of agents or ended grants make larger snapshots than this one",
    },
    {
      what: "servers that one isolate serves within a snapshot's life",
      demand: known,
      limit: figures.snapshotsRemembered,
      unit: "servers",
      remedy: "a larger `maxServers`; until then the oldest is read from KV again",
    },
    {
      what: "minutes until a change of one profile has reached all of its servers, if it had them all",
      demand: size.servers / figures.repairedPerMinute,
      limit: 60,
      unit: "min",
      remedy: "a larger `perRun`, or profiles with fewer servers",
    },
  ];
  return found.sort((one, other) => other.demand / other.limit - one.demand / one.limit);
}

/** Deliveries a second to the log of the busiest profile: each isolate sends full batches, or what a second has brought. */
function deliveries(size: Deployment, { logBatch, logWaitSeconds }: SourceFigures) {
  const { callsPerSecond, isolates } = size;
  const perIsolate = (callsPerSecond * busiestShare(size)) / isolates;
  // A wait begins with the first call after a delivery, which comes at random.
  const timed = perIsolate / (1 + perIsolate * logWaitSeconds);
  return isolates * Math.max(perIsolate / logBatch, Math.min(timed, 1 / logWaitSeconds));
}

/** Servers that are asked for in one isolate while a snapshot may be served without waiting for a new one. */
function serversInMemory(size: Deployment, { snapshotUsableSeconds }: SourceFigures): number {
  return overServers(size, (rate) => 1 - Math.exp(-rate * snapshotUsableSeconds));
}

/** Of all calls, when its server stands for a profile of its own. */
export function busiestShare({ servers }: Pick<Deployment, "servers">): number {
  return 1 / harmonic(servers);
}

/** A sum over all servers, of calls a second in one isolate. */
function overServers({ callsPerSecond, isolates, servers }: Deployment, of: (rate: number) => number): number {
  const first = callsPerSecond / isolates / harmonic(servers);
  let sum = 0;
  for (let rank = 1; rank <= servers; rank++) sum += of(first / rank);
  return sum;
}

function harmonic(count: number): number {
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) sum += 1 / rank;
  return sum;
}

export interface SnapshotReads {
  perSecond: number;
  /** For each call. */
  share: number;
  dollarsPerMonth: number;
}

/** Reads from KV: one isolate asks again for a server when a call comes after its copy has grown old. */
export function snapshotReads(size: Deployment, { snapshotFreshSeconds }: SourceFigures): SnapshotReads {
  const perSecond = size.isolates * overServers(size, (rate) => rate / (1 + rate * snapshotFreshSeconds));
  const dollarsPerMonth = ((perSecond * month) / 1e6) * prices.kvRead.dollars;
  return { perSecond, share: perSecond / size.callsPerSecond, dollarsPerMonth };
}

/** How many calls a second the same deployment takes until the first limit is reached, everything growing alike. */
export function reach(size: Deployment, figures: SourceFigures, storage: Parameters<typeof demands>[2]) {
  const at = (factor: number): Deployment => ({
    ...size,
    users: size.users * factor,
    servers: Math.max(1, Math.round(size.servers * factor)),
    callsPerSecond: size.callsPerSecond * factor,
    isolates: size.isolates * factor,
  });
  const first = (factor: number) => demands(at(factor), figures, storage)[0];
  const over = (factor: number) => {
    const most = first(factor);
    return most !== undefined && most.demand > most.limit;
  };
  let [low, high] = [0.01, 30];
  for (let step = 0; step < 30; step++) {
    const middle = Math.sqrt(low * high);
    if (over(middle)) high = middle;
    else low = middle;
  }
  return { callsPerSecond: size.callsPerSecond * low, what: first(high)?.what ?? "none" };
}
