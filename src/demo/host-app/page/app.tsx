// The host app: a help desk of its own, with its own sign-in, that embeds an agent.
import { useState } from "react";
import { AgentPanel } from "./agent-panel.tsx";
import type { HostAppConfig } from "./config.ts";
import type { AppSession, TokenKind } from "./session.ts";
import { depart, forgetSignIn } from "./sign-in.ts";
import { Trials } from "./trials.tsx";

interface AppProps {
  config: HostAppConfig;
  session: AppSession | null;
  problem?: string | null;
}

export function App({ config, session: opened, problem = null }: AppProps) {
  const [session, setSession] = useState(opened);
  const [tokenKind, setTokenKind] = useState<TokenKind>("access");
  const signOut = () => {
    // The page is empty before the browser leaves, so that going back shows nobody's data.
    setSession(null);
    forgetSignIn();
    void session?.signOut();
  };
  return (
    <>
      <header className="top">
        <div>
          <p className="label">Demo host app</p>
          <h1>Help desk</h1>
        </div>
        {session && (
          <div className="who">
            <span>
              <strong>{session.person.name}</strong> <span className="quiet">{session.person.org_id}</span>
            </span>
            <button type="button" onClick={signOut}>
              Sign out
            </button>
          </div>
        )}
      </header>
      <OriginNote config={config} />
      {session ? (
        <>
          <AgentPanel key={tokenKind} config={config} session={session} tokenKind={tokenKind} />
          <Trials config={config} chosen={tokenKind} onChoose={setTokenKind} />
        </>
      ) : (
        <SignIn config={config} problem={problem} />
      )}
    </>
  );
}

function OriginNote({ config }: { config: HostAppConfig }) {
  if (location.origin !== config.unlistedOrigin) return null;
  return (
    <p className="notice">
      This copy of the app is served from <code>{location.origin}</code>, which is not on the agent’s list of allowed
      origins. Signing in works, the agent does not. <a href={config.listedOrigin}>The copy that is on the list</a>
    </p>
  );
}

function SignIn({ config, problem }: { config: HostAppConfig; problem: string | null }) {
  return (
    <section className="card">
      <h2>Sign in to the app</h2>
      <p>
        This app has its own sign-in, at <code>{config.issuer}</code>. Its agent needs no second one: it shows the
        gateway the access token that the app already has.
      </p>
      {problem !== null && (
        <p className="bad" role="alert">
          {problem}
        </p>
      )}
      <button type="button" className="main" onClick={() => void depart(config, { silent: false })}>
        Sign in
      </button>
    </section>
  );
}
