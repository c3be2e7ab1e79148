// Walls by compiler: each wing compiles against its own runtime's types and no other's, all equally strict.
import type { Finding, Rule, Source } from "./house.ts";

/** What a wing's compiler knows of the world; `lib` beyond the language is for the browser wing alone. */
const wings: Record<string, { types: string[]; lib: string[] }> = {
  contract: { types: [], lib: ["esnext"] },
  worker: { types: ["@cloudflare/workers-types"], lib: ["esnext"] },
  cli: { types: ["node"], lib: ["esnext"] },
  demo: { types: ["node"], lib: ["esnext"] },
  "demo/host-app/page": { types: [], lib: ["esnext", "dom", "dom.iterable"] },
  sdk: { types: [], lib: ["esnext", "dom", "dom.iterable"] },
};

const base = "src/tsconfig.base.json";
const strictness = ["strict", "exactOptionalPropertyTypes", "noUncheckedIndexedAccess", "noImplicitOverride"];

export const wingsAreWalled: Rule = (house) => [
  ...strictness
    .filter((name) => optionsOf(house, base)[name] !== true)
    .map((name) => breach(base, `${name} must be on: every wing inherits it`)),
  ...Object.keys(wings)
    .filter((wing) => house.some((source) => source.tree && source.path.startsWith(`src/${wing}/`)))
    .flatMap((wing) => breachesOf(wing, house)),
  ...house.flatMap(reachesOverWall),
];

function breachesOf(wing: string, house: Source[]): Finding[] {
  const path = `src/${wing}/tsconfig.json`;
  const own = optionsOf(house, path);
  const open = (["types", "lib"] as const).flatMap((field) => {
    const known = own[field] ?? optionsOf(house, base)[field];
    const foreign = Array.isArray(known) ? known.filter((one) => !wings[wing]?.[field].includes(one)) : ["everything"];
    return foreign.map((one) => breach(path, `${field} lets in ${one}: ${wing} runs where that does not exist`));
  });
  const loosened = strictness
    .filter((name) => name in own && own[name] !== true)
    .map((name) => breach(path, `switches off ${name}: repair the types instead`));
  const built = house.find((source) => source.path === "tsconfig.json")?.text.includes(`"src/${wing}"`);
  const unbuilt = built ? [] : [breach("tsconfig.json", `does not build src/${wing}: add it to the references`)];
  return [...open, ...loosened, ...unbuilt];
}

function breach(path: string, fix: string, line = 1): Finding {
  return { path, line, rule: "walls", fix };
}

function reachesOverWall({ path, text }: Source): Finding[] {
  const lines = path.startsWith("src/") ? text.split("\n") : [];
  return lines.flatMap((line, index) => {
    if (!/^\/\/\/ *<reference/.test(line)) return [];
    return [
      breach(path, `${line}: brings another runtime's types in; the wing's tsconfig.json names its own`, index + 1),
    ];
  });
}

function optionsOf(house: Source[], path: string): Record<string, unknown> {
  const text = house.find((source) => source.path === path)?.text;
  return text ? (JSON.parse(text).compilerOptions ?? {}) : {};
}
