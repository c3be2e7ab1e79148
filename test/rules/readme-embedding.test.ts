// What the README tells app developers and operators of embedded agents is what the SDK and the gateway say.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { embeddedReasons } from "../../src/contract/reasons/embedded.ts";

const root = new URL("../..", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");

/** From a heading to the next one of the same rank or higher. */
function section(heading: string): string {
  const [, ...rest] = readme.split(`\n${heading}\n`);
  const rank = heading.indexOf(" ");
  return (rest[0] ?? "").split(new RegExp(`\n#{1,${rank}} `))[0] ?? "";
}

/** The codes in one column of the section's tables, counted from 1. */
function codesIn(text: string, column: number): string[] {
  const rows = text.split("\n").filter((line) => line.startsWith("| "));
  return rows.flatMap((row) =>
    [...(row.split("|")[column] ?? "").matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code = ""]) => code),
  );
}

describe("README", () => {
  test("the SDK's own reasons are explained, each once, and no other", () => {
    const folder = new URL("src/sdk/", root);
    const sources = readdirSync(folder).filter((name) => name.endsWith(".ts"));
    const texts = sources.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
    const said = [...texts.matchAll(/(?:\breason: |\bfailed\(\s*)"([a-z_]+)"/g)].map(([, code = ""]) => code);
    expect(said.length).toBeGreaterThan(5);
    expect(codesIn(section("## Embed an agent"), 1).sort()).toEqual([...new Set(said)].sort());
  });

  test("the exchange's order of checks names every reason of the embedded door", () => {
    expect(codesIn(section("### Agents"), 3)).toEqual(expect.arrayContaining(Object.keys(embeddedReasons)));
  });

  test("the example is given exactly what the hook takes", () => {
    const example = /```tsx\n([\s\S]*?)```/.exec(section("## Embed an agent"))?.[1] ?? "";
    const options = readFileSync(new URL("src/sdk/options.ts", root), "utf8");
    const known = [...options.matchAll(/readonly (\w+)\??:/g)].map(([, name = ""]) => name);
    const given = [...example.matchAll(/^ {4}(\w+):/gm)].map(([, name = ""]) => name);
    expect(given.length).toBeGreaterThan(5);
    expect(known).toEqual(expect.arrayContaining(given));
  });
});
