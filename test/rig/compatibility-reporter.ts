// Gathers what annotated tests say of clients; run by itself, it runs those tests and writes the README's table.
import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Reporter, TestModule } from "vitest/node";
import { clientTable, differences, type Trial, writeClients, writtenClients } from "./compatibility-table.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const writing = "MCPSTACK_WRITE_CLIENTS";

/** A run of every file that feeds the table is held to it; a run of some of them says nothing about the table. */
export class CompatibilityReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Set(modules.map((module) => module.moduleId));
    const missing = annotatedFiles().filter((file) => !ran.has(join(root, file)));
    if (missing.length > 0 && !process.env[writing]) return;
    const trials = trialsOf(modules);
    const complaint = process.env[writing] ? write(trials, missing) : compare(trials);
    if (complaint === null) return;
    console.error(`\n${complaint}`);
    process.exitCode = 1;
  }
}

function compare(trials: readonly Trial[]): string | null {
  const differs = differences(writtenClients(), trials);
  if (differs.length === 0) return null;
  const headline = "README.md differs from what this run saw of clients; `npm run readme:clients` writes it:";
  return [headline, ...differs].join("\n");
}

function write(trials: readonly Trial[], missing: readonly string[]): string | null {
  if (missing.length > 0) return `README.md was left alone, because these files did not run: ${missing.join(", ")}`;
  const skipped = trials.filter(({ outcome }) => outcome === "skipped");
  if (skipped.length > 0) {
    const names = new Set(skipped.map(({ client, version }) => `${client} ${version}`));
    return `README.md was left alone, because tests of these clients were skipped: ${[...names].join(", ")}`;
  }
  writeClients(clientTable(trials));
  return null;
}

/** In an order that does not depend on which file ended first. */
function trialsOf(modules: readonly TestModule[]): Trial[] {
  const sorted = [...modules].sort((one, other) => (one.moduleId < other.moduleId ? -1 : 1));
  return sorted.flatMap((module) =>
    [...module.children.allTests()].flatMap((test) => {
      const { tried } = test.meta();
      const { state } = test.result();
      return tried ? [{ ...tried, outcome: state === "pending" ? "skipped" : state }] : [];
    }),
  );
}

function annotatedFiles(): string[] {
  const files = globSync("test/**/*.test.ts", { cwd: root });
  return files.filter((file) => readFileSync(join(root, file), "utf8").includes('rig/compatibility.ts"'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const words = ["run", "--config", join(root, "test/vitest.config.ts"), ...annotatedFiles()];
  const env = { ...process.env, [writing]: "true" };
  const child = spawn(process.execPath, [vitest, ...words], { cwd: root, stdio: "inherit", env });
  child.once("close", (code) => {
    process.exitCode = code ?? 1;
  });
}
