// Agents: create, change, delete, and which servers they reach.
import { idPrefix } from "../../contract/ids.ts";
import type { AgentCreate, AgentUpdate, AgentView } from "../../contract/management/agents.ts";
import type { PageRequest } from "../../contract/management/page.ts";
import { refuseAllowedOrigin } from "../oauth/allowed-origin.ts";
import type { AgentRecord } from "../store/promises/agents.ts";
import { newId } from "../tokens/opaque.ts";
import { type Actor, enter } from "./actor.ts";
import { freshKey, keyOperations } from "./agent-keys.ts";
import { agentView, findAgent, viewOf } from "./agent-view.ts";
import { announce } from "./change-lines.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError, notFound } from "./errors.ts";
import { sent } from "./sent.ts";
import { findServer } from "./servers.ts";
import { paged, trail } from "./trail.ts";

export function agentOperations(parts: AdminDependencies) {
  const { organizations, agents, now } = parts;
  return {
    create: (actor: Actor, orgId: string, body: AgentCreate) => create(parts, actor, orgId, body),
    async list(actor: Actor, orgId: string, request: PageRequest) {
      await enter(organizations, actor, orgId, "viewer");
      const listed = await agents.list(orgId, request);
      const ids = listed.items.map((agent) => agent.id);
      const { keys, links } = await agents.details(ids, now());
      return paged(listed, request, (agent) => agentView(agent, keys, links));
    },
    async get(actor: Actor, orgId: string, reference: string) {
      await enter(organizations, actor, orgId, "viewer");
      return viewOf(parts, await findAgent(parts, orgId, reference));
    },
    update: (actor: Actor, orgId: string, reference: string, body: AgentUpdate) =>
      update(parts, actor, orgId, reference, body),
    async remove(actor: Actor, orgId: string, reference: string): Promise<void> {
      await enter(organizations, actor, orgId, "admin");
      const agent = await findAgent(parts, orgId, reference);
      const entry = trail(actor, orgId, "agent.delete", agent.id, now());
      await announce(parts, actor, entry, await agents.remove(agent.id, entry));
    },
    ...linkOperations(parts),
    ...keyOperations(parts),
  };
}

function linkOperations(parts: AdminDependencies) {
  const { organizations, agents, now } = parts;
  /** Both ends, and whether they are linked already: repeating a request changes nothing. */
  async function ends(actor: Actor, orgId: string, reference: string, serverReference: string) {
    await enter(organizations, actor, orgId, "admin");
    const agent = await findAgent(parts, orgId, reference);
    const server = await findServer(parts, orgId, serverReference);
    const { links } = await agents.details([agent.id], now());
    const target = `${agent.id}/${server.id}`;
    return { agent, server, target, linked: links.some((link) => link.id === server.id) };
  }
  return {
    async link(actor: Actor, orgId: string, reference: string, serverReference: string): Promise<AgentView> {
      const { agent, server, target, linked } = await ends(actor, orgId, reference, serverReference);
      if (!linked) {
        const entry = trail(actor, orgId, "agent.server.link", target, now());
        const slugs = await agents.link(agent.id, server.id, entry);
        if (!slugs) throw notFound("agent or MCP server", serverReference);
        await announce(parts, actor, entry, slugs);
      }
      return viewOf(parts, await findAgent(parts, orgId, agent.id));
    },
    async unlink(actor: Actor, orgId: string, reference: string, serverReference: string): Promise<void> {
      const { agent, server, target, linked } = await ends(actor, orgId, reference, serverReference);
      if (!linked) return;
      const entry = trail(actor, orgId, "agent.server.unlink", target, now());
      await announce(parts, actor, entry, await agents.unlink(agent.id, server.id, entry));
    },
  };
}

async function create(parts: AdminDependencies, actor: Actor, orgId: string, body: AgentCreate): Promise<AgentView> {
  await enter(parts.organizations, actor, orgId, "admin");
  const now = parts.now();
  const agent: AgentRecord = {
    id: newId(idPrefix.agent),
    organizationId: orgId,
    name: body.name,
    allowedOrigins: originsOf(body.allowedOrigins),
    createdAt: now,
    updatedAt: now,
  };
  const serverIds: string[] = [];
  for (const [position, reference] of (body.servers ?? []).entries()) {
    serverIds.push((await findServer(parts, orgId, reference, `servers.${position}`)).id);
  }
  const key = await freshKey(agent.id, now);
  const entry = trail(actor, orgId, "agent.create", agent.id, now, Object.keys(body));
  await announce(parts, actor, entry, await parts.agents.create(agent, key, serverIds, entry));
  return viewOf(parts, agent);
}

async function update(
  parts: AdminDependencies,
  actor: Actor,
  orgId: string,
  reference: string,
  body: AgentUpdate,
): Promise<AgentView> {
  await enter(parts.organizations, actor, orgId, "admin");
  const agent = await findAgent(parts, orgId, reference);
  const fields = Object.keys(body);
  if (fields.length === 0) return viewOf(parts, agent);
  const origins = body.allowedOrigins === undefined ? {} : { allowedOrigins: originsOf(body.allowedOrigins) };
  const change = { ...sent(body), ...origins, updatedAt: parts.now() };
  const entry = trail(actor, orgId, "agent.update", agent.id, parts.now(), fields);
  await announce(parts, actor, entry, await parts.agents.update(agent.id, change, entry));
  return viewOf(parts, { ...agent, ...change });
}

/** @throws AdminError invalid_field, naming the first origin that may not be listed */
function originsOf(listed: string[]): string[] {
  listed.forEach((origin, position) => {
    const refused = refuseAllowedOrigin(origin);
    if (refused !== null) throw new AdminError("invalid_field", refused, `allowedOrigins.${position}`);
  });
  return [...new Set(listed.map((origin) => origin.toLowerCase()))];
}
