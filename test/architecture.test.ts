// The house holds its own plan: floors, walls, sizes, captions, names; and each rule is shown able to fail.
import { describe, expect, test } from "vitest";
import { type Finding, type Rule, readHouse, toSource } from "./rig/house.ts";
import { contextIsTypesOnly, importsFollowTheFloors, importsHaveNoCycle } from "./rig/house-floors.ts";
import * as manners from "./rig/house-rules.ts";
import { wingsAreWalled } from "./rig/house-walls.ts";
import { noProductDecides, noWorkplaceIsNamed } from "./rig/house-words.ts";

const house = readHouse(new URL("..", import.meta.url).pathname);
const show = (findings: Finding[]) => findings.map(({ path, line, rule, fix }) => `${path}:${line} [${rule}] ${fix}`);

/** A sound file of each floor, so that a broken one is found among good neighbours. */
const sound = {
  "package.json": '{ "dependencies": { "hono": "4", "jose": "6" } }',
  "tsconfig.json": '{ "references": [ "src/contract", "src/worker", "src/cli", "src/demo" ] }',
  "src/tsconfig.base.json":
    '{ "compilerOptions": { "lib": ["esnext"], "types": [], "strict": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true, "noImplicitOverride": true } }',
  "src/contract/ids.ts": '// Identifiers that cross a door.\nimport * as z from "zod";\nexport const id = z.string();',
  "src/worker/oauth/scope.ts":
    '// Scopes as sets.\nimport { id } from "../../contract/ids.ts";\nexport const scope = id;',
  "src/worker/tokens/port.ts": '// What others see.\nexport type { scope } from "../oauth/scope.ts";',
  "src/worker/store/promises/grants.ts": "// What a grant promises.\nexport interface Grants {}",
  "src/worker/store/d1/clients.ts":
    '// Clients in D1.\nimport type { Grants } from "../promises/grants.ts";\nlet it: Grants;',
  "src/worker/downstream/http.ts": "// The way out.\nexport const get = fetch;",
  "src/worker/ui/page.tsx": '// One page.\nimport { html } from "hono/html";\nexport const page = <p>{html``}</p>;',
  "src/worker/admin/servers.ts":
    '// Servers of an organization.\nimport type { Grants } from "../store/promises/grants.ts";',
  "src/worker/endpoints/context.ts": '// What rooms get.\nimport type { Grants } from "../store/promises/grants.ts";',
  "src/worker/endpoints/revoke.ts":
    '// Revocation endpoint.\nimport type { Grants } from "./context.ts";\nimport "jose";',
  "src/worker/endpoints/token/index.ts": '// The pipeline.\nimport "./refresh-token.ts";\nimport "../../ui/page.tsx";',
  "src/worker/endpoints/token/refresh-token.ts": "// Refreshing a token.\nexport const x = [1] as const;",
  "src/worker/app.ts":
    '// The plan.\nimport "./endpoints/token/index.ts";\nimport "./store/d1/clients.ts";\nimport "hono";',
  "src/cli/login.ts": '#!/usr/bin/env node\n// Signing in.\nimport "node:fs";\nimport "../contract/ids.ts";',
  "src/demo/start.ts": '// Starts all.\nimport "oidc-provider";\nimport "../contract/ids.ts";',
  "test/door/token.test.ts": '// The token endpoint.\nimport "../../src/worker/app.ts";\nconst it = {} as any;',
};

type Files = Record<string, string>;
const judge = (rule: Rule, files: Files) =>
  rule(Object.entries({ ...sound, ...files }).map(([path, text]) => toSource(path, text)));

