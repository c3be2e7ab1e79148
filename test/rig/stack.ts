// The demo stack as a person starts it: a process on free ports with a state folder of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";

const root = new URL("../..", import.meta.url).pathname;
const startScript = join(root, "src/demo/start.ts");

/** The line that `npm start -- --json` prints once everything is up. */
const ready = z.object({
  gateway: z.string(),
  provider: z.string(),
  runtime: z.string(),
  api: z.string(),
  hostApp: z.string(),
  otherHostApp: z.string(),
  mcpUrl: z.string(),
  callbackUrl: z.string(),
  organizationId: z.string(),
  gatewayId: z.string(),
  agentId: z.string(),
  agentHandle: z.string(),
  publishableKey: z.string(),
  apiToken: z.string(),
  pid: z.number(),
});

export type StackAddresses = z.infer<typeof ready>;

export interface Ports {
  gateway: number;
  provider: number;
  runtime: number;
  /** The next port is the second copy's. */
  hostApp: number;
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningStack extends StackAddresses {
  ports: Ports;
  stateFolder: string;
  /** Sends the signal of Ctrl-C and resolves when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<Outcome>;
}

export async function freePorts(): Promise<Ports> {
  const [gateway = 0, provider = 0, runtime = 0] = await Promise.all([freePort(), freePort(), freePort()]);
  for (;;) {
    const hostApp = await freePort();
    const next = await freePort(hostApp + 1).catch(() => 0);
    const others = [gateway, provider, runtime];
    if (next !== 0 && !others.includes(hostApp) && !others.includes(next))
      return { gateway, provider, runtime, hostApp };
  }
}

export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `mcpstack-${purpose}-`));
}

/** Runs the start script to its end, for starts that are expected to be refused. */
export async function runStart(ports: Ports, stateFolder: string, args: string[] = []): Promise<Outcome> {
  return launch(ports, stateFolder, args).ended;
}

/** Resolves when the stack is up. Rejects with what it printed. */
export async function startStack(ports: Ports, stateFolder: string, environment = {}): Promise<RunningStack> {
  const { child, ended, firstLine } = launch(ports, stateFolder, ["--json"], environment);
  const line = await Promise.race([
    firstLine,
    ended.then(({ code, stdout, stderr }) => {
      throw new Error(`the stack ended with ${code} before it was up:\n${stdout}\n${stderr}`);
    }),
  ]);
  return {
    ...ready.parse(JSON.parse(line)),
    ports,
    stateFolder,
    stop(signal = "SIGINT") {
      child.kill(signal);
      return ended;
    },
  };
}

function launch(ports: Ports, stateFolder: string, args: string[], environment = {}) {
  const child = spawn(process.execPath, [startScript, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      MCPSTACK_DEMO_GATEWAY_PORT: String(ports.gateway),
      MCPSTACK_DEMO_PROVIDER_PORT: String(ports.provider),
      MCPSTACK_DEMO_RUNTIME_PORT: String(ports.runtime),
      MCPSTACK_DEMO_HOST_PORT: String(ports.hostApp),
      MCPSTACK_DEMO_STATE: stateFolder,
      ...environment,
    },
  });
  return { child, ...outputOf(child) };
}

function outputOf(child: ChildProcess): { ended: Promise<Outcome>; firstLine: Promise<string> } {
  let stdout = "";
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const firstLine = new Promise<string>((resolve) => {
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
      const line = stdout.split("\n").find((candidate) => candidate.startsWith("{"));
      if (line && stdout.includes(`${line}\n`)) resolve(line);
    });
  });
  const ended = new Promise<Outcome>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { ended, firstLine };
}

function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject()));
    });
  });
}

declare module "vitest" {
  interface ProvidedContext {
    stack: StackAddresses;
  }
}

interface Project {
  provide(key: "stack", value: StackAddresses): void;
}

/** One stack for all files of the `stack` project. */
export default async function setup(project: Project): Promise<() => Promise<void>> {
  const stack = await startStack(await freePorts(), temporaryFolder("stack"));
  project.provide("stack", ready.parse(stack));
  return async () => {
    await stack.stop();
    rmSync(stack.stateFolder, { recursive: true, force: true });
  };
}
