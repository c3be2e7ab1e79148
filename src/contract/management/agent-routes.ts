// The rows of agents in the management API's table.
import { agentCreate, agentUpdate, agentView, keyRotation } from "./agents.ts";
import { nothing, reference } from "./fields.ts";
import { pageOf } from "./page.ts";
import { create, list, org, orgPath, type Route, read, remove, update } from "./route.ts";

const agent = org.extend({ agentId: reference });
const agentPath = `${orgPath}/agents/{agentId}`;

export const agentRoutes = {
  createAgent: {
    ...create,
    path: `${orgPath}/agents`,
    summary: "Create an agent with its first publishable key",
    params: org,
    body: agentCreate,
    answer: agentView,
  },
  listAgents: { ...list, path: `${orgPath}/agents`, summary: "List agents", params: org, answer: pageOf(agentView) },
  getAgent: { ...read, path: agentPath, summary: "Read an agent", params: agent, answer: agentView },
  updateAgent: {
    ...update,
    path: agentPath,
    summary: "Change fields of an agent",
    params: agent,
    body: agentUpdate,
    answer: agentView,
  },
  deleteAgent: {
    ...remove,
    path: agentPath,
    summary: "Delete an agent; its keys no longer work",
    params: agent,
  },
  linkAgent: {
    ...update,
    method: "put",
    path: `${agentPath}/mcp-servers/{serverId}`,
    summary: "Let an agent use an MCP server",
    params: agent.extend({ serverId: reference }),
    body: nothing,
    answer: agentView,
  },
  unlinkAgent: {
    ...remove,
    path: `${agentPath}/mcp-servers/{serverId}`,
    summary: "Take an MCP server from an agent",
    params: agent.extend({ serverId: reference }),
  },
  rotateAgentKey: {
    ...create,
    path: `${agentPath}/keys`,
    summary: "Make a new publishable key; the former ones work on for an overlap",
    params: agent,
    body: keyRotation,
    answer: agentView,
  },
  deleteAgentKey: {
    ...remove,
    path: `${agentPath}/keys/{keyId}`,
    summary: "End a former publishable key at once; refused for the current one",
    params: agent.extend({ keyId: reference }),
  },
} satisfies Record<string, Route>;
