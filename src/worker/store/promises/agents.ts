// What operators ask of storage about agents. Every change raises the linked servers' revision in the same transaction.
import type { PageRequest } from "../../../contract/management/page.ts";
import type { AuditEntry, Listed } from "./operators.ts";

export interface AgentRecord {
  id: string;
  organizationId: string;
  name: string;
  /** Lower case; exact, or `https://*.` and a host. */
  allowedOrigins: string[];
  createdAt: number;
  updatedAt: number;
}

export interface AgentKeyRecord {
  id: string;
  agentId: string;
  publishableKey: string;
  createdAt: number;
  /** Null for the current key, of which each agent has exactly one. */
  expiresAt: number | null;
}

export interface AgentLink {
  agentId: string;
  id: string;
  slug: string;
  name: string;
}

/** With its SHA-256, base64url: what a presented key is compared with. */
export type FreshAgentKey = Omit<AgentKeyRecord, "expiresAt"> & { keyHash: string };

/** Where a list of slugs is answered, these servers' snapshots must be published. */
export interface AgentStore {
  /** With its first key and its links; a server that was deleted meanwhile is left out. */
  create(agent: AgentRecord, key: FreshAgentKey, serverIds: string[], audit: AuditEntry): Promise<string[]>;
  /** By id, exact name or handle: without an id, every agent that is called so, two at most. */
  find(organizationId: string, reference: string): Promise<AgentRecord[]>;
  list(organizationId: string, page: PageRequest): Promise<Listed<AgentRecord>>;
  /** Keys that work at this time, the current one first; and linked servers. */
  details(agentIds: string[], now: number): Promise<{ keys: AgentKeyRecord[]; links: AgentLink[] }>;
  update(id: string, fields: Partial<AgentRecord>, audit: AuditEntry): Promise<string[]>;
  remove(id: string, audit: AuditEntry): Promise<string[]>;
  /** Null, and nothing changed, when the agent or the server does not exist any more. */
  link(id: string, serverId: string, audit: AuditEntry): Promise<string[] | null>;
  unlink(id: string, serverId: string, audit: AuditEntry): Promise<string[]>;
  /**
   * Makes this the current key; the others end at `formerEndAt` unless they end before.
   * Null, and nothing changed, when the agent does not exist any more.
   */
  rotate(key: FreshAgentKey, formerEndAt: number, audit: AuditEntry): Promise<string[] | null>;
  /** A key that is not the current one. */
  removeKey(id: string, keyId: string, audit: AuditEntry): Promise<string[]>;
}
