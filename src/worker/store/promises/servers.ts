// What operators ask of storage about MCP servers. Each change raises the server's revision in the same transaction.

import type { ReasonCode } from "../../../contract/events.ts";
import type { PageRequest } from "../../../contract/management/page.ts";
import type { AuditEntry, Listed } from "./operators.ts";

export interface ServerRecord {
  id: string;
  organizationId: string;
  slug: string;
  name: string;
  runtimeUrl: string;
  scopes: string[];
  tools: { name: string; scopes: string[] }[];
  broaderScopes: { name: string; scopes: string[] }[];
  allowedOrigins: string[];
  authentication: "gateway" | "static_headers";
  /** JSON of the headers, sealed with purpose `static-headers` under the server's id. */
  staticHeadersSealed: string | null;
  gatewayId: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface ServerStore {
  /** False when the slug is in use, or belonged to another organization's server. */
  create(server: ServerRecord, audit: AuditEntry): Promise<boolean>;
  /** By id or slug. */
  find(organizationId: string, reference: string): Promise<ServerRecord | null>;
  list(organizationId: string, page: PageRequest): Promise<Listed<ServerRecord>>;
  update(id: string, fields: Partial<ServerRecord>, audit: AuditEntry): Promise<void>;
  /**
   * Attaches another profile or none; the epoch rises and the server's grants are to be revoked for this reason.
   * False, and nothing changed, when the profile does not exist any more.
   */
  attach(id: string, gatewayId: string | null, reason: ReasonCode, audit: AuditEntry): Promise<boolean>;
  /** The slug stays with the organization; the server's grants are to be revoked for this reason. */
  remove(id: string, reason: ReasonCode, audit: AuditEntry): Promise<void>;
  /** Every server of the organization, at most so many. */
  all(organizationId: string, limit: number): Promise<ServerRecord[]>;
}
