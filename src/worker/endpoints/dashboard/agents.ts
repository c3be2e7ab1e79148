// Agents: list, create, settings, keys, links to servers, deletion.
import { type AgentView, agentCreate, agentUpdate, keyRotation } from "../../../contract/management/agents.ts";
import { AdminError } from "../../admin/errors.ts";
import { agentCreatePage, agentFields, agentPage, agentsPage } from "../../ui/dashboard/agents-pages.tsx";
import { confirmPage, counted } from "../../ui/dashboard/confirm-page.tsx";
import { emptyForm, type FormState } from "../../ui/dashboard/fields.ts";
import { bodyOf, changesIn, stateOf } from "./form-body.ts";
import { type Action, type Call, goTo, type mounting } from "./mount.ts";
import { everything, pageIn, submit } from "./submit.ts";

export function mountAgents({ page, action }: ReturnType<typeof mounting>): void {
  page("/agents", async ({ context, actor, orgId, frame, query }) =>
    agentsPage(frame, await context.admin.agents.list(actor, orgId, pageIn(query))),
  );
  page("/agents/new", async (call) => agentCreatePage(call.frame, emptyForm, await serversOf(call)), "admin");
  action("/agents/new", create);
  page("/agents/:agent", async (call) => {
    const agent = await agentOf(call);
    return shown(call, agent, stateOf(agentFields, agent));
  });
  action("/agents/:agent", update);
  mountAgentActions({ page, action });
}

function mountAgentActions({ page, action }: ReturnType<typeof mounting>): void {
  action("/agents/:agent/keys", async ({ context, actor, orgId, frame, param, form }) => {
    const rotation = keyRotation.safeParse({ overlapSeconds: Number(form.get("overlapSeconds") ?? "86400") });
    if (!rotation.success) throw new AdminError("invalid_field", "the overlap must be whole seconds, 30 days at most");
    const { id } = await context.admin.agents.rotateKey(actor, orgId, param("agent"), rotation.data);
    return goTo(`${frame.base}/agents/${id}`, "rotated");
  });
  action("/agents/:agent/keys/:key/end", async ({ context, actor, orgId, frame, param }) => {
    await context.admin.agents.removeKey(actor, orgId, param("agent"), param("key"));
    return goTo(`${frame.base}/agents/${param("agent")}`, "key_ended");
  });
  action("/agents/:agent/link", async ({ context, actor, orgId, frame, param, form }) => {
    const { id } = await context.admin.agents.link(actor, orgId, param("agent"), form.get("server") ?? "");
    return goTo(`${frame.base}/agents/${id}`, "linked");
  });
  page("/agents/:agent/unlink", confirmUnlink, "admin");
  action("/agents/:agent/unlink", async ({ context, actor, orgId, frame, param, form }) => {
    await context.admin.agents.unlink(actor, orgId, param("agent"), form.get("server") ?? "");
    return goTo(`${frame.base}/agents/${param("agent")}`, "unlinked");
  });
  page("/agents/:agent/delete", deletion, "admin");
  action("/agents/:agent/delete", async ({ context, actor, orgId, frame, param }) => {
    await context.admin.agents.remove(actor, orgId, param("agent"));
    return goTo(`${frame.base}/agents`, "deleted");
  });
}

function agentOf({ context, actor, orgId, param }: Call): Promise<AgentView> {
  return context.admin.agents.get(actor, orgId, param("agent"));
}

async function serversOf({ context, actor, orgId }: Call) {
  const { items } = await context.admin.servers.list(actor, orgId, everything);
  return items.filter((server) => server.authentication === "gateway");
}

async function shown(call: Call, agent: AgentView, state: FormState) {
  return agentPage({ frame: call.frame, agent, state, servers: await serversOf(call) });
}

async function create(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const servers = form.getAll("servers");
  return submit(call, {
    fields: agentFields,
    schema: agentCreate,
    body: { ...bodyOf(agentFields, form), servers },
    async again(state) {
      const values = new Map([...state.values, ["servers", servers.join(" ")]]);
      return agentCreatePage(frame, { ...state, values }, await serversOf(call));
    },
    async run(body) {
      const { id } = await context.admin.agents.create(actor, orgId, body);
      return goTo(`${frame.base}/agents/${id}`, "created");
    },
  });
}

async function update(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form } = call;
  const agent = await agentOf(call);
  return submit(call, {
    fields: agentFields,
    schema: agentUpdate,
    body: changesIn(bodyOf(agentFields, form), agent),
    again: (state) => shown(call, agent, state),
    async run(body) {
      await context.admin.agents.update(actor, orgId, agent.id, body);
      return goTo(`${frame.base}/agents/${agent.id}`, "saved");
    },
  });
}

async function confirmUnlink(call: Call) {
  const agent = await agentOf(call);
  const path = `${call.frame.base}/agents/${agent.id}`;
  const server = agent.servers.find(({ id }) => id === call.query.get("server"));
  if (!server) throw new AdminError("not_found", "the agent is not linked to that server");
  return confirmPage(call.frame, {
    title: `Take ${server.name} away from ${agent.name}?`,
    section: "agents",
    crumbs: [
      ["Agents", `${call.frame.base}/agents`],
      [agent.name, path],
    ],
    consequences: [
      "It touches 1 server.",
      "New exchanges are refused within a minute; living tokens end by themselves.",
    ],
    submit: "Take it away",
    action: `${path}/unlink`,
    hidden: { server: server.id },
    back: path,
  });
}

async function deletion(call: Call) {
  const agent = await agentOf(call);
  const path = `${call.frame.base}/agents/${agent.id}`;
  return confirmPage(call.frame, {
    title: `Delete ${agent.name}?`,
    section: "agents",
    crumbs: [
      ["Agents", `${call.frame.base}/agents`],
      [agent.name, path],
    ],
    consequences: [
      `It touches ${counted(agent.servers.length, "server")} and ${counted(agent.keys.length, "publishable key")}, which stop working.`,
      "Pages that carry a key can exchange nothing any more.",
    ],
    submit: "Delete agent",
    action: `${path}/delete`,
    back: path,
  });
}
