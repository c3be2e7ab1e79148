// The `mcpstack` command as people have it: the built bundle, run as a process with a home of its own.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "../stack.ts";

const root = new URL("../../..", import.meta.url).pathname;

/** Why questions on a terminal are skipped here; null runs them. */
export const noScript = hasScript() ? null : "no `script` of util-linux here";

export interface Mcpstack {
  home: string;
  run(words: string[], options?: { environment?: Record<string, string>; input?: string }): Promise<Outcome>;
  /** A line as typed into a shell, with `mcpstack` on its path. */
  shell(line: string, environment?: Record<string, string>): Promise<Outcome>;
  /** On a terminal of 100 columns; each answer is typed once its question has been seen. */
  onTerminal(line: string, answers?: [question: string, typed: string][], environment?: object): Promise<Outcome>;
  /** Ends at the first line of standard output that fits. */
  until(words: string[], fits: (line: string) => boolean): Promise<string>;
}

/** Builds the bundle. `environment` comes on top of one that holds nothing of the person who runs the tests. */
export function installMcpstack(environment: Record<string, string> = {}): Mcpstack {
  execFileSync("npm", ["run", "--silent", "build:cli"], { cwd: root });
  const home = mkdtempSync(join(tmpdir(), "mcpstack-cli-"));
  const bin = join(home, "bin");
  mkdirSync(bin);
  symlinkSync(join(root, "dist/cli/mcpstack.js"), join(bin, "mcpstack"));
  const node = process.execPath.replace(/\/[^/]+$/, "");
  const base = {
    PATH: `${bin}:${node}:${process.env.PATH}`,
    HOME: home,
    BROWSER: "none",
    TERM: "xterm",
    ...environment,
  };
  const start = (command: string, words: string[], more: object = {}) =>
    spawn(command, words, { cwd: home, env: { ...base, ...more }, stdio: "pipe" });
  return {
    home,
    run: (words, { environment: more, input } = {}) => ended(start("mcpstack", words, more), input),
    shell: (line, more) => ended(start("sh", ["-c", line], more)),
    onTerminal(line, answers = [], more = {}) {
      const child = start("script", ["-qec", `stty cols 100 rows 30; ${line}`, "/dev/null"], more);
      const left = [...answers];
      let seen = "";
      child.stdout.on("data", (chunk) => {
        seen += chunk;
        const [next] = left;
        if (!next || !seen.includes(next[0])) return;
        left.shift();
        seen = "";
        // The question is drawn before its keys are listened to.
        setTimeout(() => child.stdin.write(next[1]), 100);
      });
      return ended(child, null);
    },
    async until(words, fits) {
      const child = start("mcpstack", words);
      let text = "";
      const line = await new Promise<string>((resolve, reject) => {
        child.stdout.on("data", (chunk) => {
          text += chunk;
          const found = text.split("\n").slice(0, -1).find(fits);
          if (found !== undefined) resolve(found);
        });
        child.once("close", (code) => reject(new Error(`mcpstack ended with ${code}:\n${text}`)));
      });
      child.kill();
      return line;
    },
  };
}

/** A program for BROWSER that plays user1 at these origins, to the client's listener. */
export function scriptedBrowser(home: string, origins: string[], decision: "allow" | "deny"): string {
  const person = JSON.stringify({ username: "user1", password: "password" });
  const script = join(home, `${decision}.mjs`);
  writeFileSync(
    script,
    `import { ScriptedBrowser } from ${JSON.stringify(join(root, "test/rig/browser.ts"))};
const browser = new ScriptedBrowser(${JSON.stringify(origins)}, ${person});
const { redirect } = await browser.authorize(process.argv[2], "${decision}");
await fetch(redirect);
`,
  );
  const path = join(home, `browser-${decision}`);
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$1"\n`, { mode: 0o755 });
  return path;
}

/** Null leaves standard input open. */
function ended(child: ReturnType<typeof spawn>, input: string | null = ""): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin?.on("error", () => undefined);
  if (input !== null) child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      child.stdin?.destroy();
      resolve({ code, stdout, stderr });
    });
  });
}

function hasScript(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux");
  } catch {
    return false;
  }
}
