// Where the gateway's own time goes in one case: functions by their share of what a profile of workerd saw.
import { type CpuProfile, profiled, spentBy } from "./inspector.ts";
import { loadCases } from "./load-cases.ts";
import { setStage } from "./stage.ts";
import { freePorts } from "./workerd.ts";

export interface ProfileReport {
  name: string;
  requests: number;
  /** Microseconds of each request, as the process counts them; the profiler itself takes a part. */
  cpuMicros: number;
  profile: CpuProfile;
}

/** @param subject whose time is looked at: the gateway, or one that stands beside it */
export async function profileCases(names: string[], milliseconds: number): Promise<ProfileReport[]> {
  const [inspector = 0] = await freePorts(1);
  const stage = await setStage({ variant: "readable", inspector });
  const reports: ProfileReport[] = [];
  try {
    for (const plan of loadCases.filter(({ name }) => names.includes(name))) {
      const subject = (await plan.subjects(stage)).find(({ name }) => name === "gateway");
      if (subject === undefined) continue;
      const round = { port: stage.gateway.port, requests: subject.requests, connections: plan.connections };
      await stage.load.ask({ ...round, milliseconds: 10_000, most: Math.max(2_000, subject.requests.length) });
      let requests = 0;
      let cpuMicros = 0;
      const profile = await profiled(inspector, "gateway", async () => {
        const before = stage.gateway.workerd.cpuSeconds();
        const { answered, statuses } = await stage.load.ask({ ...round, milliseconds });
        if (Object.keys(statuses).join() !== plan.status)
          throw new Error(`${plan.name} answered ${JSON.stringify(statuses)}`);
        requests = answered;
        cpuMicros = ((stage.gateway.workerd.cpuSeconds() - before) / requests) * 1e6;
      });
      reports.push({ name: plan.name, requests, cpuMicros, profile });
    }
  } finally {
    await stage.close();
  }
  return reports;
}

/** The most expensive functions, in microseconds of each request. */
export function profileTable({ profile, requests, name, cpuMicros }: ProfileReport, most: number): string {
  const spent = spentBy(profile).filter((one) => !one.name.startsWith("(idle)") && !one.name.startsWith("(root)"));
  const seen = spent.reduce((sum, { self }) => sum + self, 0);
  const row = (self: number, total: number, label: string) =>
    `| ${((100 * self) / seen).toFixed(1)} | ${(self / requests).toFixed(1)} | ${(total / requests).toFixed(1)} | ${label} |`;
  const head = ["| self % | self µs | total µs | function |", "|---|---|---|---|"];
  const bySelf = spent.slice(0, most).map((one) => row(one.self, one.total, one.name));
  const byTotal = spent.toSorted((one, other) => other.total - one.total).slice(0, most);
  return [
    `## ${name}: ${requests} requests, ${cpuMicros.toFixed(0)} µs of processor time each (profiler on)`,
    ...["", "By time in the function itself:", "", ...head, ...bySelf],
    ...[
      "",
      "By time with everything it calls:",
      "",
      ...head,
      ...byTotal.map((one) => row(one.self, one.total, one.name)),
    ],
    "",
  ].join("\n");
}
