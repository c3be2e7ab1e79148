// The page for a failure that a person sees: what happened, what to do, expected and seen, and the attempt's id.
import { type ReasonCode, reasons } from "../../contract/events.ts";
import type { PageContent } from "./page.tsx";

export interface ErrorProps {
  reason: ReasonCode;
  field?: string;
  expected?: string;
  seen?: string;
  attempt?: string;
  requestId: string;
  /** Where a person may take the error back to the app by a click of their own (P-60). */
  returnTo?: { host: string; url: string };
}

export function errorPage(props: ErrorProps): PageContent {
  const { cause, fix } = reasons[props.reason];
  const facts = [
    ["Field", props.field],
    ["Expected", props.expected],
    ["Seen", props.seen],
  ].filter(([, value]) => value);
  return {
    title: "This did not work",
    body: (
      <>
        <h1>{cause}</h1>
        <p>{fix}</p>
        {facts.length > 0 ? (
          <dl>
            {facts.map(([name, value]) => (
              <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        ) : null}
        {props.returnTo ? (
          <p>
            <a class="button" href={props.returnTo.url} rel="noreferrer">
              Return to {props.returnTo.host}
            </a>
          </p>
        ) : null}
        <footer>
          <p>
            Reason <code>{props.reason}</code>
          </p>
          {props.attempt ? (
            <p>
              Attempt <code>{props.attempt}</code>
            </p>
          ) : null}
          <p>
            Request <code>{props.requestId}</code>
          </p>
        </footer>
      </>
    ),
  };
}
