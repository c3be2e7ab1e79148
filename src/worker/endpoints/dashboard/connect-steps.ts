// The steps of a test authorization, read from its attempt's log lines and from what the run itself was answered.
import type { LogLine } from "../../../contract/management/logs.ts";
import { findProviderPreset } from "../../../contract/providers.ts";
import type { Step, StepProblem } from "../../ui/dashboard/connect-run.ts";

const steps = {
  discovery: ["Discovery", "The provider's metadata is read, and the browser is sent there."],
  registration: ["Registration", "The dashboard is a client of the gateway that is built in."],
  authorize: ["Authorize", "The gateway checks the authorization request."],
  consent: ["Consent", "The person allows the test on the gateway's own page."],
  signIn: ["Sign-in", "The person signs in at the provider, which calls the callback URL."],
  return: ["Return", "The provider's code is exchanged, and its answer says who signed in."],
  token: ["Token", "The gateway's code becomes an access token for the MCP URL."],
  tools: ["tools/list", "The runtime is asked for its tools, through the proxy."],
} as const;

export type StepName = keyof typeof steps;

/** In the order in which they happen: the provider is looked up when the person has agreed. */
const happening: readonly StepName[] = ["authorize", "consent", "discovery", "signIn", "return", "token", "tools"];

/** What a run was answered, by step; where it says nothing, the log does. */
export type Answered = Partial<Record<StepName, "ok" | StepProblem>>;

/** What each step brought, where that is known. */
export type Brought = Partial<Record<StepName, string | null>>;

export const noProblem: StepProblem = {
  ...{ reason: null, cause: null, fix: null, hint: null },
  ...{ field: null, expected: null, seen: null },
};

export function stepsOf(lines: readonly LogLine[], answered: Answered, brought: Brought, providerType: string): Step[] {
  const hints: Partial<Record<string, string>> = findProviderPreset(providerType)?.hints ?? {};
  const passed = new Set<StepName>(["registration"]);
  const problems = new Map<StepName, StepProblem>();
  const notes = new Map<StepName, StepProblem>();
  for (const line of lines) {
    const step = stepOf(line);
    if (line.event === "identity" && line.reason !== null) notes.set("return", problemOf(line, hints));
    if (step === null) continue;
    if (line.outcome === "ok") passed.add(step);
    else problems.set(step, problemOf(line, hints));
  }
  for (const name of happening) {
    const answer = answered[name];
    if (answer === "ok") passed.add(name);
    else if (answer) {
      passed.delete(name);
      problems.set(name, answer);
    }
  }
  // Who came further than a step has passed it, whatever was refused on the way.
  const furthest = happening.findLastIndex((name) => passed.has(name));
  for (const name of happening.slice(0, furthest + 1)) passed.add(name);
  const stopped = happening.some((name) => !passed.has(name) && problems.has(name));
  const next = happening.find((name) => !passed.has(name));
  return Object.entries(steps).map(([key, [name, about]]) => {
    const own = happening.find((step) => step === key) ?? "registration";
    const problem = problems.get(own);
    if (passed.has(own)) {
      return { name, about, state: "ok", brought: brought[own] ?? null, problem: notes.get(own) ?? null };
    }
    const rest = { name, about, brought: null };
    if (problem) return { ...rest, state: "failed", problem };
    return { ...rest, state: own === next && !stopped ? "waiting" : "not reached", problem: null };
  });
}

/** Which step a line is about; null for what says nothing about the way. */
function stepOf({ event, outcome, reason, method, status }: LogLine): StepName | null {
  switch (event) {
    case "authorize":
    case "consent":
    case "token":
      return event;
    case "discovery":
    case "departure":
      return "discovery";
    case "return":
      return outcome === "ok" || reason === "attempt_expired" || reason?.startsWith("provider_") ? "signIn" : "return";
    case "identity":
      return outcome === "ok" ? null : "return";
    case "code":
      return "return";
    case "mcp_call":
      return outcome === "ok" && (method !== "tools/list" || (status ?? 200) >= 400) ? null : "tools";
    default:
      return null;
  }
}

function problemOf(line: LogLine, hints: Partial<Record<string, string>>): StepProblem {
  const { reason, cause, fix, field, expected, seen, diagnosis } = line;
  return { reason, cause, fix, field, expected, seen, hint: (diagnosis && hints[diagnosis]) ?? null };
}

/** Epoch milliseconds since which the provider has had the person; null while it has not, or once it called back. */
export function awaySince(lines: readonly LogLine[]): number | null {
  const left = lines.find(({ event, outcome }) => event === "departure" && outcome === "ok");
  if (!left || lines.some(({ event }) => event === "return" || event === "identity")) return null;
  return Date.parse(left.time);
}
