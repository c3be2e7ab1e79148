// The cases that are conversations: a refresh needs the token of the one before, a sign-in a browser and a provider.
import { type CaseResult, type Pace, summed } from "./rounds.ts";
import { BenchClient, type Tokens } from "./sign-in.ts";
import type { Stage } from "./stage.ts";

export interface FlowCase {
  name: string;
  title: string;
  run(stage: Stage, pace: Pace): Promise<CaseResult>;
}

const chains = 8;

async function refreshes(stage: Stage, pace: Pace): Promise<CaseResult> {
  const client = await new BenchClient(stage.people).register();
  const chain: Tokens[] = [];
  for (let count = 0; count < chains; count++) chain.push(await client.signIn());
  const refreshOnce = async (index: number) => {
    const tokens = chain[index];
    if (tokens !== undefined) chain[index] = await client.refresh(tokens.refresh_token);
  };
  // The first refresh of a day is also noted in the database.
  await Promise.all(chain.map((_, index) => refreshOnce(index)));
  return repeated(stage, pace, { name: "refresh", title: "refresh" }, chains, refreshOnce);
}

async function signIns(stage: Stage, pace: Pace): Promise<CaseResult> {
  const client = await new BenchClient(stage.people).register();
  const once = async () => void (await client.signIn());
  await once();
  return repeated(stage, pace, { name: "sign-in", title: "full authorization, from authorize to token" }, 4, once);
}

async function repeated(
  { gateway }: Stage,
  { rounds, milliseconds }: Pace,
  about: Pick<CaseResult, "name" | "title">,
  atOnce: number,
  once: (index: number) => Promise<void>,
): Promise<CaseResult> {
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    const took: number[] = [];
    const before = gateway.workerd.cpuSeconds();
    const began = performance.now();
    const until = began + milliseconds;
    const go = async (index: number) => {
      while (performance.now() < until) {
        const start = performance.now();
        await once(index);
        took.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, (_, index) => go(index)));
    const seconds = (performance.now() - began) / 1000;
    const cpu = gateway.workerd.cpuSeconds() - before;
    took.sort((one, other) => one - other);
    const at = (share: number) => took[Math.floor(took.length * share)] ?? Number.NaN;
    measured.push({
      ...{ perSecond: took.length / seconds, p50: at(0.5), p95: at(0.95), p99: at(0.99) },
      ...{ cpuMicros: (cpu / took.length) * 1e6, requests: took.length },
    });
  }
  return { ...about, floor: null, figures: { gateway: summed(measured) } };
}

export const flowCases: FlowCase[] = [
  { name: "refresh", title: "refresh", run: refreshes },
  { name: "sign-in", title: "full authorization", run: signIns },
];
