// workerd itself, started with a configuration of its own: nothing stands between a socket and the Worker behind it.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { unstable_readConfig } from "wrangler";
import { modulesOf, root } from "./bundles.ts";

/** The part of wrangler's configuration that decides how a Worker runs. */
interface Deployment {
  compatibility_date: string;
  compatibility_flags: string[];
  d1_databases: { binding: string }[];
  kv_namespaces: { binding: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
}

export interface WorkerPlan {
  name: string;
  /** Place in the folder of bundles. */
  file: string;
  /** Loopback port; without one only other Workers reach it. */
  port?: number;
  variables?: Record<string, string>;
  /** Classes of SQLite objects that the file exports, by the binding that reaches them. */
  objects?: Record<string, string>;
  /** Names of Workers that simulate a database or a namespace, by binding. */
  databases?: Record<string, string>;
  namespaces?: Record<string, string>;
}

export interface Workerd {
  pid: number;
  /** Seconds of user and system time so far. */
  cpuSeconds(): number;
  /** Kilobytes. */
  residentKb(): number;
  close(): Promise<void>;
}

/** The one that wrangler brings; it declares no types. */
const { default: workerdPath, version: workerdVersion }: { default: string; version: string } = createRequire(
  import.meta.resolve("wrangler"),
)("workerd");

export { workerdVersion };

const deployment: Deployment = unstable_readConfig({ config: join(root, "wrangler.toml") });

/** The gateway with what wrangler.toml binds, D1 and KV simulated in the same process; rate limits are not bound. */
export function gatewayPlan(file: string, port: number, variables: Record<string, string>): WorkerPlan[] {
  const names = (bound: { binding: string }[], to: string) =>
    Object.fromEntries(bound.map(({ binding }) => [binding, to]));
  return [
    {
      name: "gateway",
      file,
      port,
      variables,
      objects: Object.fromEntries(deployment.durable_objects.bindings.map((one) => [one.name, one.class_name])),
      databases: names(deployment.d1_databases, "database"),
      namespaces: names(deployment.kv_namespaces, "copies"),
    },
    { name: "database", file: "database.js", objects: { DATABASE: "Database" } },
    { name: "copies", file: "copies.js" },
  ];
}

/**
 * Starts one process with these Workers. Rejects with its log when a port stays closed.
 * @param core the processor that the process is bound to, or null
 */
export async function startWorkerd(
  folder: string,
  name: string,
  plans: WorkerPlan[],
  { core = null, inspector }: { core?: number | null; inspector?: number } = {},
): Promise<Workerd> {
  mkdirSync(join(folder, "objects"), { recursive: true });
  const file = join(folder, `${name}.capnp`);
  writeFileSync(file, configuration(folder, plans));
  const log = join(folder, `${name}.log`);
  const output = openSync(log, "w");
  const serve = [workerdPath, "serve", "--experimental", file];
  if (inspector !== undefined) serve.push(`--inspector-addr=127.0.0.1:${inspector}`);
  const [command = "", ...args] = core === null ? serve : ["taskset", "-c", String(core), ...serve];
  const child = spawn(command, args, { stdio: ["ignore", output, output] });
  closeSync(output);
  // However this process ends, nothing of it stays.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  void ended.then(() => process.off("exit", kill));
  for (const { port } of plans) if (port !== undefined) await untilOpen(port, child, log);
  return { ...readings(child), close: () => stop(child, ended) };
}

function configuration(folder: string, plans: WorkerPlan[]): string {
  const services = plans.map((plan) => `(name = ${text(plan.name)}, worker = .${constant(plan)})`);
  const sockets = plans
    .filter(({ port }) => port !== undefined)
    .map(
      ({ name, port }) => `(name = ${text(name)}, address = "127.0.0.1:${port}", http = (), service = ${text(name)})`,
    );
  // The runtime is on loopback, which the public network of the default configuration leaves out.
  const network = '(name = "internet", network = (allow = ["public", "private"]))';
  const disk = `(name = "objects", disk = (path = ${text(join(folder, "objects"))}, writable = true))`;
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    "const config :Workerd.Config = (",
    `  services = [${[...services, network, disk].join(", ")}],`,
    `  sockets = [${sockets.join(", ")}]`,
    ");",
    ...plans.map((plan) => worker(folder, plan)),
    "",
  ].join("\n");
}

function worker(folder: string, plan: WorkerPlan): string {
  const { file, variables = {}, objects = {}, databases = {}, namespaces = {} } = plan;
  const listed = (from: Record<string, string>, show: (name: string, value: string) => string) =>
    Object.entries(from).map(([name, value]) => show(text(name), text(value)));
  const api = 'moduleName = "cloudflare-internal:d1-api"';
  const bindings = [
    ...listed(variables, (name, value) => `(name = ${name}, text = ${value})`),
    ...listed(objects, (name, value) => `(name = ${name}, durableObjectNamespace = ${value})`),
    ...listed(namespaces, (name, value) => `(name = ${name}, kvNamespace = ${value})`),
    ...listed(
      databases,
      (name, value) => `(name = ${name}, wrapped = (${api}, innerBindings = [(name = "fetcher", service = ${value})]))`,
    ),
  ];
  const classes = Object.values(objects).map(
    (name) => `(className = ${text(name)}, uniqueKey = ${text(name)}, enableSql = true)`,
  );
  const modules = modulesOf(folder, file).map(
    (path) => `(name = ${text(basename(path))}, esModule = embed ${text(path)})`,
  );
  const flags = deployment.compatibility_flags.map(text).join(", ");
  return [
    `const ${constant(plan)} :Workerd.Worker = (`,
    `  modules = [${modules.join(", ")}],`,
    `  compatibilityDate = ${text(deployment.compatibility_date)}, compatibilityFlags = [${flags}],`,
    `  bindings = [${bindings.join(", ")}],`,
    `  durableObjectNamespaces = [${classes.join(", ")}], durableObjectStorage = (localDisk = "objects")`,
    ");",
  ].join("\n");
}

const text = (value: string) => JSON.stringify(value);
const constant = ({ name }: WorkerPlan) => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Clock ticks per second of /proc; 100 on every Linux that Node runs on. */
const ticks = 100;
const pageKb = 4;

function readings({ pid = 0 }: ChildProcess): Omit<Workerd, "close"> {
  return {
    pid,
    cpuSeconds() {
      // proc(5): the name may contain blanks, so fields are counted from behind it.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / ticks;
    },
    residentKb: () => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * pageKb,
  };
}

async function untilOpen(port: number, child: ChildProcess, log: string): Promise<void> {
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    const open = await fetch(`http://127.0.0.1:${port}/healthz`, { method: "HEAD" }).then(
      () => true,
      () => false,
    );
    if (open) return;
    await pause(100);
  }
  child.kill("SIGKILL");
  throw new Error(`workerd did not open port ${port}:\n${readFileSync(log, "utf8").slice(-4_000)}`);
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const done = await Promise.race([ended.then(() => true), pause(2_000, false, { ref: false })]);
  if (!done) child.kill("SIGKILL");
  await ended;
}

/** Free loopback ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      return typeof address === "object" && address !== null ? address.port : 0;
    }),
  );
}
