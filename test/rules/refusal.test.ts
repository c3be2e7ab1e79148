// What is thrown to refuse a request: an Error to whoever catches it, without the price of one.
import { expect, test } from "vitest";
import { BearerChallenge, ProxyError, Refusal, WireError } from "../../src/worker/oauth/errors.ts";

test.each<[string, Refusal]>([
  ["WireError", new WireError(404, "invalid_request", "not_found")],
  ["ProxyError", new ProxyError(404, "not_found")],
  [
    "BearerChallenge",
    new BearerChallenge({ status: 401, error: null, resourceMetadata: null, scope: [] }, "not_found", { seen: "x" }),
  ],
])("a %s is an Error and a Refusal, names its reason, and captures no stack", (name, refusal) => {
  expect(refusal).toBeInstanceOf(Error);
  expect(refusal).toBeInstanceOf(Refusal);
  expect(String(refusal)).toBe(`${name}: not_found`);
  expect(Reflect.get(refusal, "stack")).toBeUndefined();
});

test("what is no refusal keeps its stack, also after one was thrown", () => {
  const { stack = "" } = new Error("unforeseen");
  expect(stack.split("\n").length).toBeGreaterThan(2);
});
