// One attempt as a timeline: each step with its outcome, cause and fix, what was expected and what was seen.
import type { Child } from "hono/jsx";
import type { AttemptView, LogLine } from "../../../contract/management/logs.ts";
import { Empty, Facts, Instant } from "./table.tsx";

export function attemptTimeline(attempt: AttemptView, logs: string): Child {
  if (attempt.steps.length === 0) {
    return (
      <Empty title="Nothing is kept of this attempt">
        <p>
          Its lines are older than the log keeps, or its id is misspelled. <a href={logs}>Back to the logs</a>
        </p>
      </Empty>
    );
  }
  return (
    <>
      <p>
        Attempt <code>{attempt.id}</code>, oldest step first.
      </p>
      <ol class="steps">
        {attempt.steps.map((step) => (
          <li class={step.outcome}>
            <h2>
              {step.event} <span class={`tag ${step.outcome}`}>{step.outcome}</span>
            </h2>
            <p class="soft">
              <Instant at={step.time} />
            </p>
            {step.cause ? (
              <p>
                {step.cause} <code>{step.reason}</code>
              </p>
            ) : null}
            {step.fix ? (
              <p>
                <strong>{step.fix}</strong>
              </p>
            ) : null}
            <Facts facts={facts(step)} />
          </li>
        ))}
      </ol>
    </>
  );
}

function facts(step: LogLine): [string, Child][] {
  const call = [step.method, step.tool, step.status].filter((part) => part !== null).join(" ");
  const time = step.totalMs === null ? null : `${step.totalMs} ms, of which the runtime ${step.runtimeMs ?? 0} ms`;
  const all: [string, string | null][] = [
    ["Field to change", step.field],
    ["Expected", step.expected],
    ["Seen", step.seen],
    ["Call", call || null],
    ["Took", time],
    ["Server", step.server],
    ["Client", step.clientName ?? step.client],
    ["User", step.user],
    ["Agent", step.agent],
    ["Request", step.requestId],
  ];
  return all.filter(([, value]) => value !== null).map(([name, value]) => [name, <bdi>{value}</bdi>]);
}
