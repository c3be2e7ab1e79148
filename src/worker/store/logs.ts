// The logs behind their gateways' ids: events go out in the background, questions are asked of every object of a log.
import { logEntry } from "./log-entry.ts";
import { Gathering } from "./log-gathering.ts";
import { type Found, mostShards } from "./log-object/deps.ts";
import type { LogObjectBase } from "./log-object/index.ts";
import { isGathered, isSuccessfulCall } from "./log-object/segment.ts";
import { statsOf } from "./log-object/tally.ts";
import type { FoundLines, LogFilter, Logs } from "./promises/logs.ts";

export type LogNamespace = DurableObjectNamespace<LogObjectBase<unknown>>;

export interface LogsParts {
  namespace: LogNamespace;
  /** Epoch milliseconds. */
  now(): number;
  /** Lives on after the response of the request that is running (`waitUntil`). */
  background(work: Promise<unknown>): void;
  /** Where faults also show when nobody reads the log: one line of JSON. */
  print(line: string): void;
}

/** How long an isolate remembers over how many objects a log is spread, milliseconds. */
const spreadRemembered = 60_000;
/** Logs that an isolate has something to say to at once. */
const mostGatherings = 1000;

interface Writer {
  gathering: Gathering;
  spread: { over: number; until: number };
}

export function createLogs(parts: LogsParts): Logs {
  const { now, background, print } = parts;
  const writers = new Map<string, Writer>();

  function writerOf(gatewayId: string): Writer {
    const known = writers.get(gatewayId);
    if (known) return known;
    if (writers.size >= mostGatherings) {
      for (const [id, { gathering }] of writers) if (gathering.isIdle) writers.delete(id);
    }
    const spread = { over: 1, until: 0 };
    const writer: Writer = {
      spread,
      gathering: new Gathering({
        now,
        background,
        async deliver(entries, lost) {
          if (now() > spread.until) spread.over = 1;
          // Only batches of calls are spread: steps of an attempt stay together in the first object, which follows tokens.
          const shard = entries.every(isSuccessfulCall) ? Math.floor(Math.random() * spread.over) : 0;
          const over = await objectOf(parts.namespace, gatewayId, shard).append({ gatewayId, shard, entries, lost });
          if (shard === 0) Object.assign(spread, { over, until: now() + spreadRemembered });
        },
      }),
    };
    writers.set(gatewayId, writer);
    return writer;
  }

  return {
    record(event) {
      try {
        const entry = logEntry(event, now());
        const { gateway, organization } = event;
        if (event.outcome === "failed") print(JSON.stringify({ organization, gateway, ...entry }));
        if (gateway !== undefined) writerOf(gateway).gathering.add(entry, !isGathered(entry));
      } catch {
        // Whoever records has something better to do.
      }
    },
    find: (gatewayId, filter, page) => findIn(parts.namespace, gatewayId, filter, page),
    async attempt(gatewayId, attempt, limit) {
      const filter: LogFilter = { attempt };
      const { total } = await findIn(parts.namespace, gatewayId, filter, { offset: 0, limit: 0 });
      const page = { offset: Math.max(0, total - limit), limit };
      const { lines } = await findIn(parts.namespace, gatewayId, filter, page);
      return { total, lines: lines.sort((one, other) => one.at - other.at || one.id - other.id) };
    },
    async stats(gatewayId, filter) {
      const first = await objectOf(parts.namespace, gatewayId, 0).tally(filter);
      const others = otherShards(first.shards).map((shard) =>
        objectOf(parts.namespace, gatewayId, shard).tally(filter),
      );
      return statsOf([first, ...(await Promise.all(others))].map(({ tally }) => tally));
    },
  };
}

/** For each filter, whether a call that fits is in one of the objects beside the first. */
export async function calledElsewhere(
  namespace: LogNamespace,
  gatewayId: string,
  filters: LogFilter[],
): Promise<boolean[]> {
  const shards = otherShards(mostShards);
  const answers = await Promise.all(shards.map((shard) => objectOf(namespace, gatewayId, shard).called(filters)));
  return filters.map((_, index) => answers.some((answer) => answer[index]));
}

function objectOf(namespace: LogNamespace, gatewayId: string, shard: number) {
  return namespace.get(namespace.idFromName(shard === 0 ? gatewayId : `${gatewayId}/${shard}`));
}

function otherShards(shards: number): number[] {
  return Array.from({ length: shards - 1 }, (_, index) => index + 1);
}

/** A page of a spread log is cut from the newest lines of every object: deep pages of a hot log cost more. */
async function findIn(
  namespace: LogNamespace,
  gatewayId: string,
  filter: LogFilter,
  page: { offset: number; limit: number },
): Promise<FoundLines> {
  const first: Found = await objectOf(namespace, gatewayId, 0).find(filter, page);
  if (first.shards === 1) return { lines: first.lines, total: first.total };
  const all = { offset: 0, limit: page.offset + page.limit };
  const answers: Found[] = await Promise.all(
    [0, ...otherShards(first.shards)].map((shard) => objectOf(namespace, gatewayId, shard).find(filter, all)),
  );
  const lines = answers.flatMap((answer) => answer.lines).sort((one, other) => other.id - one.id);
  return {
    lines: lines.slice(page.offset, page.offset + page.limit),
    total: answers.reduce((sum, answer) => sum + answer.total, 0),
  };
}
