// Figures that decide how far the gateway goes, read from its sources, so that the model follows when they change.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hotWrites } from "../../src/worker/store/log-object/heat.ts";
import { root } from "./bundles.ts";

/** The number of `const {name} = …` in a source file. Throws when it is not there any more. */
function constant(file: string, name: string): number {
  const text = readFileSync(join(root, "src/worker", file), "utf8");
  const found = new RegExp(`const ${name} = ([\\d_ *]+);`).exec(text)?.[1];
  if (found === undefined) throw new Error(`${file} has no number called ${name}`);
  return product(found);
}

const product = (text: string) =>
  text.split("*").reduce((result, factor) => result * Number(factor.replaceAll("_", "").trim()), 1);

/** Bytes that the bounded memories of a file may hold together; those that count entries (under 100 KB) are left out. */
function boundedBytes(file: string): number {
  const text = readFileSync(join(root, "src/worker", file), "utf8");
  const bounds = [...text.matchAll(/new BoundedMemory(?:<[^>]+>)?\(([\d_ *]+)\)/g)].map(([, size = ""]) =>
    product(size),
  );
  if (bounds.length === 0) throw new Error(`${file} has no bounded memory`);
  return bounds.filter((size) => size >= 100_000).reduce((sum, size) => sum + size, 0);
}

export interface SourceFigures {
  logBatch: number;
  logWaitSeconds: number;
  logShards: number;
  hotWrites: number;
  snapshotFreshSeconds: number;
  snapshotUsableSeconds: number;
  snapshotsRemembered: number;
  boundedMegabytes: number;
  repairedPerMinute: number;
}

export function sourceFigures(): SourceFigures {
  const bounded = boundedBytes("endpoints/proxy/call.ts") + boundedBytes("tokens/assertion.ts");
  return {
    logBatch: constant("store/log-gathering.ts", "fullBatch"),
    logWaitSeconds: constant("store/log-gathering.ts", "longestWait") / 1000,
    logShards: constant("store/log-object/deps.ts", "mostShards"),
    hotWrites,
    snapshotFreshSeconds: constant("store/snapshot/reader.ts", "fresh"),
    snapshotUsableSeconds: constant("store/snapshot/reader.ts", "usable"),
    snapshotsRemembered: constant("store/snapshot/memory.ts", "maxServers"),
    boundedMegabytes: bounded / 1024 / 1024,
    repairedPerMinute: constant("admin/upkeep.ts", "perRun"),
  };
}