/** Each rule with the name of what it holds and, per way to break it, a file that does and the fix it must name. */
const rules: [name: string, rule: Rule, broken: [path: string, text: string, fix: RegExp][]][] = [
  [
    "imports look down, as far as the table of floors lets them",
    importsFollowTheFloors,
    [
      ["src/contract/x.ts", '// a b\nimport "hono";', /^contract may import zod and no other package/],
      ["src/contract/x.ts", '// a b\nimport "../worker/oauth/scope.ts";', /^contract may not import/],
      ["src/worker/oauth/x.ts", '// a b\nimport { Hono } from "hono";', /^oauth may import zod, jose and no other/],
      ["src/worker/oauth/x.ts", '// a b\nimport type { T } from "../tokens/port.ts";', /^oauth may not import/],
      ["src/worker/oauth/x.ts", '// a b\nimport "../app.ts";', /^oauth may not import src\/worker\/app\.ts/],
      ["src/worker/ui/x.ts", '// a b\nimport "../oauth/scope.ts";', /^ui may not import/],
      ["src/worker/tokens/x.ts", '// a b\nimport type { T } from "../store/promises/grants.ts";', /^tokens may not/],
      ["src/worker/tokens/x.ts", '// a b\nlet x: import("../downstream/http.ts").T;', /^tokens may not/],
      ["src/worker/store/x.ts", '// a b\nexport * from "../tokens/port.ts";', /^store may not/],
      ["src/worker/store/x.ts", '// a b\nawait import("../downstream/http.ts");', /^store may not/],
      ["src/worker/downstream/x.ts", '// a b\nimport "../store/d1/clients.ts";', /^downstream may not/],
      ["src/worker/downstream/x.ts", '// a b\nimport "../tokens/port.ts";', /^downstream may not/],
      ["src/worker/admin/x.ts", '// a b\nimport "../store/d1/clients.ts";', /^admin may not/],
      ["src/worker/admin/x.ts", '// a b\nimport "../endpoints/context.ts";', /^admin may not/],
      ["src/worker/endpoints/context.ts", '// a b\nimport type { T } from "./revoke.ts";', /^context may not/],
      ["src/worker/endpoints/authorize/x.ts", '// a b\nimport "../token/index.ts";', /rooms never import rooms/],
      ["src/worker/endpoints/register.ts", '// a b\nimport "./revoke.ts";', /rooms never import rooms/],
      ["src/worker/endpoints/token/x.ts", '// a b\nimport "../../app.ts";', /^endpoints may not/],
      ["src/worker/endpoints/token/x.ts", '// a b\nimport "oidc-provider";', /not in package\.json's dependencies/],
      ["src/worker/app.ts", '// a b\nimport "../demo/start.ts";', /^worker may not/],
      ["src/worker/attic/x.ts", "// a b", /belongs to no floor/],
      ["src/cli/x.ts", '// a b\nimport "../worker/oauth/scope.ts";', /^cli may not/],
      ["src/sdk/x.ts", '// a b\nimport "../cli/login.ts";', /^sdk may not/],
      ["src/demo/x.ts", '// a b\nimport "../worker/app.ts";', /^demo may not/],
    ],
  ],
  [
    "each wing compiles against its own runtime",
    wingsAreWalled,
    [
      ["src/worker/tsconfig.json", '{ "compilerOptions": { "lib": ["esnext", "dom"] } }', /^lib lets in dom/],
      ["src/demo/tsconfig.json", '{ "compilerOptions": { "types": ["node", "x"] } }', /^types lets in x/],
      ["src/cli/tsconfig.json", '{ "compilerOptions": { "strict": false } }', /^switches off strict/],
      ["src/tsconfig.base.json", '{ "compilerOptions": { "lib": [], "types": [] } }', /^strict must be on/],
      ["src/sdk/agent.ts", "// The embedding client.", /^does not build src\/sdk/],
      ["src/worker/oauth/x.ts", '// a b\n/// <reference lib="dom" />', /brings another runtime's types in/],
    ],
  ],
  [
    "endpoints/context.ts is types only",
    contextIsTypesOnly,
    [
      ["src/worker/endpoints/context.ts", "// a b\nexport const now = () => 0;", /interfaces and `import type` only/],
      ["src/worker/endpoints/context.ts", '// a b\nimport "../tokens/port.ts";', /interfaces and `import type` only/],
    ],
  ],
  [
    "no file reaches itself by its imports",
    importsHaveNoCycle,
    [
      ["src/worker/oauth/x.ts", '// a b\nimport type { T } from "./x.ts";', /closes a cycle/],
      ["src/contract/ids.ts", '// a b\nimport "../worker/oauth/scope.ts";', /ids\.ts → .*scope\.ts → .*ids\.ts/],
    ],
  ],
  [
    "a file has 300 lines at most",
    manners.filesAreShort,
    [["src/cli/x.ts", `// a b\n${"let x = 1;\n".repeat(300)}`, /^301 lines/]],
  ],
  [
    "a function has 80 lines at most",
    manners.functionsAreShort,
    [
      ["src/cli/x.ts", `// a b\nfunction long() {\n${"f();\n".repeat(79)}}`, /^long has 81 lines/],
      ["src/cli/x.ts", `// a b\nconst long = () => {\n${"f();\n".repeat(79)}};`, /^long has 81 lines/],
      ["src/worker/ui/x.tsx", `// a b\nclass A {\n long() {\n${"f();\n".repeat(79)}}}`, /^long has 81 lines/],
      ["test/x.test.ts", `// a b\ntest("x", () => {\n${"f();\n".repeat(79)}});`, /^a function has 81 lines/],
    ],
  ],
  [
    "a file opens with its caption",
    manners.filesHaveCaptions,
    [
      ["src/cli/x.ts", "export const x = 1;", /^open with one line/],
      ["src/cli/x.ts", "#!/usr/bin/env node\nexport const x = 1;", /^open with one line/],
      ["test/x.test.ts", "// biome-ignore lint: because\nlet x;", /^open with one line/],
    ],
  ],
  [
    "src says the truth to the compiler",
    manners.typesAreHonest,
    [
      ["src/cli/x.ts", "// a b\nlet x: any;", /^`any`/],
      ["src/cli/x.ts", "// a b\nlet x = y as string;", /^`as`/],
      ["src/cli/x.ts", "// a b\nlet x = <string>y;", /^`<T>value`/],
      ["src/cli/x.ts", "// a b\nlet x = y!.z;", /^`!`/],
      ["src/cli/x.ts", "// a b\nclass A { x!: string }", /^`!`/],
      ["src/cli/x.ts", "// a b\n// @ts-expect-error because\nlet x;", /^@ts-expect-error/],
    ],
  ],
  [
    "zod is imported as a whole module",
    manners.zodIsImportedWhole,
    [
      ["src/contract/x.ts", '// a b\nimport { z } from "zod";', /^write `import \* as z/],
      ["src/contract/x.ts", '// a b\nimport z from "zod";', /^write `import \* as z/],
    ],
  ],
  [
    "oauth/ knows no clock, chance or network",
    manners.lawIsPure,
    [
      ["src/worker/oauth/x.ts", "// a b\nlet x = Date.now();", /^Date\.now/],
      ["src/worker/oauth/x.ts", "// a b\nlet x = new Date();", /^Date/],
      ["src/worker/oauth/x.ts", '// a b\nawait fetch("https://x.example");', /^fetch/],
      ["src/worker/oauth/x.ts", "// a b\nlet x = crypto.randomUUID();", /^crypto\.randomUUID/],
      ["src/worker/oauth/x.ts", "// a b\nlet x = createRemoteJWKSet(url);", /^createRemoteJWKSet/],
    ],
  ],
  [
    "files and folders are kebab-case",
    manners.namesAreKebabCase,
    [
      ["src/worker/oauth/redirectUri.ts", "// a b", /^redirectUri\.ts/],
      ["test/Door/x.test.ts", "// a b", /^Door/],
    ],
  ],
  [
    "names say what is inside",
    manners.namesSayWhat,
    [
      ["src/worker/oauth/url-utils.ts", "// a b", /^utils says nothing/],
      ["test/helpers/x.ts", "// a b", /^helpers says nothing/],
      ["src/worker/admin/grant-service.ts", "// a b", /^service says nothing/],
    ],
  ],
  [
    "the top level is the map of the house",
    manners.topLevelIsClosed,
    [
      ["scripts/build.ts", "// a b", /^scripts has no place/],
      ["notes.md", "x", /^notes\.md has no place/],
    ],
  ],
  [
    "no condition in the worker names a product",
    noProductDecides,
    [
      ["src/worker/downstream/x.ts", '// a b\nif (preset === "auth0") f();', /names auth0/],
      ["src/worker/downstream/x.ts", "// a b\nif (profile.isGitHub) f();", /names github/],
      ["src/worker/downstream/x.ts", '// a b\nconst x = host.endsWith(".okta.com") ? 1 : 2;', /names okta/],
      ["src/worker/downstream/x.ts", '// a b\nswitch (p) { case "entra": f(); }', /names entra/],
      ["src/worker/oauth/x.ts", "// a b\nwhile (/claude/i.test(name)) f();", /names claude/],
      ["src/worker/oauth/x.ts", '// a b\nif (client.name === "cursor") f();', /names cursor/],
      ["src/worker/oauth/x.ts", "// a b\nif (x) f(); else if (uri === `vscode://x`) f();", /names vscode/],
    ],
  ],
  [
    "no file names the workplace of its author",
    noWorkplaceIsNamed,
    [
      ["src/cli/x.ts", `// a b\nlet x = "${"/wor"}k/main";`, /relative to the repository/],
      ["README.md", `see ${"/hom"}e/me/notes`, /relative to the repository/],
      ["package-lock.json", '{ "resolved": "https://npm.corp.example/zod.tgz" }', /ties installing to one registry/],
      [".npmrc", "registry=https://npm.corp.example/", /ties installing to one registry/],
    ],
  ],
];

describe.each(rules)("%s", (_, rule, broken) => {
  test("this repository", () => {
    expect(show(rule(house))).toEqual([]);
  });

  test("sound files pass", () => {
    expect(show(judge(rule, {}))).toEqual([]);
  });

  test.each(broken)("breaking it in %s is found: %j", (path, text, fix) => {
    const findings = judge(rule, { [path]: text });
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.map((one) => one.fix)).toContainEqual(expect.stringMatching(fix));
  });
});

test("words that only resemble a product are no product", () => {
  const text =
    '// a b\nif (query.get("cursor") && cursor && logToken && central.size > 0 && authorized === "entrance") f();';
  expect(judge(noProductDecides, { "src/worker/oauth/x.ts": text })).toEqual([]);
});

test("a describe block may be longer than a function", () => {
  const text = `// a b\ndescribe("x", () => {\n${"f();\n".repeat(99)}});`;
  expect(judge(manners.functionsAreShort, { "test/x.test.ts": text })).toEqual([]);
});

test("the rules read the whole house, and what is long but allowed is counted", () => {
  const code = house.filter((source) => source.tree);
  const { files, functions } = manners.overUsual(house);
  console.info(
    [`${code.length} TypeScript files; over the usual length: ${files.length} files, ${functions.length} functions`]
      .concat(files, functions)
      .join("\n  "),
  );
  expect(code.map((source) => source.path)).toEqual(
    expect.arrayContaining(["src/contract/ids.ts", "src/worker/settings.ts", "test/architecture.test.ts"]),
  );
});
