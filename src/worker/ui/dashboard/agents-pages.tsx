// Agents: the list, the page that creates one, and one agent with its keys, origins and servers.
import type { AgentView } from "../../../contract/management/agents.ts";
import { AgentKeys } from "./agent-keys.tsx";
import type { Field, FormState } from "./fields.ts";
import { Fields, Form, Problem } from "./form.tsx";
import type { Content, Frame } from "./frame.tsx";
import { Codes, type Column, Copy, Empty, Facts, type Paged, Pager, Table, Time } from "./table.tsx";

export interface ServerChoice {
  id: string;
  name: string;
  slug: string;
}

export const agentFields: readonly Field[] = [
  { name: "name", label: "Name", kind: "text", required: true, hint: "Shown to people, such as Support." },
  {
    name: "allowedOrigins",
    label: "Allowed origins",
    kind: "lines",
    hint: "Pages that may use the agent, one per line: https://app.example.com, or https://*.example.com.",
  },
];

export function agentsPage(frame: Frame, list: Paged<AgentView>): Content {
  const path = `${frame.base}/agents`;
  const columns: Column<AgentView>[] = [
    {
      title: "Name",
      heading: true,
      class: "wide",
      cell: (agent) => (
        <a href={`${path}/${agent.id}`}>
          <bdi>{agent.name}</bdi>
        </a>
      ),
    },
    { title: "Origins", class: "wide", cell: (agent) => <Codes values={agent.allowedOrigins} /> },
    { title: "Servers", cell: (agent) => <Codes values={agent.servers.map((server) => server.slug)} /> },
    { title: "Changed", cell: (agent) => <Time at={agent.updatedAt} /> },
  ];
  const create = (
    <a class="button go" href={`${path}/new`}>
      Create agent
    </a>
  );
  return {
    title: "Agents",
    section: "agents",
    actions: list.total > 0 ? create : null,
    body:
      list.total === 0 ? (
        <Empty title="No agent yet">
          <p>
            An agent lets an embedded app exchange its own user token for an MCP-facing one: a publishable key, the
            pages that may use it, and the servers it reaches.
          </p>
          {frame.canChange ? <p>{create}</p> : <p>A token of role admin can create one.</p>}
        </Empty>
      ) : (
        <>
          <Table caption="Agents" columns={columns} rows={list.items} />
          <Pager list={list} path={path} />
        </>
      ),
  };
}

export function agentCreatePage(frame: Frame, state: FormState, servers: readonly ServerChoice[]): Content {
  const chosen = (state.values.get("servers") ?? "").split(" ");
  return {
    title: "Create agent",
    section: "agents",
    crumbs: [["Agents", `${frame.base}/agents`]],
    body: (
      <Form frame={frame} action={`${frame.base}/agents/new`} class="card">
        <Problem state={state} />
        <Fields fields={agentFields} state={state} />
        {servers.length > 0 ? (
          <fieldset>
            <legend>Servers that it reaches</legend>
            {servers.map((server) => (
              <label class="check">
                <input type="checkbox" name="servers" value={server.id} checked={chosen.includes(server.id)} />
                <span>
                  <bdi>{server.name}</bdi> <code>{server.slug}</code>
                </span>
              </label>
            ))}
          </fieldset>
        ) : null}
        <button type="submit" class="go">
          Create agent
        </button>
      </Form>
    ),
  };
}

export interface AgentProps {
  frame: Frame;
  agent: AgentView;
  state: FormState;
  servers: readonly ServerChoice[];
}

export function agentPage(props: AgentProps): Content {
  const { frame, agent, state } = props;
  const path = `${frame.base}/agents/${agent.id}`;
  return {
    title: agent.name,
    section: "agents",
    crumbs: [["Agents", `${frame.base}/agents`]],
    body: (
      <>
        <section class="card" aria-label="Identity">
          <Facts
            facts={[
              ["Agent ID", <Copy id="agent-id" value={agent.id} />],
              ["Allowed origins", <Codes values={agent.allowedOrigins} />],
            ]}
          />
        </section>
        <AgentKeys frame={frame} agent={agent} path={path} />
        <Links {...props} path={path} />
        {frame.canChange ? (
          <>
            <Form frame={frame} action={path}>
              <Problem state={state} />
              <fieldset class="card">
                <legend>Settings</legend>
                <Fields fields={agentFields} state={state} />
                <button type="submit" class="go">
                  Save
                </button>
              </fieldset>
            </Form>
            <p class="actions">
              <a class="button danger" href={`${path}/delete`}>
                Delete agent
              </a>
            </p>
          </>
        ) : null}
      </>
    ),
  };
}

function Links({ frame, agent, servers, path }: AgentProps & { path: string }) {
  const linked = new Set(agent.servers.map((server) => server.id));
  const open = servers.filter((server) => !linked.has(server.id));
  const choice: Field = {
    name: "server",
    label: "Server",
    kind: "choice",
    options: open.map((server) => ({ value: server.id, label: `${server.name} (${server.slug})` })),
  };
  return (
    <section class="card" aria-labelledby="links">
      <h2 id="links">Servers that it reaches</h2>
      {agent.servers.length === 0 ? <p>None yet: link one, or every exchange is refused.</p> : null}
      <ul>
        {agent.servers.map((server) => (
          <li>
            <a href={`${frame.base}/servers/${server.id}`}>
              <bdi>{server.name}</bdi>
            </a>{" "}
            <code>{server.slug}</code>
            {frame.canChange ? (
              <>
                {" · "}
                <a href={`${path}/unlink?server=${server.id}`}>take away</a>
              </>
            ) : null}
          </li>
        ))}
      </ul>
      {frame.canChange && open.length > 0 ? (
        <Form frame={frame} action={`${path}/link`}>
          <Fields fields={[choice]} state={{ values: new Map(), errors: new Map(), problem: null }} />
          <button type="submit">Link server</button>
        </Form>
      ) : null}
    </section>
  );
}
