// The bench's own parts: it starts, measures and counts; the README shows what the last whole run found.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { costsOf } from "../bench/costs.ts";
import { spentBy } from "../bench/inspector.ts";
import { Answer } from "../bench/load.ts";
import { blockOf, blocks, latestPath, writtenBlock } from "../bench/readme.ts";
import type { Report } from "../bench/report.ts";
import { median, summed } from "../bench/rounds.ts";
import { demands, large, reach, snapshotReads } from "../bench/scale.ts";
import { sourceFigures } from "../bench/source-figures.ts";

const latest = JSON.parse(readFileSync(latestPath, "utf8")) as Report;

describe("npm run bench", () => {
  it("measures a case at every stop, with the time of workerd and the expected answers only", async () => {
    const script = join(import.meta.dirname, "../bench/index.ts");
    const args = [script, "--quick", "--only", "challenge", "--json"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const report = JSON.parse(stdout) as Report;
    const [challenge] = report.cases;
    expect(report.cases.map(({ name }) => name)).toEqual(["challenge"]);
    expect(Object.keys(challenge?.figures ?? {})).toEqual(["fixed answer", "gateway"]);
    for (const figures of Object.values(challenge?.figures ?? {})) {
      expect(figures.requests).toBeGreaterThan(50);
      expect(figures.cpuMicros).toBeGreaterThan(0);
      expect([figures.p50, figures.p95, figures.p99].toSorted((a, b) => a - b)).toEqual([
        figures.p50,
        figures.p95,
        figures.p99,
      ]);
    }
  }, 60_000);

  it("takes the median, of an even number the mean of the middle two", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    const round = { perSecond: 1, p50: 1, p95: 2, p99: 3, requests: 10 };
    const figures = summed([1, 9, 5].map((cpuMicros) => ({ ...round, cpuMicros })));
    expect([figures.cpuMicros, figures.cpuRange, figures.requests]).toEqual([5, [1, 9], 30]);
  });

  it.each([
    ["a length", ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "lo"]],
    ["a head in two pieces", ["HTTP/1.1 200 OK\r\nContent-Le", "ngth: 0\r\n\r\n"]],
    ["chunks", ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "0\r", "\n\r\n"]],
    ["no body", ["HTTP/1.1 204 No Content\r\n\r\n"]],
  ])("knows where an answer ends: %s", (_, pieces) => {
    const answer = new Answer();
    const whole = pieces.map((piece) => answer.take(Buffer.from(piece)));
    expect(whole).toEqual(pieces.map((_, index) => index === pieces.length - 1));
  });

  it("adds a function's time once, however deep it calls itself", () => {
    const frame = (functionName: string) => ({ functionName, url: "", lineNumber: 0 });
    const spent = spentBy({
      nodes: [
        { id: 1, callFrame: frame("walk"), children: [2] },
        { id: 2, callFrame: frame("walk"), children: [3] },
        { id: 3, callFrame: frame("read") },
      ],
      samples: [1, 2, 3],
      timeDeltas: [10, 20, 40],
    });
    expect(spent).toEqual([
      { name: "read", self: 40, total: 40 },
      { name: "walk", self: 30, total: 70 },
    ]);
  });
});

describe("the model of a large deployment", () => {
  const storage = latest.storage ?? { rows: [], snapshotBytes: 0 };

  it("finds the figures that it is made of in the sources", () => {
    for (const value of Object.values(sourceFigures())) expect(value).toBeGreaterThan(0);
  });

  it("names a first limit, which is the one that more of everything reaches first", () => {
    const figures = sourceFigures();
    const { callsPerSecond, what } = reach(large, figures, storage);
    const factor = (callsPerSecond * 1.01) / large.callsPerSecond;
    const larger = { ...large, users: large.users * factor, servers: Math.round(large.servers * factor) };
    const spread = { ...larger, callsPerSecond: callsPerSecond * 1.01, isolates: large.isolates * factor };
    const [first] = demands(spread, figures, storage);
    expect(first?.what).toBe(what);
    expect((first?.demand ?? 0) / (first?.limit ?? 1)).toBeGreaterThan(1);
  });

  it("reads a snapshot once for each call where calls are rare, and less where they are frequent", () => {
    const figures = sourceFigures();
    const rare = snapshotReads({ ...large, callsPerSecond: 10 }, figures);
    const frequent = snapshotReads({ ...large, isolates: 10 }, figures);
    expect(rare.share).toBeGreaterThan(0.99);
    expect(frequent.share).toBeLessThan(0.2);
  });
});

describe("README", () => {
  it.each(blocks)("shows %s as the last whole run found it (`npm run bench -- --readme`)", (block) => {
    expect(writtenBlock(block)).toBe(blockOf(block, latest));
  });

  it("prices come from counted trips and measured time", () => {
    expect(latest.costs).toEqual(costsOf(latest.storage?.rows ?? [], latest.cases));
    expect(latest.costs.map(({ name }) => name)).toEqual(["call", "exchange", "refresh", "sign-in", "challenge"]);
  });
});
