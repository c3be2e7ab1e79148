// The README's table of clients says what tests saw: no row by hand, none missing, and no verdict on what was not run.
import { describe, expect, test } from "vitest";
import { clientTable, differences, type Trial } from "../rig/compatibility-table.ts";

const trial = (fields: Partial<Trial> = {}): Trial => ({
  client: "Some client",
  version: "1.2.3",
  what: "sign-in",
  instead: null,
  outcome: "passed",
  ...fields,
});
const lines = (trials: Trial[]) => clientTable(trials).split("\n").slice(2);

describe("the table", () => {
  test("several tests feed one row, and equal words are one phrase", () => {
    expect(lines([trial(), trial({ what: "step-up" }), trial()])).toEqual([
      "| Some client | 1.2.3 | sign-in, step-up | works |",
    ]);
  });

  test("a row works only while each of its tests passes", () => {
    const trials = [trial(), trial({ what: "step-up", outcome: "failed" }), trial({ what: "refresh" })];
    expect(lines(trials)).toEqual(["| Some client | 1.2.3 | sign-in, step-up, refresh | fails: step-up |"]);
  });

  test("what a client does instead stands beside the result", () => {
    expect(lines([trial(), trial({ what: "step-up", instead: "asks for a new sign-in" })])).toEqual([
      "| Some client | 1.2.3 | sign-in, step-up | works; step-up: asks for a new sign-in |",
    ]);
  });

  test("rows are by client, the newest version first, whatever order the tests ended in", () => {
    const trials = ["1.9.0", "1.32.2", "2.0"].map((version) => trial({ version }));
    const sorted = lines([...trials, trial({ client: "Another" })]).map((line) => line.split(" | ").slice(0, 2));
    expect(sorted).toEqual([
      ["| Another", "1.2.3"],
      ["| Some client", "2.0"],
      ["| Some client", "1.32.2"],
      ["| Some client", "1.9.0"],
    ]);
  });
});

describe("the README's table and a run", () => {
  const trials = [trial(), trial({ client: "Another" })];
  const written = clientTable(trials);

  test.each<[string, Trial[], string[]]>([
    ["are equal", trials, []],
    ["differ by a row that is new", [...trials, trial({ version: "2" })], ["+ | Some client | 2 | sign-in | works |"]],
    ["differ by a row that no test feeds", [trial()], ["- | Another | 1.2.3 | sign-in | works |"]],
    [
      "differ by a result",
      [trial(), trial({ client: "Another", outcome: "failed" })],
      ["- | Another | 1.2.3 | sign-in | works |", "+ | Another | 1.2.3 | sign-in | fails: sign-in |"],
    ],
    ["are not compared where a test was skipped", [trial(), trial({ client: "Another", outcome: "skipped" })], []],
  ])("%s", (_, seen, expected) => {
    expect(differences(written, seen)).toEqual(expected);
  });
});
