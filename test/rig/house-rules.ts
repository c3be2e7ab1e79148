// The manners of the house: sizes, captions, names, types and words, each as a rule over the sources.
import { type Finding, isSyntax, lineAt, type Rule, type Source, type Syntax, walk, wordOf } from "./house.ts";

const usual = { file: 200, function: 50 };
const hard = { file: 300, function: 80 };

/** A rule that looks at one TypeScript file at a time; what it yields becomes a finding. */
function perFile(rule: string, look: (source: Source) => Iterable<{ line: number; fix: string }>): Rule {
  return (house) =>
    house
      .filter(isCode)
      .flatMap((source) => Array.from(look(source), (found) => ({ path: source.path, rule, ...found })));
}

const isCode = (source: Source) => source.tree !== null;
const isShipped = (source: Source) => source.path.startsWith("src/");
const linesOf = (source: Source) => source.text.trimEnd().split("\n").length;

export const filesAreShort: Rule = perFile("file length", function* (source) {
  const lines = linesOf(source);
  if (lines > hard.file)
    yield { line: hard.file, fix: `${lines} lines: cut it by meaning into files of ${usual.file}` };
});

export const functionsAreShort: Rule = perFile("function length", function* (source) {
  for (const { name, line, lines } of functionsOf(source)) {
    if (lines > hard.function)
      yield { line, fix: `${name} has ${lines} lines: name its steps; ${usual.function} is usual` };
  }
});

/** What is allowed but not usual, for the report that the test prints. */
export function overUsual(house: Source[]): { files: string[]; functions: string[] } {
  const code = house.filter(isCode);
  return {
    files: code.filter((source) => linesOf(source) > usual.file).map((source) => `${source.path} ${linesOf(source)}`),
    functions: code.flatMap((source) =>
      [...functionsOf(source)]
        .filter(({ lines }) => lines > usual.function)
        .map(({ name, line, lines }) => `${source.path}:${line} ${name} ${lines}`),
    ),
  };
}

/** A `describe` block is a chapter of a file, not a function that somebody calls. */
function* functionsOf(source: Source): Generator<{ name: string; line: number; lines: number }> {
  if (!source.tree) return;
  for (const [node, [parent]] of walk(source.tree)) {
    if (!isSyntax(node.body) || !/Function/.test(node.type)) continue;
    if (parent?.type === "CallExpression" && /^describe\b/.test(textOf(source, parent.callee))) continue;
    const name = wordOf(node.id) || wordOf(parent?.id) || wordOf(parent?.key) || "a function";
    const [first, last] = [lineAt(source.text, node.start), lineAt(source.text, node.end)];
    yield { name, line: first, lines: last - first + 1 };
  }
}

export const filesHaveCaptions: Rule = perFile("caption", function* (source) {
  const [first = "", second = ""] = source.text.split("\n");
  const caption = first.startsWith("#!") ? second : first;
  if (/^\/\/ (?!@|biome-|eslint)\S+ \S+/.test(caption)) return;
  yield { line: 1, fix: "open with one line `// …` that says what the file is for" };
});

export const typesAreHonest: Rule = perFile("honest types", function* (source) {
  if (!source.tree || !isShipped(source)) return;
  const fixes: Record<string, string> = {
    TSAnyKeyword: "`any`: name the type, or take `unknown` and parse it",
    TSAsExpression: "`as`: parse the value, or narrow it with a check (`satisfies` and `as const` are fine)",
    TSTypeAssertion: "`<T>value`: parse the value, or narrow it with a check",
    TSNonNullExpression: "`!`: handle the missing value, or make the type say that it is there",
  };
  for (const [node] of walk(source.tree)) {
    const fix = node.definite === true ? fixes.TSNonNullExpression : fixes[node.type];
    if (fix && !isConst(node)) yield { line: lineAt(source.text, node.start), fix };
  }
  for (const found of source.text.matchAll(/@ts-(?:ignore|expect-error|nocheck)/g)) {
    yield { line: lineAt(source.text, found.index), fix: `${found[0]}: repair the type instead of hiding the error` };
  }
});

function isConst(node: Syntax): boolean {
  const type = isSyntax(node.typeAnnotation) ? node.typeAnnotation : null;
  return node.type === "TSAsExpression" && wordOf(type?.typeName) === "const";
}

/** `import { z }` carries every locale of zod into the bundle: 118 KB instead of 48 KB. */
export const zodIsImportedWhole: Rule = perFile("zod import", function* (source) {
  for (const one of source.imports) {
    if (one.package !== "zod" || one.typeOnly || one.names.every((name) => name === "*")) continue;
    yield { line: one.line, fix: 'write `import * as z from "zod"`; the named form more than doubles the bundle' };
  }
});

/** oauth/ is values in, values out: the caller hands in `now` and what was fetched. */
export const lawIsPure: Rule = perFile("pure law", function* (source) {
  if (!source.tree || !source.path.startsWith("src/worker/oauth/")) return;
  const impure =
    /^(?:fetch|caches|performance|setTimeout|setInterval|Date\.now|createRemoteJWKSet|Math\.random|crypto\.(?:getRandomValues|randomUUID))$/;
  for (const [node] of walk(source.tree)) {
    const called = /^(?:Call|New)Expression$/.test(node.type) ? textOf(source, node.callee) : "";
    const readsClock = called === "Date" && Array.isArray(node.arguments) && node.arguments.length === 0;
    if (!readsClock && !impure.test(called.replace(/^globalThis\./, ""))) continue;
    yield {
      line: lineAt(source.text, node.start),
      fix: `${called}: rules know no time, chance or network; take it as a value`,
    };
  }
});

export const namesAreKebabCase: Rule = (house) =>
  house.flatMap(({ path }) => {
    const bad = path
      .split("/")
      .find((part) => /^(?:src|test)\//.test(path) && !/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(part));
    return bad
      ? [{ path, line: 1, rule: "kebab-case", fix: `${bad}: lower-case words joined by - (and . before endings)` }]
      : [];
  });

export const namesSayWhat: Rule = (house) =>
  house.flatMap(({ path }) => {
    const vague = /(?:^|[/.-])(utils?|helpers?|commons?|managers?|services?|misc)(?=[/.-])/.exec(path)?.[1];
    return vague
      ? [{ path, line: 1, rule: "names", fix: `${vague} says nothing: name it after the step or the thing` }]
      : [];
  });

/** The top level is the whole map of the house; dot-files may join it. */
export const topLevelIsClosed: Rule = (house) => {
  const rooms = ["src", "migrations", "test"];
  const files = [
    "package.json",
    "package-lock.json",
    "wrangler.toml",
    "tsconfig.json",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
  ];
  return house.flatMap(({ path }): Finding[] => {
    const top = path.split("/")[0] ?? "";
    if (top.startsWith(".") || (path.includes("/") ? rooms : files).includes(top)) return [];
    return [
      {
        path,
        line: 1,
        rule: "top level",
        fix: `${top} has no place at the top: only ${[...files, ...rooms].join(", ")}`,
      },
    ];
  });
};

function textOf(source: Source, node: unknown): string {
  return isSyntax(node) ? source.text.slice(node.start, node.end) : "";
}
