// Who may import whom: the floors of the house, as one table.
import type { Finding, Import, Rule, Source } from "./house.ts";

interface Floor {
  /** Who: the files whose path starts like this belong here; the first match decides. */
  at: RegExp;
  name: string;
  /** Which files of the house they may import, besides their own floor where `own` says so. */
  mayImport: RegExp[];
  /** `all`: files of this floor import each other; `room`: only those in the same room; `folder`: in the same folder. */
  own: "all" | "room" | "none";
  /** Packages; absent means any that package.json ships. */
  packages?: string[];
}

const contract = /^src\/contract\//;
const oauth = /^src\/worker\/oauth\//;
const ui = /^src\/worker\/ui\//;
const tokens = /^src\/worker\/tokens\//;
const store = /^src\/worker\/store\//;
const promises = /^src\/worker\/store\/promises\//;
const downstream = /^src\/worker\/downstream\//;
const admin = /^src\/worker\/admin\//;
const context = /^src\/worker\/endpoints\/context\.ts$/;
const everyFolderOfTheWorker = /^src\/worker\/[^/]+\//;
const anything = /^/;

/** Top to bottom. The top floor is one room: its files assemble the worker and nobody below looks up at them. */
export const floors: Floor[] = [
  { name: "contract", at: contract, own: "all", mayImport: [], packages: ["zod"] },
  { name: "oauth", at: oauth, own: "all", mayImport: [contract], packages: ["zod", "jose"] },
  { name: "ui", at: ui, own: "all", mayImport: [contract], packages: ["hono"] },
  { name: "tokens", at: tokens, own: "all", mayImport: [oauth, contract] },
  { name: "store", at: store, own: "all", mayImport: [oauth, contract] },
  { name: "downstream", at: downstream, own: "all", mayImport: [oauth, contract] },
  { name: "admin", at: admin, own: "all", mayImport: [promises, tokens, downstream, oauth, contract] },
  { name: "context", at: context, own: "none", mayImport: [admin, tokens, store, downstream, oauth, contract] },
  {
    name: "endpoints",
    at: /^src\/worker\/endpoints\//,
    own: "room",
    mayImport: [context, admin, tokens, store, downstream, oauth, ui, contract],
  },
  { name: "worker", at: /^src\/worker\/[^/]+$/, own: "all", mayImport: [everyFolderOfTheWorker, contract] },
  { name: "cli", at: /^src\/cli\//, own: "all", mayImport: [contract] },
  {
    name: "sdk",
    at: /^src\/sdk\//,
    own: "all",
    mayImport: [contract],
    packages: ["react", "@modelcontextprotocol/client"],
  },
  { name: "demo", at: /^src\/demo\//, own: "all", mayImport: [contract] },
  { name: "test", at: /^test\//, own: "all", mayImport: [anything] },
];

const packagesOfTools = ["demo", "test"];

/** Every import looks down, and only as far as the table lets it. */
export const importsFollowTheFloors: Rule = (house) => {
  const findings: Finding[] = [];
  for (const source of house) {
    if (!source.tree) continue;
    const floor = floors.find((one) => one.at.test(source.path));
    if (!floor) {
      const fix = "belongs to no floor: move it to a folder that the table in test/rig/house-floors.ts names";
      findings.push({ path: source.path, line: 1, rule: "floors", fix });
      continue;
    }
    for (const one of source.imports) {
      const fix = one.file === null ? refusedPackage(floor, one, house) : refusedFile(floor, source, one.file);
      if (fix) findings.push({ path: source.path, line: one.line, rule: "floors", fix });
    }
  }
  return findings;
};

/** endpoints/context.ts is what rooms are handed: types, so that it starts nothing and pulls nothing into a room. */
export const contextIsTypesOnly: Rule = (house) =>
  house
    .filter((source) => context.test(source.path))
    .flatMap((source) => {
      const typesOnly = ["ImportDeclaration", "TSInterfaceDeclaration", "TSTypeAliasDeclaration"];
      const body = Array.isArray(source.tree?.body) ? source.tree.body : [];
      const runs = body.some((one) => !typesOnly.includes(one.declaration?.type ?? one.type));
      if (!runs && source.imports.every((one) => one.typeOnly)) return [];
      const fix = "holds interfaces and `import type` only: move what runs to the floor that it belongs to";
      return [{ path: source.path, line: 1, rule: "context is types", fix }];
    });

/** No file reaches itself by following imports, types included. */
export const importsHaveNoCycle: Rule = (house) => {
  const graph = new Map(house.map((source) => [source.path, source.imports]));
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (path: string, trail: string[]) => {
    if (done.has(path)) return;
    for (const one of graph.get(path) ?? []) {
      if (one.file === null) continue;
      const from = [...trail, path].indexOf(one.file);
      if (from >= 0) {
        const cycle = [...[...trail, path].slice(from), one.file].join(" → ");
        const fix = `closes a cycle (${cycle}): move what both need to the file below them`;
        findings.push({ path, line: one.line, rule: "no cycle", fix });
      } else visit(one.file, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return findings;
};

function refusedFile(floor: Floor, source: Source, file: string): string | null {
  if (floor.at.test(file) && floors.find((one) => one.at.test(file)) === floor) {
    if (floor.own === "all" || (floor.own === "room" && roomOf(source.path) === roomOf(file))) return null;
    return `${file} is another room: rooms never import rooms; move what both need to a floor below`;
  }
  if (floor.mayImport.some((one) => one.test(file))) return null;
  return `${floor.name} may not import ${file}: let the caller hand it in, or move the shared part to a floor below`;
}

function refusedPackage(floor: Floor, one: Import, house: Source[]): string | null {
  const name = one.package ?? "";
  if (floor.packages) {
    return floor.packages.includes(name)
      ? null
      : `${floor.name} may import ${floor.packages.join(", ")} and no other package, but imports ${one.specifier}`;
  }
  if (packagesOfTools.includes(floor.name) || name.endsWith(":")) return null;
  const manifest = JSON.parse(house.find((source) => source.path === "package.json")?.text ?? "{}");
  return name in (manifest.dependencies ?? {})
    ? null
    : `${name} is not in package.json's dependencies: it would not ship`;
}

/** `authorize` for endpoints/authorize/consent.ts, `revoke` for endpoints/revoke.ts. */
function roomOf(path: string): string {
  return (path.split("/")[3] ?? "").replace(/\.tsx?$/, "");
}
