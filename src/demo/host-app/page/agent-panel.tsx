// The agent: who it acts for, until when, what it can do, and why it cannot where it cannot.
import { type AppAgentServerState, useAppAgent } from "mcp-stack-gateway/sdk/react";
import type { HostAppConfig } from "./config.ts";
import { FailureCard } from "./failure-card.tsx";
import type { AppSession, TokenKind } from "./session.ts";
import { TimeLeft } from "./time-left.tsx";
import { Tools } from "./tools.tsx";
import { useTools } from "./use-tools.ts";

interface AgentPanelProps {
  config: HostAppConfig;
  session: AppSession;
  tokenKind: TokenKind;
}

export function AgentPanel({ config, session, tokenKind }: AgentPanelProps) {
  const { sub: subject, email, org_id: organizationId } = session.person;
  const app = useAppAgent({
    gatewayUrl: config.gatewayUrl,
    apiKey: config.apiKey,
    agentId: config.agentId,
    appSessionKey: session.id,
    userIdentity: { subject, email, organizationId },
    auth: { mode: "app-token", getToken: () => session.token(tokenKind) },
    servers: [config.server],
  });
  const tools = useTools(app.server(config.server));
  const state = app.servers[config.server];
  return (
    <>
      <section className="card" aria-labelledby="agent-title">
        <h2 id="agent-title">
          Agent <Status state={state} />
        </h2>
        <dl className="facts">
          <dt>User</dt>
          <dd>{app.user ? <code data-fact="user">{app.user.id}</code> : "–"}</dd>
          <dt>Workspace</dt>
          <dd>{app.user?.workspace ? <code data-fact="workspace">{app.user.workspace}</code> : "–"}</dd>
          <dt>Scopes</dt>
          <dd>{state?.status === "ready" ? <code>{state.scope}</code> : "–"}</dd>
          <dt>Agent’s token</dt>
          <dd>{state?.status === "ready" ? <TimeLeft until={() => state.expiresAt} /> : "–"}</dd>
          <dt>App’s token</dt>
          <dd>
            <TimeLeft until={() => session.expiresAt} />
          </dd>
        </dl>
        {state?.status === "idle" && <p className="quiet">The next call exchanges the app’s token again.</p>}
      </section>
      {app.error ? <FailureCard failure={app.error} onRetry={tools.reconnect} /> : <Tools tools={tools} />}
    </>
  );
}

const words = { idle: "at rest", exchanging: "connecting", ready: "ready", failed: "refused" };

function Status({ state }: { state: AppAgentServerState | undefined }) {
  const status = state?.status ?? "idle";
  return (
    <span className={`status ${status}`} role="status">
      {words[status]}
    </span>
  );
}
