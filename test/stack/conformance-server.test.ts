// The conformance suite against one runtime twice, directly and through the gateway: what it finds must be the same.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { tried } from "../rig/compatibility.ts";
import { type Fronted, frontWithGateway } from "../rig/conformance-gateway.ts";
import { requirements } from "../rig/conformance-requirements.ts";
import { type ConformanceRuntime, startConformanceRuntime } from "../rig/conformance-runtime.ts";
import { type Shim, startShim } from "../rig/conformance-shim.ts";
import { faults, lines, type Run, runSuite, suite, tally } from "../rig/conformance-suite.ts";

const stack = inject("stack");
let runtime: ConformanceRuntime;
let shim: Shim;

beforeAll(async () => {
  let fronted: Fronted | undefined;
  runtime = await startConformanceRuntime();
  shim = await startShim(() => ({ url: fronted?.mcpUrl ?? "", token: fronted?.token ?? "" }));
  // `dns-rebinding-protection` presents the origin of the URL it was given, as a page there would: for the gateway that
  // is an origin like any other, which an operator lists. A foreign one it refuses itself, before the runtime (P-99).
  fronted = await frontWithGateway(stack, { runtimeUrl: runtime.url, allowedOrigins: [shim.origin] });
});
afterAll(async () => {
  await shim?.close();
  await runtime?.close();
});

describe.each([
  { revision: "2026-07-28", passed: 120 },
  { revision: "2025-11-25", passed: 70 },
])("$revision", ({ revision, passed }) => {
  let direct: Run;
  let through: Run;
  const listed = requirements(revision, "server");
  const isRequired = ({ scenario }: { scenario: string }) =>
    listed.some((one) => one.scenario === scenario && one.standing === "required");
  const annotation = tried(...suite, `server ${revision}`);

  beforeAll(async () => {
    const run = (url: string) => runSuite(["server", "--url", url, "--requirements", revision]);
    // One after the other: each changes the lists that the other would hear of.
    direct = await run(runtime.url);
    through = await run(shim.url);
  });

  const rows = listed.map(({ scenario, standing }) => [scenario, standing] as const);

  test.each(rows)("%s (%s) ends alike with and without the gateway", annotation, (wanted, standing) => {
    const [alone, fronted] = [direct, through].map(({ verdicts }) => {
      const own = verdicts.filter(({ scenario }) => scenario === wanted);
      return { lines: lines(own), faults: faults(own) };
    });
    expect(alone?.lines).not.toEqual([]);
    expect(fronted?.lines).toEqual(alone?.lines);
    // The tasks extension is the one thing that neither this runtime nor the SDK it is made with offers.
    if (standing !== "extension") expect(fronted?.faults).toEqual([]);
  });

  test("every required check passes, and as many as ever", annotation, () => {
    const all = { passed, failed: 0, warnings: 0, skipped: 0 };
    expect(tally(direct.verdicts.filter(isRequired))).toEqual(all);
    expect(tally(through.verdicts.filter(isRequired))).toEqual(all);
    expect([direct.code, through.code]).toEqual([0, 0]);
    expect(through.printed).toContain(`against ${shim.url}`);
  });
});
