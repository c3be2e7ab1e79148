// npm run bench: what the gateway costs over doing nothing, measured side by side on this machine.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type as systemName, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { costsOf } from "./costs.ts";
import { flowCases } from "./flow-cases.ts";
import { loadCases } from "./load-cases.ts";
import { profileCases, profileTable } from "./profile.ts";
import { latestPath, writeReadme } from "./readme.ts";
import { type Report, type Scale, shown } from "./report.ts";
import { type CaseResult, type Pace, runLoadCase } from "./rounds.ts";
import { demands, large, reach, snapshotReads } from "./scale.ts";
import { measuredSize, type Size } from "./size.ts";
import { sourceFigures } from "./source-figures.ts";
import { type Stage, setStage } from "./stage.ts";
import { countedStorage, type Storage } from "./storage.ts";
import { idleStreams, longStream, type StreamResult } from "./stream-cases.ts";
import { workerdVersion } from "./workerd.ts";

const help = `Usage: npm run bench -- [options]

Options
  --quick          short rounds, one of each: a smoke run of less than a minute
  --only <case>    only this case; may be given several times (${[...loadCases, ...flowCases].map(({ name }) => name).join(", ")}, streams, storage, size)
  --rounds <n>     rounds of each case (5)
  --seconds <n>    seconds of one round (2)
  --readme         write the README's tables from this run, or with --latest from the last whole one
  --latest         measure nothing, take the last whole run
  --json           print JSON instead of tables
  --profile <case> where the gateway's time goes in this case; writes {case}.cpuprofile into the folder --out (.)
`;

const options = {
  quick: { type: "boolean" },
  only: { type: "string", multiple: true },
  rounds: { type: "string" },
  seconds: { type: "string" },
  readme: { type: "boolean" },
  latest: { type: "boolean" },
  json: { type: "boolean" },
  profile: { type: "string", multiple: true },
  out: { type: "string" },
  help: { type: "boolean" },
} as const;

interface Flags {
  quick?: boolean;
  only?: string[];
  rounds?: string;
  seconds?: string;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(argv: string[]): Promise<void> {
  const { values: flags } = parseArgs({ args: argv, options, strict: true });
  if (flags.help) return void process.stdout.write(help);
  if (flags.profile) return writeProfiles(flags.profile, flags.out ?? ".", Number(flags.seconds ?? 6) * 1000);
  const report = flags.latest
    ? latest()
    : await measure(flags, `npm run bench${argv.length > 0 ? " -- " : ""}${argv.join(" ")}`);
  const whole = !flags.quick && !flags.only;
  if (whole) writeFileSync(latestPath, `${JSON.stringify(report, null, 2)}\n`);
  if (flags.readme) writeReadme(report);
  process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : `${shown(report)}\n`);
}

/** The last whole run, with what is computed from it computed again: prices and sources may have changed since. */
function latest(): Report {
  const report = JSON.parse(readFileSync(latestPath, "utf8")) as Report;
  const { storage, cases } = report;
  if (storage === null) throw new Error("the last whole run counted no storage");
  return { ...report, costs: costsOf(storage.rows, cases), scale: scaleOf(storage) };
}

async function measure(flags: Flags, command: string): Promise<Report> {
  const { quick = false, only } = flags;
  const wanted = (name: string) => only === undefined || only.includes(name);
  const pace: Pace = {
    rounds: Number(flags.rounds ?? (quick ? 1 : 5)),
    milliseconds: Number(flags.seconds ?? (quick ? 0.3 : 2)) * 1000,
  };
  const cases: CaseResult[] = [];
  const streams: StreamResult[] = [];
  const stage = await setStage();
  let load = 0;
  try {
    // Before anything else: memory is told apart best in a process that has done little.
    if (wanted("streams")) streams.push(...(await streamCases(stage, quick)));
    for (const plan of loadCases.filter(({ name }) => wanted(name))) {
      say(plan.title);
      cases.push(await runLoadCase(stage, plan, pace));
    }
    for (const plan of flowCases.filter(({ name }) => wanted(name))) {
      say(plan.title);
      cases.push(await plan.run(stage, pace));
    }
    load = loadavg()[1] ?? 0;
  } finally {
    await stage.close();
  }
  const storage = wanted("storage") ? await counted() : null;
  return {
    ...{ date: new Date().toISOString(), command, machine: machine() },
    settings: { ...pace, bound: stage.cores.workerd !== null },
    ...{ machineLoad: load, cases, streams, storage },
    size: wanted("size") ? await sized() : null,
    costs: storage === null ? [] : costsOf(storage.rows, cases),
    scale: storage === null ? null : scaleOf(storage),
  };
}

async function streamCases(stage: Stage, quick: boolean): Promise<StreamResult[]> {
  say("streams");
  const found = [await idleStreams(stage, quick)];
  if (!quick) found.push(await longStream(stage, null), await longStream(stage, 20_000));
  return found;
}

function sized(): Promise<Size> {
  say("size and start");
  return measuredSize();
}

function counted(): Promise<Storage> {
  say("storage, counted");
  return countedStorage();
}

export function scaleOf(storage: Storage): Scale {
  const figures = sourceFigures();
  return {
    deployment: large,
    demands: demands(large, figures, storage),
    snapshotReads: snapshotReads(large, figures),
    reach: reach(large, figures, storage),
  };
}

function machine(): Report["machine"] {
  const [first] = cpus();
  return {
    processor: first?.model.trim() ?? "unknown",
    processors: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${systemName()} ${release()}`,
    node: process.versions.node,
    workerd: workerdVersion,
  };
}

async function writeProfiles(names: string[], folder: string, milliseconds: number): Promise<void> {
  for (const report of await profileCases(names, milliseconds)) {
    writeFileSync(`${folder}/${report.name}.cpuprofile`, JSON.stringify(report.profile));
    process.stdout.write(`${profileTable(report, 40)}\n`);
  }
}

if (process.argv[1] === import.meta.filename) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  await main(process.argv.slice(2));
}
