// The Check tab: the doctor's findings, the worst first, each with what was expected, seen, and what to change.
import type { Child } from "hono/jsx";
import type { CheckView, Finding } from "../../../contract/management/check.ts";
import type { Field, FormState } from "./fields.ts";
import { Fields, Form, Problem } from "./form.tsx";
import type { Frame } from "./frame.tsx";
import { Facts, Instant } from "./table.tsx";

export const checkFields: readonly Field[] = [
  {
    name: "token",
    label: "A token to explain",
    kind: "secret",
    hint: "Decoded and judged, never stored: which check would refuse it, and why.",
  },
];

export interface CheckProps {
  frame: Frame;
  /** Of the gateway. */
  path: string;
  state: FormState;
  /** Null before it was asked for. */
  checked: CheckView | null;
}

export function checkTab({ frame, path, state, checked }: CheckProps): Child {
  return (
    <>
      {checked ? <Findings checked={checked} /> : null}
      {frame.canChange ? (
        <Form frame={frame} action={`${path}/check`} class="card">
          <Problem state={state} />
          <p>
            Looks at the profile, its provider and its servers as they are now: metadata, keys, callback URL, scopes,
            client, runtime and MCP URL. Nothing is changed.
          </p>
          <Fields fields={checkFields} state={state} />
          <button type="submit" class="go">
            {checked ? "Check again" : "Check now"}
          </button>
        </Form>
      ) : (
        <p>A check sends requests in the profile's name; it takes a token of role admin.</p>
      )}
    </>
  );
}

const weights = ["fail", "warn", "pass", "skip"] as const;
const colours = { fail: "failed", warn: "refused", pass: "ok", skip: "" } as const;

function Findings({ checked: { checkedAt, summary, findings } }: { checked: CheckView }) {
  const sorted = weights.flatMap((weight) => findings.filter(({ status }) => status === weight));
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">
        {summary.fail} failed, {summary.warn} to look at, {summary.pass} passed, {summary.skip} skipped
      </h2>
      <p class="soft">
        As of <Instant at={checkedAt} /> (UTC)
      </p>
      <ol class="steps">
        {sorted.map((finding) => (
          <Shown finding={finding} />
        ))}
      </ol>
    </section>
  );
}

function Shown({ finding }: { finding: Finding }) {
  const { title, status, server, diagnosis, fix, field, expected, seen } = finding;
  const facts: [string, string | null][] = [
    ["Server", server],
    ["Field to change", field],
    ["Expected", expected],
    ["Seen", seen],
  ];
  return (
    <li class={colours[status]}>
      <h3>
        {title} <span class={`tag ${colours[status]}`}>{status}</span>
      </h3>
      {diagnosis ? (
        <p>
          <code>{diagnosis}</code>
        </p>
      ) : null}
      {fix && status !== "pass" ? (
        <p>
          <strong>{fix}</strong>
        </p>
      ) : null}
      <Facts facts={facts.filter(([, value]) => value !== null).map(([name, value]) => [name, <bdi>{value}</bdi>])} />
    </li>
  );
}
