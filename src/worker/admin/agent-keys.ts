// Publishable keys of an agent: one is current; the ones before it work on for an overlap.
import { idPrefix, secretPrefix } from "../../contract/ids.ts";
import type { AgentView, KeyRotation } from "../../contract/management/agents.ts";
import type { FreshAgentKey } from "../store/promises/agents.ts";
import { newId, randomSecret, sha256 } from "../tokens/opaque.ts";
import { type Actor, enter } from "./actor.ts";
import { findAgent, viewOf } from "./agent-view.ts";
import { announce } from "./change-lines.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError, notFound } from "./errors.ts";
import { trail } from "./trail.ts";

/** Each rotation leaves a key for its overlap, and every key travels in every linked server's snapshot. */
const mostKeys = 10;

export function keyOperations(parts: AdminDependencies) {
  const { organizations, agents, now } = parts;
  return {
    async rotateKey(actor: Actor, orgId: string, reference: string, body: KeyRotation): Promise<AgentView> {
      await enter(organizations, actor, orgId, "admin");
      const agent = await findAgent(parts, orgId, reference);
      const { keys } = await agents.details([agent.id], now());
      const staying = body.overlapSeconds === 0 ? 0 : keys.length;
      if (staying >= mostKeys) {
        const why = `this agent has ${keys.length} keys that still work; delete former ones first`;
        throw new AdminError("too_many_keys", `${why}, or rotate with overlapSeconds 0`);
      }
      const key = await freshKey(agent.id, now());
      const entry = trail(actor, orgId, "agent.key.rotate", `${agent.id}/${key.id}`, now(), Object.keys(body));
      const slugs = await agents.rotate(key, now() + body.overlapSeconds, entry);
      if (!slugs) throw notFound("agent", reference);
      await announce(parts, actor, entry, slugs);
      return viewOf(parts, await findAgent(parts, orgId, agent.id));
    },
    async removeKey(actor: Actor, orgId: string, reference: string, keyId: string): Promise<void> {
      await enter(organizations, actor, orgId, "admin");
      const agent = await findAgent(parts, orgId, reference);
      const { keys } = await agents.details([agent.id], now());
      const key = keys.find((candidate) => candidate.id === keyId);
      if (!key) throw notFound("publishable key", keyId);
      if (key.expiresAt === null) {
        const fix = "rotate first, with overlapSeconds 0 to end it at once";
        throw new AdminError("last_key", `this is the agent's current key, without which it ends; ${fix}`);
      }
      const entry = trail(actor, orgId, "agent.key.delete", `${agent.id}/${keyId}`, now());
      await announce(parts, actor, entry, await agents.removeKey(agent.id, keyId, entry));
    },
  };
}

export async function freshKey(agentId: string, now: number): Promise<FreshAgentKey> {
  const publishableKey = `${secretPrefix.publishableKey}${randomSecret()}`;
  return { id: newId(idPrefix.key), agentId, publishableKey, keyHash: await sha256(publishableKey), createdAt: now };
}
