// One attempt as a timeline: each step with its outcome, cause and fix, what was expected and what was seen.
import type { Child } from "hono/jsx";
import type { AttemptView, LogLine } from "../../../contract/management/logs.ts";
import { Diagnosed } from "./diagnosed.tsx";
import { Facts, Instant } from "./table.tsx";

export function attemptTimeline({ id, steps, total }: AttemptView): Child {
  const first = (member: "server" | "clientName" | "client" | "user" | "agent") =>
    steps.map((step) => step[member]).find((value) => value !== null) ?? null;
  return (
    <>
      <section class="card" aria-label="Attempt">
        <Facts
          facts={told([
            ["Attempt", id],
            ["Server", first("server")],
            ["Client", first("clientName") ?? first("client")],
            ["User", first("user")],
            ["Agent", first("agent")],
          ])}
        />
      </section>
      <ol class="steps">
        {steps.map((step) => (
          <Step step={step} />
        ))}
      </ol>
      {total > steps.length ? (
        <p>
          These are the first {steps.length} of {total} steps.
        </p>
      ) : null}
    </>
  );
}

function Step({ step }: { step: LogLine }) {
  const call = [step.method, step.tool, step.status].filter((part) => part !== null).join(" ");
  const took = step.totalMs === null ? null : `${step.totalMs} ms, of which the runtime ${step.runtimeMs ?? 0} ms`;
  return (
    <li class={step.outcome}>
      <h2>
        {step.event} <span class={`tag ${step.outcome}`}>{step.outcome}</span>
      </h2>
      {step.cause ? (
        <p>
          {step.cause} <code>{step.reason}</code>
        </p>
      ) : null}
      {step.diagnosis ? (
        <p>
          <Diagnosed id={step.diagnosis} />
        </p>
      ) : null}
      {step.fix ? (
        <p>
          <strong>{step.fix}</strong>
        </p>
      ) : null}
      <Facts
        facts={told([
          ["Field to change", step.field],
          ["Expected", step.expected],
          ["Seen", step.seen],
          ["Call", call || null],
          ["Took", took],
        ])}
      />
      <p class="soft">
        <Instant at={step.time} /> · request {step.requestId}
      </p>
    </li>
  );
}

function told(facts: readonly [name: string, value: string | null][]): [string, Child][] {
  return facts.filter(([, value]) => value !== null).map(([name, value]) => [name, <bdi>{value}</bdi>]);
}
