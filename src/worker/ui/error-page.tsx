// The page for a failure that a person sees: what happened, what to do, expected and seen, and the attempt's id.
import { type DiagnosisId, diagnoses } from "../../contract/diagnoses.ts";
import { type ReasonCode, reasons } from "../../contract/events.ts";
import { accountReasons } from "../../contract/reasons/account.ts";
import type { PageContent } from "./page.tsx";

export interface ErrorProps {
  reason: ReasonCode;
  field?: string;
  expected?: string;
  seen?: string;
  /** What is wrong at the provider, and what to do at this one in particular. */
  diagnosis?: DiagnosisId;
  hint?: string;
  attempt?: string;
  /** Seconds. */
  retryAfter?: number;
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
    title: cause.replace(/\.$/, ""),
    body: (
      <>
        <h1>{cause}</h1>
        {props.diagnosis ? <Diagnosis id={props.diagnosis} hint={props.hint} /> : <p>{fix}</p>}
        {props.retryAfter ? <p>You can try again in {props.retryAfter} seconds.</p> : null}
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
        {props.reason === "client_unknown" ? <HowToForget /> : null}
        {props.reason === "client_document_unavailable" ? <HowToDoWithout /> : null}
        {props.reason in accountReasons ? (
          <p>
            <a class="button" href="/account">
              Open your account
            </a>
          </p>
        ) : null}
        {props.returnTo ? (
          <>
            <p class="soft">The app asked in a way that is not accepted here, so nothing was allowed.</p>
            <p>
              <a class="button" href={props.returnTo.url} rel="noreferrer">
                Return to {props.returnTo.host}
              </a>
            </p>
          </>
        ) : null}
        <footer>
          <p>
            Reason <code>{props.reason}</code>
          </p>
          {props.diagnosis ? (
            <p>
              Diagnosis <code>{props.diagnosis}</code>
            </p>
          ) : null}
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

function Diagnosis({ id, hint }: { id: DiagnosisId; hint: string | undefined }) {
  const { cause, fix } = diagnoses[id];
  return (
    <>
      <p>{cause}</p>
      <p>{fix}</p>
      {hint ? <p>{hint}</p> : null}
    </>
  );
}

/** Where people find what apps keep of a registration: the apps do not drop it by themselves. */
const forgetting = [
  ["VS Code", "run “Authentication: Remove Dynamic Authentication Providers” from the command palette"],
  ["Claude Code", "choose this server under /mcp and clear its authentication, or run “claude mcp logout”"],
  ["Claude, ChatGPT", "disconnect this connector in the settings, or remove it and add it again"],
  ["Cursor", "log out of this server in the MCP settings, or remove it there and add it again"],
  ["Codex", "run “codex mcp logout” with the server's name"],
  ["Gemini CLI", "run “/mcp auth” with the server's name"],
  ["Inspector", "clear the OAuth state of this server, or open it in a new private window"],
  ["mcp-remote", "delete the folder ~/.mcp-auth, then start the app again"],
  ["Any other app", "remove this server and add it again"],
];

function HowToForget() {
  return (
    <>
      <h2>How to make an app forget</h2>
      <ul>
        {forgetting.map(([app, how]) => (
          <li>
            {app}: {how}.
          </li>
        ))}
      </ul>
    </>
  );
}

/** The app is not at fault and need not forget anything: what each side can do while its document is out of reach. */
function HowToDoWithout() {
  return (
    <>
      <h2>What you can do</h2>
      <ul>
        <li>You: go back to the app and connect again in a minute.</li>
        <li>Whoever runs this server: register the app by hand, with its redirect URI, in the gateway profile.</li>
        <li>Whoever publishes the app: let programs without a browser read the document at the address above.</li>
      </ul>
    </>
  );
}
