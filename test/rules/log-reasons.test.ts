// The vocabulary of what goes wrong: whole sentences, each with a fix, and the README says the same.
import { describe, expect, test } from "vitest";
import { reasons } from "../../src/contract/events.ts";
import { reasonTable, writtenTable } from "../rig/reason-table.ts";

describe("reason codes", () => {
  test.each(Object.entries(reasons))("%s has a cause and a fix in whole sentences", (code, { cause, fix }) => {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    for (const sentence of [cause, fix]) expect(sentence).toMatch(/^[A-Z`].*\.$/);
  });

  test("the README's table is the vocabulary; `npm run readme` writes it", () => {
    expect(Object.keys(reasons).length).toBeGreaterThan(50);
    expect(writtenTable()).toBe(reasonTable());
  });
});
