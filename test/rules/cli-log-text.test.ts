// A log line in the terminal: what happened in one line, and below it why and what to do.
import { expect, test } from "vitest";
import { logText } from "../../src/cli/commands/log-text.ts";
import { diagnoses } from "../../src/contract/diagnoses.ts";
import type { LogLine } from "../../src/contract/management/logs.ts";

const plain = { width: null, paint: (_: unknown, text: string) => text };

const line: LogLine = {
  ...{ id: "1", time: "2026-11-22T21:00:00.000Z", event: "return", outcome: "refused", requestId: "req_1" },
  ...{ reason: "provider_client_rejected", cause: "The provider refused the client.", fix: "Check the secret." },
  ...{
    diagnosis: "CLIENT_SECRET_EXPIRED",
    attempt: "grt_1",
    server: "support-api",
    client: "c1",
    clientName: "Claude",
  },
  ...{ user: null, agent: null, channel: "oauth", origin: null, session: null, method: null, tool: null, status: null },
  ...{ totalMs: null, runtimeMs: null, expected: "a secret", seen: "AADSTS7000222", field: "clientSecret" },
};

test("a refusal says cause, fix, the diagnosis with its own cause, and what was expected and seen", () => {
  const [head, ...why] = logText(line, plain).split("\n");
  expect(head).toContain("provider_client_rejected  support-api  Claude  grt_1");
  expect(why.map((text) => text.trim())).toEqual([
    "The provider refused the client. Check the secret.",
    `diagnosis CLIENT_SECRET_EXPIRED: ${diagnoses.CLIENT_SECRET_EXPIRED.cause}`,
    "expected a secret, seen AADSTS7000222, field clientSecret",
  ]);
});

test("a diagnosis of a newer gateway is shown by its name alone", () => {
  expect(logText({ ...line, diagnosis: "NOT_YET_KNOWN" }, plain)).toMatch(/^ {4}diagnosis NOT_YET_KNOWN$/m);
});

test("a success gives no advice", () => {
  const fine: LogLine = { ...line, outcome: "ok", diagnosis: null, expected: null, seen: null, field: null };
  expect(logText(fine, plain).split("\n")).toHaveLength(1);
});
