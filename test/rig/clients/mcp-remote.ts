// mcp-remote as desktop hosts run it: a process that speaks MCP over stdio and opens a browser when it must.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Person } from "../browser.ts";
import { temporaryFolder } from "../stack.ts";
import { importingThis } from "./localhost-names.ts";
import { type ToolResult, toolResult } from "./sdk-clients.ts";

const root = new URL("../../..", import.meta.url).pathname;

interface Reply {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

export interface McpRemote {
  request(method: string, params: unknown): Promise<unknown>;
  call(name: string, args?: Record<string, unknown>): Promise<ToolResult>;
  /** Everything that it printed for people. */
  printed(): string;
  stop(): Promise<void>;
}

export interface McpRemoteOptions {
  /** What it keeps between starts, for several of them; left out, the folder goes when it stops. */
  folder?: string;
  flags?: string[];
}

/** The authorization URLs that were opened in a browser by whatever used this folder. */
export function openedFrom(folder: string): string[] {
  const list = join(folder, "opened");
  return existsSync(list) ? readFileSync(list, "utf8").trimEnd().split("\n") : [];
}

/** Starts it for one person and initializes. `origins` are the stack's, for the browser that it opens. */
export async function startMcpRemote(
  mcpUrl: string,
  origins: string[],
  person: Person,
  options: McpRemoteOptions = {},
): Promise<McpRemote> {
  const folder = options.folder ?? temporaryFolder("mcp-remote");
  const words = [join(root, "node_modules/mcp-remote/dist/proxy.js"), mcpUrl, ...(options.flags ?? [])];
  const child = spawn(process.execPath, words, {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      ...browserOf(folder, origins, person),
      MCP_REMOTE_CONFIG_DIR: join(folder, "config"),
      NODE_OPTIONS: importingThis,
    },
  });
  let printed = "";
  child.stderr.on("data", (chunk) => {
    printed += chunk;
  });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const ended = new Promise<void>((resolve) => {
    child.once("close", (code) => {
      for (const { reject } of waiting.values()) reject(new Error(`mcp-remote ended with ${code}:\n${printed}`));
      resolve();
    });
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const reply = JSON.parse(line) as Reply;
    const asked = reply.id === undefined ? undefined : waiting.get(reply.id);
    if (reply.error) asked?.reject(new Error(`${reply.error.message}\n${printed}`));
    else asked?.resolve(reply.result);
  });
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let last = 0;
  const request = (method: string, params: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      send({ id: last, method, params });
    });
  await request("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "stack-test", version: "1.0.0" },
  });
  send({ method: "notifications/initialized" });
  return {
    request,
    call: async (name, args = {}) => toolResult(await request("tools/call", { name, arguments: args })),
    printed: () => printed,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An `xdg-open` first on PATH and in BROWSER, because openers look in either place. */
function browserOf(folder: string, origins: string[], person: Person): Record<string, string> {
  const opener = join(root, "test/rig/clients/open-url.ts");
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const command = [process.execPath, opener, origins.join(","), person.username].map((word) => `'${word}'`).join(" ");
  const script = join(bin, "xdg-open");
  const noting = `echo "$1" >> '${join(folder, "opened")}'`;
  writeFileSync(script, `#!/bin/sh\n${noting}\nexec ${command} "$1"\n`, { mode: 0o755 });
  return { PATH: `${bin}:${process.env.PATH}`, BROWSER: script };
}
