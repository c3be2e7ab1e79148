// Brings the gateway up: migrations into the local database, then its process, then a wait until it says it is well.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { type DemoSettings, projectRoot } from "./settings.ts";
import type { State } from "./state.ts";

export interface Gateway {
  origin: string;
  /** Resolves when `/healthz` answers 200. Rejects with its complaint or the end of the log. */
  healthy: Promise<void>;
  /** Resolves with the exit code when the process ends, asked or not. */
  ended: Promise<number>;
  close(): Promise<void>;
}

const offline = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  NO_COLOR: "1",
};

/** Time that a first start may take on a slow machine, in milliseconds. */
const patience = 90_000;
const stopPatience = 5_000;

/** Starts the gateway's process on a database that `migrate` has prepared. */
export function startGateway(settings: DemoSettings, state: State): Gateway {
  const log = state.path("gateway.log");
  const output = openSync(log, "a", 0o600);
  const child = fork(join(import.meta.dirname, "gateway-process.ts"), {
    cwd: projectRoot,
    env: environmentOf(state),
    stdio: ["ignore", output, output, "ipc"],
    // Its own process group: Ctrl-C reaches the stack's first process only, which then ends the others in order.
    detached: true,
  });
  closeSync(output);
  const ended = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
  const { masterKey, adminToken } = state.read();
  const origin = `http://localhost:${settings.gatewayPort}`;
  child.send({
    port: settings.gatewayPort,
    persist: state.path("gateway"),
    variables: {
      PUBLIC_ORIGIN: origin,
      ALLOW_PRIVATE_NETWORK: "true",
      ...(settings.defaultServer && { DEFAULT_SERVER: settings.defaultServer }),
      ...(settings.serverHostSuffix && { SERVER_HOST_SUFFIX: settings.serverHostSuffix }),
    },
    secrets: { MASTER_KEY: masterKey, ADMIN_TOKEN: adminToken },
  });
  const healthy = Promise.race([ended.then(() => "its process ended"), untilHealthy(origin, log)]).then((problem) => {
    if (problem) throw new Error(`The gateway did not start: ${problem}.\n${endOf(log)}\nThe whole log: ${log}`);
  });
  return { origin, healthy, ended, close: () => stop(child, ended) };
}

/** null once healthy; otherwise what `/healthz` said last. */
async function untilHealthy(origin: string, log: string): Promise<string | null> {
  const deadline = Date.now() + patience;
  let last = "no answer";
  while (Date.now() < deadline) {
    const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (response?.ok) return null;
    // 503 is the gateway's word on a wrong setting; anything else may pass while it comes up.
    if (response) last = `/healthz answered ${response.status} ${(await response.text()).slice(0, 2_000)}`;
    if (response?.status === 503) return last;
    // wrangler would wait for the sources to change; whoever starts the demo should be told at once.
    if (response === null && read(log).includes("Build failed with")) return "the Worker does not build";
    await pause(100);
  }
  return last;
}

/** Applies the migrations that the local database lacks. Rejects with the end of the log. */
export async function migrate(state: State): Promise<void> {
  const wrangler = join(projectRoot, "node_modules", "wrangler", "bin", "wrangler.js");
  const args = [wrangler, "d1", "migrations", "apply", "DB", "--local", "--persist-to", state.path("gateway")];
  const log = state.path("gateway.log");
  const output = openSync(log, "w", 0o600);
  // CI keeps wrangler from asking whether to go on; the same Node runs it, because the machine's own may be too old.
  const env = { ...environmentOf(state), CI: "true" };
  const child = spawn(process.execPath, args, { cwd: projectRoot, env, stdio: ["ignore", output, output] });
  closeSync(output);
  const code = await new Promise<number>((resolve) => child.once("exit", (exit) => resolve(exit ?? 1)));
  if (code !== 0) throw new Error(`The database migrations failed.\n${endOf(log)}\nThe whole log: ${log}`);
}

function environmentOf(state: State): NodeJS.ProcessEnv {
  return { ...process.env, ...offline, WRANGLER_LOG_PATH: state.path("wrangler") };
}

/** Closing the channel asks the process to end; one that does not is killed with its group. */
async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  if (child.connected) child.disconnect();
  const done = await Promise.race([ended, pause(stopPatience, null, { ref: false })]);
  if (done !== null || child.pid === undefined) return;
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

function endOf(log: string): string {
  return read(log).trimEnd().split("\n").slice(-15).join("\n");
}

function read(log: string): string {
  return stripVTControlCharacters(readFileSync(log, "utf8"));
}
