// One case, fairly: everybody is warmed up, rounds take turns, and the median of the rounds is the figure.
import type { LoadCase, Subject } from "./load-cases.ts";
import type { Stage } from "./stage.ts";

export interface Pace {
  rounds: number;
  /** Of one round of one subject. */
  milliseconds: number;
}

/** Medians over the rounds. Times are milliseconds; processor time is microseconds for each request. */
export interface Figures {
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
  /** Null where nothing runs in workerd. */
  cpuMicros: number | null;
  /** Of the rounds: the lowest and the highest processor time. */
  cpuRange: [number, number] | null;
  requests: number;
}

export interface CaseResult {
  name: string;
  title: string;
  floor: string | null;
  figures: Record<string, Figures>;
}

type Measured = Omit<Figures, "cpuRange">;

export async function runLoadCase(stage: Stage, plan: LoadCase, pace: Pace): Promise<CaseResult> {
  const subjects = await plan.subjects(stage);
  for (const subject of subjects) {
    const warm = Math.max(1500, subject.requests.length);
    await runOnce(stage, plan, subject, {
      milliseconds: 10_000,
      most: pace.rounds > 1 ? warm : subject.requests.length,
    });
  }
  const measured = new Map<string, Measured[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < pace.rounds; round++) {
    for (const subject of subjects) {
      measured.get(subject.name)?.push(await runOnce(stage, plan, subject, { milliseconds: pace.milliseconds }));
    }
  }
  const figures = Object.fromEntries([...measured].map(([name, rounds]) => [name, summed(rounds)]));
  return { name: plan.name, title: plan.title, floor: plan.floor, figures };
}

async function runOnce(
  { load }: Stage,
  { connections, status, name, untilFirstByte = false }: LoadCase,
  { name: subject, target, requests }: Subject,
  ending: { milliseconds: number; most?: number },
): Promise<Measured> {
  const before = target.workerd?.cpuSeconds() ?? 0;
  const round = await load.ask({ port: target.port, requests, connections, untilFirstByte, ...ending });
  const cpu = (target.workerd?.cpuSeconds() ?? 0) - before;
  const { answered, seconds, statuses, p50, p95, p99 } = round;
  // The runtime and the pass-through know no refusal; the fixed answer is 401 whatever is asked.
  const expected = subject === "fixed answer" ? "401" : status;
  const others = Object.keys(statuses).filter((seen) => seen !== expected);
  if (others.length > 0) throw new Error(`${name}: ${subject} answered ${JSON.stringify(statuses)}, not ${expected}`);
  const cpuMicros = target.workerd === null ? null : (cpu / answered) * 1e6;
  return { perSecond: answered / seconds, p50, p95, p99, cpuMicros, requests: answered };
}

export function summed(rounds: Measured[]): Figures {
  const of = (key: keyof Measured) => median(rounds.map((round) => round[key] ?? Number.NaN));
  const cpu = rounds.flatMap(({ cpuMicros }) => (cpuMicros === null ? [] : [cpuMicros]));
  return {
    perSecond: of("perSecond"),
    p50: of("p50"),
    p95: of("p95"),
    p99: of("p99"),
    cpuMicros: cpu.length === 0 ? null : median(cpu),
    cpuRange: cpu.length === 0 ? null : [Math.min(...cpu), Math.max(...cpu)],
    requests: rounds.reduce((sum, { requests }) => sum + requests, 0),
  };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
