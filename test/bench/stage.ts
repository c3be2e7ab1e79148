// Everything that is measured, up and filled: the gateway, the Workers beside it, the runtime, the provider, the load.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Algorithm, type AppKeys, makeAppKeys } from "./app-tokens.ts";
import { type Bundles, makeBundles } from "./bundles.ts";
import type { Round, RoundResult } from "./load.ts";
import type { Origin } from "./origin.ts";
import { bindCores, type Cores, type Helper, startLoad, startOrigin } from "./processes.ts";
import { adminToken, apiResource, migrate, type Seeded, seed } from "./seed.ts";
import { BenchClient } from "./sign-in.ts";
import { freePorts, gatewayPlan, startWorkerd, type Workerd, type WorkerPlan } from "./workerd.ts";

/** Where a round is sent: an address, and the process whose time is counted. */
export interface Target {
  port: number;
  /** Null: the runtime itself, reached directly. */
  workerd: Workerd | null;
}

export const smallWorkers = ["pass-through", "verify", "deny", "exchange-floor"] as const;
export type SmallWorker = (typeof smallWorkers)[number];

export interface Stage extends Seeded {
  cores: Cores;
  bundles: Bundles;
  behind: Origin;
  load: Helper<Round, RoundResult>;
  gateway: Target & { workerd: Workerd; origin: string };
  /** The simulated database's own address. */
  database: string;
  beside: Record<SmallWorker, Target & { workerd: Workerd }>;
  /** Of one person who signed in. */
  accessToken: string;
  /** Of people who are signed in to the app, by algorithm; each token is another person's. */
  appTokens(algorithm: Algorithm, count: number): Promise<string[]>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** The gateway's file; a counted or readable one instead of the deployed. */
  variant?: "deployed" | "counted" | "readable";
  inspector?: number;
}

const masterKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

export async function setStage({ variant = "deployed", inspector }: StageOptions = {}): Promise<Stage> {
  const cores = bindCores();
  // In memory where there is such a place: a bench of the gateway is not one of the disk.
  const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const folder = mkdtempSync(join(place, "mcpstack-bench-"));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const [bundles, keys] = await Promise.all([makeBundles(folder, variant === "readable"), makeAppKeys()]);
    const behindProcess = startOrigin();
    const load = startLoad();
    closing.push(
      () => behindProcess.close(),
      () => load.close(),
    );
    const behind = await behindProcess.ask({ keys: keys.published });
    const start = async (name: string, plans: WorkerPlan[]) => {
      const options = { core: cores.workerd, ...(name === "gateway" && inspector !== undefined && { inspector }) };
      const started = await startWorkerd(folder, name, plans, options);
      closing.push(() => started.close());
      return started;
    };
    const [port = 0, database = 0, ...ports] = await freePorts(2 + smallWorkers.length);
    const origin = `http://localhost:${port}`;
    const file = variant === "counted" ? bundles.counted : bundles.gateway;
    const plans = gatewayPlan(file, port, variablesOf(origin)).map((plan) =>
      plan.name === "database" ? { ...plan, port: database } : plan,
    );
    const gateway = { port, origin, workerd: await start("gateway", plans) };
    const beside = await startBeside(start, ports, behind, keys);
    const databaseUrl = `http://127.0.0.1:${database}`;
    await migrate(databaseUrl);
    const seeded = await seed(origin, behind);
    const client = await new BenchClient(seeded.people).register();
    const { access_token: accessToken } = await client.signIn();
    const appTokens = (algorithm: Algorithm, count: number) => keys.sign(behind.published, algorithm, count);
    return {
      ...seeded,
      cores,
      bundles,
      behind,
      load,
      gateway,
      database: databaseUrl,
      beside,
      accessToken,
      appTokens,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function variablesOf(origin: string): Record<string, string> {
  return { PUBLIC_ORIGIN: origin, ALLOW_PRIVATE_NETWORK: "true", MASTER_KEY: masterKey, ADMIN_TOKEN: adminToken };
}

/** One process for each, so that memory and time are told apart. */
async function startBeside(
  start: (name: string, plans: WorkerPlan[]) => Promise<Workerd>,
  ports: number[],
  { published, runtime }: Origin,
  keys: AppKeys,
): Promise<Stage["beside"]> {
  const es256 = keys.published.find(({ alg }) => alg === "ES256");
  const variables: Record<SmallWorker, Record<string, string>> = {
    "pass-through": { RUNTIME: runtime },
    verify: { RUNTIME: runtime, PUBLIC_KEY: JSON.stringify(es256) },
    deny: {},
    "exchange-floor": { ISSUER: published, AUDIENCE: apiResource, KEYS: JSON.stringify({ keys: keys.published }) },
  };
  const one = async (name: SmallWorker, index: number) => {
    const port = ports[index] ?? 0;
    const plan = { name, file: `${name}.js`, port, variables: variables[name] };
    return { port, workerd: await start(name, [plan]) };
  };
  const [passThrough, verify, deny, exchangeFloor] = await Promise.all([
    one("pass-through", 0),
    one("verify", 1),
    one("deny", 2),
    one("exchange-floor", 3),
  ]);
  return { "pass-through": passThrough, verify, deny, "exchange-floor": exchangeFloor };
}
