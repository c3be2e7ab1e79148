// An agent as an operator finds it and sees it.
import { handleOf, idPrefix } from "../../contract/ids.ts";
import type { AgentView } from "../../contract/management/agents.ts";
import type { AgentKeyRecord, AgentLink, AgentRecord } from "../store/promises/agents.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { theOnly } from "./errors.ts";
import { isoTime } from "./trail.ts";

/** @throws AdminError not_found, or name_ambiguous when two agents have this name */
export async function findAgent(
  { agents }: Pick<AdminDependencies, "agents">,
  orgId: string,
  reference: string,
): Promise<AgentRecord> {
  return theOnly(await agents.find(orgId, reference), "agent", reference);
}

export async function viewOf(
  { agents, now }: Pick<AdminDependencies, "agents" | "now">,
  agent: AgentRecord,
): Promise<AgentView> {
  const { keys, links } = await agents.details([agent.id], now());
  return agentView(agent, keys, links);
}

/** `keys` and `links` may be of other agents as well. */
export function agentView(agent: AgentRecord, keys: AgentKeyRecord[], links: AgentLink[]): AgentView {
  const isoOrNull = (time: number | null) => (time === null ? null : isoTime(time));
  return {
    ...agent,
    handle: handleOf(idPrefix.agent, agent.name),
    keys: keys
      .filter((key) => key.agentId === agent.id)
      .map(({ agentId, createdAt, expiresAt, ...key }) => ({
        ...key,
        createdAt: isoTime(createdAt),
        expiresAt: isoOrNull(expiresAt),
      })),
    servers: links.filter((link) => link.agentId === agent.id).map(({ agentId, ...server }) => server),
    createdAt: isoTime(agent.createdAt),
    updatedAt: isoTime(agent.updatedAt),
  };
}
