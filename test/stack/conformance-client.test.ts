// The conformance suite's scenarios for clients with the gateway between: the suite's server sees the official SDK's
// client as if nothing stood there. What it counts are headers, metadata and streams as they arrive.
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { tried } from "../rig/compatibility.ts";
import { writtenAccess } from "../rig/conformance-gateway.ts";
import { requirements } from "../rig/conformance-requirements.ts";
import { faults, lines, runSuite, suite, tally } from "../rig/conformance-suite.ts";

const stack = inject("stack");
const command = `${process.execPath} ${join(import.meta.dirname, "../rig/conformance-client.ts")}`;

/** How many checks pass: fewer mean that the client did less, or that the suite saw less of it. */
const passes: Record<string, Record<string, number>> = {
  "2026-07-28": {
    tools_call: 2,
    "request-metadata": 8,
    "sep-2322-client-request-state": 5,
    "http-standard-headers": 9,
    "http-custom-headers": 18,
    "http-invalid-tool-headers": 12,
    "json-schema-ref-no-deref": 1,
    "json-schema-2020-12-preservation": 9,
  },
  "2025-11-25": {
    initialize: 1,
    tools_call: 2,
    "elicitation-sep1034-client-defaults": 5,
    "sse-retry": 3,
    "json-schema-2020-12-preservation": 9,
  },
};

async function runTwice(revision: string, scenario: string) {
  const args = ["client", "--command", command, "--scenario", scenario, "--spec-version", revision];
  const [direct, through] = await Promise.all([runSuite(args), runSuite(args, writtenAccess(stack))]);
  return { direct, through };
}

describe.each(Object.entries(passes))("%s", (revision, counts) => {
  const annotation = tried(...suite, `client ${revision}`);

  test("every scenario that is not about authorization is here", () => {
    const listed = requirements(revision, "client").map(({ scenario }) => scenario);
    expect(Object.keys(counts).sort()).toEqual(listed.filter((scenario) => !scenario.startsWith("auth/")).sort());
  });

  test.each(Object.entries(counts))(
    "%s: its %i checks pass with and without the gateway",
    annotation,
    async (scenario, passed) => {
      const { direct, through } = await runTwice(revision, scenario);
      expect(faults(direct.verdicts), direct.printed).toEqual([]);
      expect(faults(through.verdicts), through.printed).toEqual([]);
      expect(lines(through.verdicts)).toEqual(lines(direct.verdicts));
      expect(tally(through.verdicts).passed).toBe(passed);
      expect([direct.code, through.code]).toEqual([0, 0]);
    },
  );
});
