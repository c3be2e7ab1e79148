// The consent page: which app, where the answer goes, which server, what it may do, and that sign-in follows (P-56).
import type { PageContent } from "./page.tsx";
import { ScopeList } from "./scope-list.tsx";

export interface ConsentProps {
  clientName: string;
  /** The app named itself, so its name proves nothing. */
  selfRegistered: boolean;
  /** Where the app's description is published, which is its id; null for an app without such a document (P-42). */
  publishedAt: string | null;
  redirectUri: string;
  serverName: string;
  serverHost: string;
  /** Where the person sees and ends what apps may do at this server. */
  accountPath: string;
  scopes: readonly string[];
  rememberedDays: number;
  /** The attempt's id, for the person and for support. */
  attempt: string;
  ticket: string;
  formToken: string;
}

export function consentPage(props: ConsentProps): PageContent {
  const destination = new URL(props.redirectUri);
  const local = ["localhost", "[::1]"].includes(destination.hostname) || /^127\./.test(destination.hostname);
  const appScheme = /^https?:$/.test(destination.protocol) ? null : `The app that opens ${destination.protocol} links`;
  const publisher = props.publishedAt === null ? null : new URL(props.publishedAt).host;
  return {
    title: `Allow ${props.clientName}?`,
    body: (
      <>
        <h1>
          Allow “<bdi>{props.clientName}</bdi>” to use <bdi>{props.serverName}</bdi> as you?
        </h1>
        <dl>
          <div>
            <dt>App</dt>
            <dd>
              <bdi>{props.clientName}</bdi>
              {props.selfRegistered ? <small>The app chose this name itself; nobody has checked it.</small> : null}
              {publisher ? (
                <small>
                  From <strong>{publisher}</strong>, which publishes the app's name and where its answers may go.
                </small>
              ) : null}
            </dd>
          </div>
          <div>
            <dt>The answer goes to</dt>
            <dd>
              {local ? "A program on this computer" : (appScheme ?? destination.hostname)}
              <small>{props.redirectUri}</small>
            </dd>
          </div>
          <div>
            <dt>Server</dt>
            <dd>
              <bdi>{props.serverName}</bdi>
              <small>{props.serverHost}</small>
            </dd>
          </div>
        </dl>
        {props.scopes.length > 0 ? <h2>It may</h2> : null}
        <ScopeList scopes={props.scopes} />
        <p class="warn">
          {local && publisher ? (
            <>
              Any program on this computer can say that it is “<bdi>{props.clientName}</bdi>”: {publisher} cannot tell
              which one asked.{" "}
            </>
          ) : null}
          {local || appScheme
            ? "Go on only if you started this yourself, in an app on this computer, just now."
            : `Go on only if you know and trust ${destination.hostname}.`}
        </p>
        <p class="soft">If you allow it, you sign in with your organization next.</p>
        <form method="post" action="/consent">
          <input type="hidden" name="ticket" value={props.ticket} />
          <input type="hidden" name="form_token" value={props.formToken} />
          <button type="submit" name="decision" value="deny">
            Deny
          </button>
          <button type="submit" name="decision" value="allow" class="go">
            Allow
          </button>
        </form>
        <footer>
          <p>
            This browser remembers an Allow for {props.rememberedDays} days, for this app and these permissions only.
            You can take it back at any time in <a href={props.accountPath}>your account</a>.
          </p>
          <p>
            Attempt <code>{props.attempt}</code>
          </p>
        </footer>
      </>
    ),
  };
}
