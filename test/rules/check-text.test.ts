// `mcpstack gateways check` as a person reads it.
import { expect, test } from "vitest";
import { checkText } from "../../src/cli/commands/check.ts";
import { type CheckView, checks, type Finding } from "../../src/contract/management/check.ts";

const finding = (check: keyof typeof checks, fields: Partial<Finding>): Finding => ({
  ...{ check, title: checks[check], status: "pass", server: null, reason: null, diagnosis: null },
  ...{ expected: null, seen: null, field: null, fix: null },
  ...fields,
});

const view: CheckView = {
  gatewayId: "gw_1",
  checkedAt: "2026-11-22T12:00:00.000Z",
  summary: { pass: 1, warn: 0, fail: 1, skip: 0 },
  findings: [
    finding("client", {
      status: "fail",
      seen: "bad\u001b[2J",
      expected: "good",
      field: "clientSecret",
      fix: "Set it.",
    }),
    finding("pkce", { seen: "S256" }),
  ],
};

test("what fails stands last, with expected, seen, field and fix, and nothing can move the cursor", () => {
  const text = checkText(view, { width: null, paint: (_style, painted) => painted });
  expect(text.split("\n")).toEqual([
    "pass  pkce                          PKCE with S256: S256",
    "fail  client                        The provider takes the profile's client and secret",
    "      expected  good",
    "      seen      bad\\u001b[2J",
    "      field     clientSecret",
    "      fix       Set it.",
    "",
    "1 fail, 0 warn, 1 pass, 0 skip",
  ]);
});

test("on a terminal a line that asks for nothing fits its width", () => {
  const text = checkText(view, { width: 40, paint: (_style, painted) => painted });
  expect(text.split("\n")[0]).toHaveLength(40);
});
