// What each kind of request takes from storage, counted in the gateway itself: cold, as a new isolate, and warm.
import { setTimeout as pause } from "node:timers/promises";
import { appOrigin } from "./seed.ts";
import { BenchClient } from "./sign-in.ts";
import { type Stage, setStage } from "./stage.ts";

/** Round trips and rows of one request, with everything that it does after its answer; logs apart. */
export interface Trips {
  requests: number;
  d1: number;
  kvReads: number;
  kvWrites: number;
  objects: number;
  d1Rows: number;
  objectRows: number;
  /** Deliveries to logs; lines of many requests travel together. */
  deliveries: number;
}

export interface StorageRow {
  name: string;
  title: string;
  cold: Trips | null;
  warm: Trips;
}

export interface Storage {
  rows: StorageRow[];
  /** Bytes of a server's snapshot, as the isolates remember it and as KV keeps it. */
  snapshotBytes: number;
}

/** Milliseconds until the work after an answer is done; the lines of successes are gathered for two seconds. */
const briefly = 300;
const gathering = 2_500;

type Step = () => Promise<unknown>;

const call = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "search" } });

export async function countedStorage(): Promise<Storage> {
  const stage = await setStage({ variant: "counted" });
  try {
    const rows: StorageRow[] = [];
    const both = async (name: string, title: string, step: Step, wait = briefly) => {
      await step();
      const cold = await counted(stage, step, wait, true);
      rows.push({ name, title, cold, warm: await counted(stage, step, wait) });
    };
    await both("call", "MCP call", () => post(`${stage.people}/mcp`, call, stage.accessToken, 200), gathering);
    const calls = () => together(50, () => post(`${stage.people}/mcp`, call, stage.accessToken, 200));
    rows.push(await mean(stage, "call-many", "MCP call", 1000, calls));
    const [appToken = ""] = await stage.appTokens("ES256", 1);
    const ask = JSON.stringify({ apiKey: stage.agentKey, agentId: stage.agentId, token: appToken });
    const exchange = () => post(`${stage.app}/embedded/exchange`, ask, null, 200);
    await both("exchange", "embedded exchange", exchange, gathering);
    rows.push(await mean(stage, "exchange-many", "embedded exchange", 1000, () => together(50, exchange)));
    const client = await new BenchClient(stage.people).register();
    let tokens = await client.signIn();
    const refresh = async () => {
      tokens = await client.refresh(tokens.refresh_token);
    };
    await both("refresh", "refresh", refresh, gathering);
    const fiftyInARow = async () => {
      for (let left = 50; left > 0; left--) await refresh();
    };
    rows.push(await mean(stage, "refresh-many", "refresh", 200, fiftyInARow));
    await both("sign-in", "full authorization", () => client.signIn());
    const { origin } = stage.gateway;
    const path = new URL(stage.people).pathname;
    const document = (kind: string, tail: string) => () => fetch(`${origin}/.well-known/${kind}${path}${tail}`);
    await both("resource-metadata", "protected resource metadata", document("oauth-protected-resource", "/mcp"));
    await both("server-metadata", "authorization server metadata", document("oauth-authorization-server", ""));
    await both("challenge", "no token: challenge", () => post(`${stage.people}/mcp`, call, null, 401));
    const garbage = () => post(`${stage.people}/mcp`, call, crypto.randomUUID(), 401);
    await both("flood-garbage", "made-up token", garbage);
    return { rows, snapshotBytes: await snapshotBytes(stage) };
  } finally {
    await stage.close();
  }
}

const together = (count: number, step: Step) => Promise.all(Array.from({ length: count }, step));

/** Many in a row, for what a single one cannot show: how their log lines are gathered. @param fifty makes so many */
async function mean(stage: Stage, name: string, title: string, count: number, fifty: Step): Promise<StorageRow> {
  const all = await counted(
    stage,
    async () => {
      for (let left = count; left > 0; left -= 50) await fifty();
    },
    gathering,
  );
  const each = Object.fromEntries(Object.entries(all).map(([what, value]) => [what, value / count]));
  return { name, title: `${title}, the mean of ${count}`, cold: null, warm: { ...all, ...each, requests: 1 } };
}

interface Told {
  trips: string[];
  deliveries: string[];
  objectRows: number;
  requests: number;
}

async function counted(stage: Stage, step: Step, wait: number, cold = false): Promise<Trips> {
  await settled(stage, wait);
  if (cold) await fetch(`${stage.gateway.origin}/bench/cold`);
  await step();
  const { told, d1Rows } = await settled(stage, wait);
  const of = (prefix: string) => told.trips.filter((trip) => trip.startsWith(prefix)).length;
  return {
    requests: told.requests,
    d1: of("d1"),
    kvReads: of("kv get") + of("kv list"),
    kvWrites: of("kv put") + of("kv delete"),
    objects: of("object"),
    d1Rows,
    objectRows: told.objectRows,
    deliveries: told.deliveries.length,
  };
}

/** What was counted since the last time, once the work after the answers is done. */
async function settled(stage: Stage, wait: number): Promise<{ told: Told; d1Rows: number }> {
  await pause(wait);
  const told = (await (await fetch(`${stage.gateway.origin}/bench/counted`)).json()) as Told;
  const d1Rows = (await (await fetch(`${stage.database}/written`)).json()) as number;
  return { told, d1Rows };
}

async function post(url: string, body: string, token: string | null, status: number): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(url.endsWith("/exchange") && { origin: appOrigin }),
    },
    body,
  });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${url} answered ${response.status} ${text}`);
}

async function snapshotBytes(stage: Stage): Promise<number> {
  return Number(await (await fetch(`${stage.gateway.origin}/bench/snapshot?slug=people`)).text());
}
