// The conformance suite's scenarios for OAuth clients, where the client is the gateway at a provider: the suite's
// authorization server is a profile's provider, and what it counts are the gateway's own requests there.
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { tried } from "../rig/compatibility.ts";
import { writtenAccess } from "../rig/conformance-gateway.ts";
import { requirements } from "../rig/conformance-requirements.ts";
import { faults, runSuite, suite, tally, type Verdict } from "../rig/conformance-suite.ts";

const stack = inject("stack");
const revision = "2026-07-28";
const command = `${process.execPath} ${join(import.meta.dirname, "../rig/conformance-operator.ts")}`;

/** How many checks pass in each. */
const passes = {
  // Where the metadata may be.
  "auth/metadata-default": 15,
  "auth/metadata-var1": 15,
  "auth/metadata-var2": 15,
  "auth/metadata-var3": 15,
  // P-81: metadata of another issuer is not used. Whether the provider is asked a second time depends on the seconds in
  // between, so each check counts once here.
  "auth/metadata-issuer-mismatch": 3,
  // The credentials that an operator has saved, by the method that the provider takes.
  "auth/pre-registration": 9,
  "auth/token-endpoint-auth-basic": 16,
  "auth/token-endpoint-auth-post": 16,
  "auth/token-endpoint-auth-none": 16,
  // P-80: the answer's issuer is compared to the letter before the code is sent anywhere.
  "auth/iss-supported": 9,
  "auth/iss-not-advertised": 9,
  "auth/iss-supported-missing": 6,
  "auth/iss-wrong-issuer": 6,
  "auth/iss-unexpected": 6,
  "auth/iss-normalized": 6,
  // `offline_access` is asked for only where the provider lists it.
  "auth/offline-access-scope": 8,
  "auth/offline-access-not-supported": 9,
};

/** Duties of an MCP client that the gateway does not have at a provider, where an operator has decided. */
const notTheGateways: Record<string, string> = {
  "auth/basic-cimd": "the gateway presents the credentials of its profile",
  "auth/scope-from-www-authenticate": "the profile's scopes are asked for",
  "auth/scope-from-scopes-supported": "the profile's scopes are asked for",
  "auth/scope-omitted-when-undefined": "the profile's scopes are asked for",
  "auth/scope-step-up": "a runtime's 403 is not a challenge to the gateway; its own clients step up at the gateway",
  "auth/scope-retry-limit": "a runtime's 403 is not a challenge to the gateway",
  "auth/resource-mismatch": "the profile names the resource; no metadata of the runtime is read",
  "auth/authorization-server-migration": "the profile names the authorization server",
};

test("every scenario about authorization is here, or its reason not to be", () => {
  const required = requirements(revision, "client").filter(({ standing }) => standing === "required");
  const listed = required.map(({ scenario }) => scenario).filter((scenario) => scenario.startsWith("auth/"));
  expect([...Object.keys(passes), ...Object.keys(notTheGateways)].sort()).toEqual(listed.sort());
});

describe.concurrent("the gateway as a client", () => {
  const annotation = tried(...suite, "the gateway as a provider's client");

  test.each(Object.entries(passes))("%s: its %i checks pass", annotation, async (scenario, passed) => {
    const args = ["client", "--command", command, "--scenario", scenario, "--spec-version", revision];
    const { verdicts, code, printed } = await runSuite(args, writtenAccess(stack));
    expect(faults(verdicts), printed).toEqual([]);
    const once = scenario === "auth/metadata-issuer-mismatch";
    expect(tally(once ? firstOfEach(verdicts) : verdicts).passed, printed).toBe(passed);
    expect(code, printed).toBe(0);
  });
});

/** Without the repetitions, which the rig numbers. */
function firstOfEach(verdicts: readonly Verdict[]): Verdict[] {
  const seen = new Map(verdicts.map((verdict) => [verdict.check.replace(/ #\d+$/, ""), verdict]));
  return [...seen.values()];
}
