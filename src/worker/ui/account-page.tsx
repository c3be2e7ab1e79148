// The account: signing in, the apps that act for a person, and the questions before one is revoked.
import type { PageContent } from "./page.tsx";
import { ScopeList } from "./scope-list.tsx";

/** One app at one server. Times are epoch seconds. */
export interface AccountApp {
  id: string;
  clientName: string;
  serverName: string;
  /** Null when the server is gone. */
  serverUrl: string | null;
  scopes: readonly string[];
  createdAt: number;
  /** To the day. */
  lastUsedAt: number;
  /** Revoked already; the provider is still being told. */
  ending: boolean;
}

const problems = {
  unknown: "There is no server of this name here. Check the name, or paste the MCP URL from your app.",
  no_people: "People do not sign in at this server, so no app acts for anybody there. Name another one.",
  detached: "Signing in at this server is switched off at the moment. Try again later, or name another one.",
};

export function signInPage({ server, problem }: { server: string; problem?: keyof typeof problems }): PageContent {
  return {
    title: "Sign in to your account",
    body: (
      <>
        <h1>Your connected apps</h1>
        <p>See which apps may act for you, and revoke those that no longer should.</p>
        {problem ? (
          <p class="warn" role="alert">
            {problems[problem]}
          </p>
        ) : null}
        <form method="get" action="/account" class="stacked">
          <label for="server">Server</label>
          <input
            id="server"
            name="server"
            value={server}
            required
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
            aria-describedby="server-hint"
          />
          <p class="soft" id="server-hint">
            The name or MCP URL of a server that you use, as your app shows it, such as <code>support-api</code>.
          </p>
          <button type="submit" class="go">
            Sign in
          </button>
        </form>
        <footer>
          <p>You sign in with your organization, as you do in your apps. Your password is never seen here.</p>
        </footer>
      </>
    ),
  };
}

/** Shown for a moment, and to stay where a browser does not go on by itself. */
export function arrivedPage(): PageContent {
  return {
    title: "You are signed in",
    goesOnTo: "/account",
    body: (
      <>
        <h1>You are signed in</h1>
        <p>
          <a class="button" href="/account">
            Go on to your account
          </a>
        </p>
      </>
    ),
  };
}

export interface AppsProps {
  /** E-mail address, or what the provider calls the person. */
  who: string;
  /** Host of the provider that says so. */
  provider: string;
  /** The person also came through an app of the organization itself. */
  embedded: boolean;
  apps: readonly AccountApp[];
  /** Of all, where not every one is listed. */
  total: number;
  signOutToken: string;
}

export function appsPage(props: AppsProps): PageContent {
  const { apps, total } = props;
  return {
    title: "Your connected apps",
    wide: true,
    body: (
      <>
        <h1>Your connected apps</h1>
        <p class="soft">
          Signed in as <bdi>{props.who}</bdi> through {props.provider}.
        </p>
        {apps.length === 0 ? (
          <p>
            No app may act for you here. One that you connect and allow appears on this page, and you can revoke it
            again.
          </p>
        ) : (
          <p>These apps may use the servers of your organization as you. Revoke those that you do not know or need.</p>
        )}
        {apps.length > 0 ? (
          <ul class="apps">
            {apps.map((app, index) => (
              <App app={app} name={`app-${index}`} />
            ))}
          </ul>
        ) : null}
        {total > apps.length ? (
          <p class="warn">
            The newest {apps.length} of {total} are listed.
          </p>
        ) : null}
        {props.embedded ? (
          <p class="soft">
            You also came through an app of your organization itself. It acts for you only while you are signed in
            there, so there is nothing to revoke here.
          </p>
        ) : null}
        <form method="post" action="/account/sign-out">
          <input type="hidden" name="form_token" value={props.signOutToken} />
          {apps.some(({ ending }) => !ending) ? (
            <a class="button" href="/account/revoke-all">
              Revoke all
            </a>
          ) : null}
          <button type="submit">Sign out</button>
        </form>
        <footer>
          <p>You are signed in here for half an hour at most.</p>
        </footer>
      </>
    ),
  };
}

