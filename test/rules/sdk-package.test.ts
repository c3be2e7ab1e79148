// The SDK as apps get it: what the build puts into dist, how large it is, and what it needs beside itself.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = new URL("../..", import.meta.url).pathname;
const dist = join(root, "dist/sdk");
/** An app elsewhere that installed the package, and neither React nor an MCP client. */
const app = mkdtempSync(join(tmpdir(), "sdk-app-"));

beforeAll(() => {
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-b", "src/sdk"], { cwd: root });
  const installed = join(app, "node_modules/mcp-stack-gateway");
  cpSync(dist, join(installed, "dist/sdk"), { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
}, 60_000);
afterAll(() => rmSync(app, { recursive: true }));

async function bundle(source: string, options: BuildOptions = {}) {
  const stdin = { contents: source, resolveDir: app };
  const how = { bundle: true, minify: true, format: "esm", write: false, metafile: true, logLevel: "silent" } as const;
  const { outputFiles = [], metafile, warnings } = await build({ stdin, ...how, ...options });
  const imported = Object.values(metafile?.outputs ?? {}).flatMap((output) => output.imports.map(({ path }) => path));
  return { text: outputFiles[0]!.text, imported, inputs: Object.keys(metafile?.inputs ?? {}), warnings };
}

const core = 'export * from "mcp-stack-gateway/sdk";';
const hook = 'export * from "mcp-stack-gateway/sdk/react";';

test("the core is under 5 KB, minified and compressed", async () => {
  const { text } = await bundle(core);
  expect(text).toContain("/embedded/exchange");
  const size = gzipSync(text, { level: 9 }).length;
  console.info(`core: ${size} bytes`);
  expect(size).toBeLessThan(5_000);
});

test("it needs nothing at run time: the MCP client is asked for by transport() alone, React by the hook alone", async () => {
  const [ofCore, ofHook] = [await bundle(core), await bundle(hook, { external: ["react"] })];
  expect(ofCore.imported).toEqual(["@modelcontextprotocol/client"]);
  expect(ofHook.imported.sort()).toEqual(["@modelcontextprotocol/client", "react"]);
  for (const input of [...ofCore.inputs, ...ofHook.inputs]) expect(input).toMatch(/<stdin>|\/dist\/sdk\//);
  expect(ofCore.warnings).toEqual([]);
});

test("what an app does not use is not in its bundle", async () => {
  const { text } = await bundle('import { createAppAgent } from "mcp-stack-gateway/sdk"; console.log("app");');
  expect(text.trim()).toBe('console.log("app");');
  const { text: errors } = await bundle('export { AppAgentError } from "mcp-stack-gateway/sdk";');
  expect(errors).not.toContain("/embedded/exchange");
});

test("without the MCP client transport() says what to install", async () => {
  const asked = `
    import { createAppAgent } from "mcp-stack-gateway/sdk";
    const agent = createAppAgent({
      gatewayUrl: "https://gateway.example.com",
      apiKey: "mcpstack_pk_test",
      agentId: "ag_support",
      auth: { mode: "app-token", getToken: () => "token" },
    });
    agent.server("support-api").transport().catch((error) => console.log(error.reason, error.message));
  `;
  writeFileSync(join(app, "app.mjs"), asked);
  const said = execFileSync(process.execPath, ["app.mjs"], { cwd: app, encoding: "utf8" });
  expect(said).toMatch(/^mcp_client_missing .*Install @modelcontextprotocol\/client/);
});

test("each source is built to a module with its types, and none of them names the contract or a package of ours", () => {
  const names = readdirSync(join(root, "src/sdk")).filter((name) => name.endsWith(".ts"));
  expect(names).toContain("react.ts");
  for (const name of names) {
    const stem = join(dist, name.replace(/\.ts$/, ""));
    for (const text of [readFileSync(`${stem}.js`, "utf8"), readFileSync(`${stem}.d.ts`, "utf8")]) {
      const named = [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier]) => specifier);
      for (const specifier of named)
        expect(specifier).toMatch(/^\.\/[a-z-]+\.(?:js|ts)$|^react$|^@modelcontextprotocol\/client$/);
    }
  }
});

test("apps see types of their own", () => {
  const asked = `
    import { type AppAgentSnapshot, createAppAgent } from "mcp-stack-gateway/sdk";
    const agent = createAppAgent({
      gatewayUrl: "https://gateway.example.com",
      apiKey: "mcpstack_pk_test",
      agentId: "ag_support",
      appSessionKey: null,
      userIdentity: { subject: "user", email: undefined },
      auth: { mode: "app-token", getToken: async () => "token" },
    });
    const snapshot: AppAgentSnapshot = agent.getSnapshot();
    const state = snapshot.servers["support-api"];
    if (state?.status === "ready") state.expiresAt.toFixed();
    if (state?.status === "failed") state.reason.trim();
    // @ts-expect-error what is shown holds no token
    snapshot.token;
    // @ts-expect-error and cannot be written to
    snapshot.user = null;
  `;
  writeFileSync(join(app, "app.ts"), asked);
  const settings = [
    "--strict",
    "--noEmit",
    "--module",
    "nodenext",
    "--lib",
    "es2022,dom",
    "--skipLibCheck",
    "--types",
    "",
  ];
  expect(
    execFileSync(join(root, "node_modules/.bin/tsc"), [...settings, "app.ts"], { cwd: app, encoding: "utf8" }),
  ).toBe("");
}, 30_000);
