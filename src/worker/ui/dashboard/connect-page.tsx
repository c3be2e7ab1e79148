// The pages of a test authorization: before it leaves, while the person is away, and what it ended with.
import type { Child } from "hono/jsx";
import type { Outcome, Step, StepProblem, StepState, Tool } from "./connect-run.ts";
import { Codes, type Column, Copy, Facts, Table } from "./table.tsx";

/** @param watch the page that follows the attempt @param leave where the test goes on */
export function connectStart(props: { attempt: string; server: string; leave: string; watch: string }): Child {
  return (
    <section class="card" aria-label="Test authorization">
      <p>
        The test at <bdi>{props.server}</bdi> is ready. You will be asked for consent, sign in at the provider, and come
        back here with the tools of the server. It is kept for ten minutes.
      </p>
      <p>
        <a href={props.watch} target="_blank" rel="noopener">
          Open in another tab
        </a>{" "}
        to see how far it gets, also when the provider never calls back.
      </p>
      <Facts facts={[["Attempt", <code>{props.attempt}</code>]]} />
      <p class="actions">
        <a class="button go" href={props.leave}>
          Begin the test authorization
        </a>
      </p>
    </section>
  );
}

export interface RunProps {
  steps: readonly Step[];
  /** Null while it is not known. */
  outcome: Outcome | null;
  /** What to look at when the provider does not call back; null before a minute has passed. */
  advice: Advice | null;
  /** Whether the page loads itself again, and the address at which it does not, or does again. */
  follows: { on: boolean; other: string } | null;
  /** Null when there is no attempt yet. */
  timeline: string | null;
  again: string | null;
}

export interface Advice {
  callbackUrl: string;
  provider: string;
  checklist: readonly string[];
  hint: string | null;
}

export function connectRun({ steps, outcome, advice, follows, timeline, again }: RunProps): Child {
  return (
    <>
      <p class={verdictClass(steps)} role="status">
        {verdict(steps)}
      </p>
      {follows ? (
        <p class="soft">
          {follows.on ? "This page loads itself again every five seconds. " : "This page stands still. "}
          <a href={follows.other}>{follows.on ? "Hold it" : "Follow"}</a>
        </p>
      ) : null}
      {advice ? <Advised {...advice} /> : null}
      <ol class="steps">
        {steps.map((step) => (
          <Shown step={step} />
        ))}
      </ol>
      {outcome ? <Ended {...outcome} /> : null}
      <p class="actions">
        {again ? (
          <a class="button" href={again}>
            Run it again
          </a>
        ) : null}
        {timeline ? (
          <a class="button" href={timeline}>
            Timeline of the attempt
          </a>
        ) : null}
      </p>
    </>
  );
}

function verdict(steps: readonly Step[]): string {
  const failed = steps.find(({ state }) => state === "failed");
  if (failed) return `It stopped at: ${failed.name}.`;
  const waiting = steps.find(({ state }) => state === "waiting");
  return waiting ? `Waiting for: ${waiting.name}.` : "It works: signed in, and the tools were listed.";
}

function verdictClass(steps: readonly Step[]): string {
  if (steps.some(({ state }) => state === "failed")) return "bad";
  return steps.some(({ state }) => state === "waiting") ? "warn" : "note";
}

const colours: Record<StepState, string> = { ok: "ok", failed: "failed", waiting: "refused", "not reached": "" };

function Shown({ step: { name, about, state, brought, problem } }: { step: Step }) {
  return (
    <li class={colours[state]}>
      <h2>
        {name} <span class={`tag ${colours[state]}`}>{state}</span>
      </h2>
      <p class="soft">{about}</p>
      {brought ? (
        <p>
          <bdi>{brought}</bdi>
        </p>
      ) : null}
      {problem ? <Problem {...problem} /> : null}
    </li>
  );
}

function Problem({ reason, cause, fix, hint, field, expected, seen }: StepProblem) {
  const facts: [string, string | null][] = [
    ["Field to change", field],
    ["Expected", expected],
    ["Seen", seen],
  ];
  return (
    <>
      {cause ? (
        <p>
          {cause} {reason ? <code>{reason}</code> : null}
        </p>
      ) : null}
      {fix ? (
        <p>
          <strong>{fix}</strong>
        </p>
      ) : null}
      {hint ? <p>{hint}</p> : null}
      <Facts facts={facts.filter(([, value]) => value !== null).map(([name, value]) => [name, <bdi>{value}</bdi>])} />
    </>
  );
}

function Advised({ callbackUrl, provider, checklist, hint }: Advice) {
  return (
    <section class="warn" aria-labelledby="advice">
      <p>
        <strong id="advice">The provider has not called back for a minute.</strong>
      </p>
      <p>Most often it shows an error page of its own, because the callback URL is not registered there.</p>
      <ul>
        <li>
          Register this callback URL to the letter: <Copy id="advice-callback" value={callbackUrl} />
        </li>
        <li>The application's type must be Web: not single-page, not native, not machine-to-machine.</li>
        <li>No slash more at its end, and none less; http and https, and the host's spelling, count too.</li>
        {hint ? <li>{hint}</li> : null}
      </ul>
      {checklist.length > 0 ? (
        <>
          <p>{provider}:</p>
          <ol>
            {checklist.map((line) => (
              <li>{line}</li>
            ))}
          </ol>
        </>
      ) : null}
    </section>
  );
}

function Ended({ granted, tools, more, ended }: Outcome) {
  const columns: Column<Tool>[] = [
    { title: "Tool", heading: true, class: "wide", cell: (tool) => <code>{tool.name}</code> },
    { title: "Title", class: "wide", cell: (tool) => (tool.title ? <bdi>{tool.title}</bdi> : null) },
    { title: "Needs", class: "wide", cell: (tool) => <Codes values={tool.needs} /> },
    { title: "Callable", cell: (tool) => callable(tool, granted) },
  ];
  return (
    <>
      {ended === null ? null : (
        <section class="card" aria-label="Outcome">
          <Facts
            facts={[
              ["Granted scopes", <Codes values={granted} />],
              [
                "The test's grant",
                ended ? "ended, and the provider told" : "not ended; revoke it under Grants and users",
              ],
            ]}
          />
        </section>
      )}
      {tools && tools.length > 0 ? <Table caption="Tools of the server" columns={columns} rows={tools} /> : null}
      {tools && tools.length === 0 ? <p class="warn">The runtime has no tools.</p> : null}
      {more ? <p>The runtime has further pages of tools.</p> : null}
    </>
  );
}

function callable({ needs }: Tool, granted: readonly string[]): string {
  const missing = needs.filter((scope) => !granted.includes(scope));
  return missing.length === 0 ? "yes" : `needs ${missing.join(" ")} as well`;
}
