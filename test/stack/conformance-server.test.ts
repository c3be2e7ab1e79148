// The conformance suite against one runtime twice, directly and through the gateway: what it sees must be the same.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Fronted, frontWithGateway } from "../rig/conformance-gateway.ts";
import { type ConformanceRuntime, startConformanceRuntime } from "../rig/conformance-runtime.ts";
import { type Shim, startShim } from "../rig/conformance-shim.ts";
import { faults, lines, runSuite, tally } from "../rig/conformance-suite.ts";

const stack = inject("stack");
let runtime: ConformanceRuntime;
let fronted: Fronted;
let shim: Shim;

beforeAll(async () => {
  runtime = await startConformanceRuntime();
  shim = await startShim(() => ({ url: fronted.mcpUrl, token: fronted.token }));
  fronted = await frontWithGateway(stack, { runtimeUrl: runtime.url, allowedOrigins: [shim.origin] });
});
afterAll(async () => {
  await shim?.close();
  await runtime?.close();
});

describe.each([{ revision: "2026-07-28" }, { revision: "2025-11-25" }])("$revision", ({ revision }) => {
  test("the same", async () => {
    const run = (url: string) => runSuite(["server", "--url", url, "--requirements", revision]);
    const t0 = Date.now();
    const direct = await run(runtime.url);
    const t1 = Date.now();
    const through = await run(shim.url);
    console.log(revision, tally(direct.verdicts), tally(through.verdicts), t1 - t0, Date.now() - t1);
    console.log(faults(through.verdicts).filter((l) => !faults(direct.verdicts).includes(l)));
    expect(lines(through.verdicts)).toEqual(lines(direct.verdicts));
  });
});
