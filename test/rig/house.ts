// The house as data: every file of the repository, its lines, its syntax tree and what it imports.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob, normalize } from "node:path";
import { parseAst } from "vitest/node";

/** One node of the syntax tree (ESTree with TypeScript); `start` and `end` are offsets into the file's text. */
export interface Syntax {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export interface Import {
  /** As written. */
  specifier: string;
  /** Path from the repository's root for a relative import, null for a package. */
  file: string | null;
  /** The package's name, `node:` or `cloudflare:` for builtins, null for a relative import. */
  package: string | null;
  /** True if nothing of it is left when types are stripped. */
  typeOnly: boolean;
  /** Names as exported there; `default`, and `*` for the whole module. */
  names: string[];
  line: number;
}

export interface Source {
  /** From the repository's root, with `/`. */
  path: string;
  text: string;
  imports: Import[];
  /** Null for a file that is not TypeScript. */
  tree: Syntax | null;
}

/** What a rule found, and what to do about it. */
export interface Finding {
  path: string;
  line: number;
  rule: string;
  fix: string;
}

export type Rule = (house: Source[]) => Finding[];

/** Every file that is not ignored by git, read from disk, so that an unpacked archive is judged like a clone. */
export function readHouse(root: string): Source[] {
  const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n").filter(Boolean);
  return [...walkFiles(root, "", ignored)].map((path) => toSource(path, readFileSync(join(root, path), "utf8")));
}

function* walkFiles(root: string, folder: string, ignored: string[]): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
    if (name === ".git/" || ignored.some((pattern) => matchesGlob(name, pattern))) continue;
    if (entry.isDirectory()) yield* walkFiles(root, folder + name, ignored);
    else if (entry.isFile() && !entry.name.endsWith(".png")) yield folder + name;
  }
}

/** Throws a SyntaxError that names the file when TypeScript cannot be parsed. */
export function toSource(path: string, text: string): Source {
  if (!/\.tsx?$/.test(path)) return { path, text, imports: [], tree: null };
  try {
    const program: unknown = parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" });
    const tree = isSyntax(program) ? program : null;
    return { path, text, tree, imports: tree ? [...importsOf(path, text, tree)] : [] };
  } catch (cause) {
    throw new SyntaxError(`${path} cannot be parsed: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** The node and everything below it, depth first, with the nodes above each, nearest first. */
export function* walk(node: Syntax, above: Syntax[] = []): Generator<[Syntax, Syntax[]]> {
  yield [node, above];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isSyntax(child)) yield* walk(child, [node, ...above]);
    }
  }
}

/** Counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** A literal's text or an identifier's name; empty for any other node. */
export function wordOf(node: unknown): string {
  if (!isSyntax(node)) return "";
  if (typeof node.name === "string") return node.name;
  return typeof node.value === "string" ? node.value : "";
}

export function isSyntax(value: unknown): value is Syntax {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function* importsOf(path: string, text: string, tree: Syntax): Generator<Import> {
  for (const [node] of walk(tree)) {
    const specifier = wordOf(node.source);
    if (!specifier) continue;
    const relative = specifier.startsWith(".");
    const names = importedNames(node);
    yield {
      specifier,
      file: relative ? normalize(join(dirname(path), specifier)) : null,
      package: relative ? null : packageOf(specifier),
      typeOnly: isTypeOnly(node),
      names,
      line: lineAt(text, node.start),
    };
  }
}

function importedNames(node: Syntax): string[] {
  if (!Array.isArray(node.specifiers)) return ["*"];
  return node.specifiers.filter(isSyntax).map((one) => {
    if (one.type === "ImportNamespaceSpecifier") return "*";
    return one.type === "ImportDefaultSpecifier" ? "default" : wordOf(one.imported ?? one.local);
  });
}

function isTypeOnly(node: Syntax): boolean {
  if (node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type") return true;
  if (!Array.isArray(node.specifiers) || node.specifiers.length === 0) return false;
  return node.specifiers.every((one) => one.importKind === "type" || one.exportKind === "type");
}

function packageOf(specifier: string): string {
  if (/^(?:node|cloudflare):/.test(specifier)) return specifier.replace(/:.*/, ":");
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