/** @param name of its elements in the page */
function App({ app, name }: { app: AccountApp; name: string }) {
  const { id, clientName, serverName } = app;
  return (
    <li>
      <h2 id={name}>
        <bdi>{clientName}</bdi> <small>at</small> <bdi>{serverName}</bdi>
      </h2>
      {app.serverUrl ? <p class="soft">{app.serverUrl}</p> : null}
      <ScopeList scopes={app.scopes} />
      <p class="soft">
        Since <Day at={app.createdAt} />, last used <Day at={app.lastUsedAt} />
      </p>
      {app.ending ? (
        <p class="warn">Revoked. Your organization's sign-in is still being told.</p>
      ) : (
        <a
          class="button"
          href={`/account/revoke?grant=${encodeURIComponent(id)}`}
          id={`revoke-${name}`}
          aria-labelledby={`revoke-${name} ${name}`}
        >
          Revoke
        </a>
      )}
    </li>
  );
}

function Day({ at }: { at: number }) {
  const date = new Date(at * 1000);
  const shown = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } as const;
  return <time datetime={date.toISOString().slice(0, 10)}>{date.toLocaleDateString("en-GB", shown)}</time>;
}

export function confirmPage({ app, formToken }: { app: AccountApp; formToken: string }): PageContent {
  return {
    title: `Revoke ${app.clientName}?`,
    body: (
      <>
        <h1>
          Revoke “<bdi>{app.clientName}</bdi>” at <bdi>{app.serverName}</bdi>?
        </h1>
        <p>It can then no longer act for you there. To use it again, you connect it again and allow it anew.</p>
        <Decision action="/account/revoke" formToken={formToken} grant={app.id} submit="Revoke" />
      </>
    ),
  };
}

export function confirmAllPage({ total, formToken }: { total: number; formToken: string }): PageContent {
  return {
    title: "Revoke all apps?",
    body: (
      <>
        <h1>Revoke {total === 1 ? "your one app" : `all ${total} apps`}?</h1>
        <p>No app can then act for you. One that you use again asks you to connect and to allow it anew.</p>
        <Decision action="/account/revoke-all" formToken={formToken} submit="Revoke all" />
      </>
    ),
  };
}

function Decision(props: { action: string; formToken: string; grant?: string; submit: string }) {
  return (
    <form method="post" action={props.action}>
      <input type="hidden" name="form_token" value={props.formToken} />
      {props.grant ? <input type="hidden" name="grant" value={props.grant} /> : null}
      <a class="button" href="/account">
        Keep
      </a>
      <button type="submit" class="go">
        {props.submit}
      </button>
    </form>
  );
}

/** @param props `app` is the one that was revoked, null when all were; `pending`: the provider is told later */
export function endedPage({ app, pending }: { app: AccountApp | null; pending: boolean }): PageContent {
  return {
    title: "Revoked",
    body: (
      <>
        {app ? (
          <h1>
            “<bdi>{app.clientName}</bdi>” may no longer act for you at <bdi>{app.serverName}</bdi>
          </h1>
        ) : (
          <h1>No app may act for you any more</h1>
        )}
        <p>This holds from now on, and everywhere within about a minute.</p>
        {pending ? <p class="soft">Your organization's sign-in is told within minutes.</p> : null}
        <p>
          <a class="button" href="/account">
            Back to your account
          </a>
        </p>
      </>
    ),
  };
}

export function signedOutPage(): PageContent {
  return {
    title: "You are signed out",
    body: (
      <>
        <h1>You are signed out here</h1>
        <p>
          Your organization's own sign-in may still be open in this browser. On a shared computer, sign out there as
          well.
        </p>
        <p>
          <a class="button" href="/account">
            Sign in again
          </a>
        </p>
      </>
    ),
  };
}
