// What operators ask of storage about organizations, API tokens, people and the audit trail. Times are epoch seconds.
import type { PageRequest } from "../../../contract/management/page.ts";
import type { TokenRole } from "../../../contract/management/tokens.ts";

export interface Listed<T> {
  items: T[];
  /** Of all pages. */
  total: number;
}

/** Written in the same transaction as the change it tells of. Names of fields, never their values. */
export interface AuditEntry {
  id: string;
  organizationId: string;
  at: number;
  actor: string;
  action: string;
  target: string;
  fields: string[];
}

export interface OrganizationRecord {
  id: string;
  name: string;
  createdAt: number;
}

export interface OrganizationStore {
  create(organization: OrganizationRecord, audit: AuditEntry): Promise<void>;
  find(id: string): Promise<OrganizationRecord | null>;
  /** All of them, or only the one with this id. */
  list(page: PageRequest, only: string | null): Promise<Listed<OrganizationRecord>>;
  rename(id: string, name: string, audit: AuditEntry): Promise<void>;
  /** Deletes it with everything it owns; its servers must be gone. */
  remove(id: string, audit: AuditEntry): Promise<void>;
}

export interface ApiTokenRecord {
  id: string;
  organizationId: string;
  name: string;
  role: TokenRole;
  createdAt: number;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

export interface ApiTokenStore {
  create(token: ApiTokenRecord, tokenHash: string, audit: AuditEntry): Promise<void>;
  /** The living token with this hash. */
  findByHash(tokenHash: string): Promise<ApiTokenRecord | null>;
  list(organizationId: string, page: PageRequest): Promise<Listed<ApiTokenRecord>>;
  /** False when the organization has no such token. Revoking twice keeps the first time. */
  revoke(organizationId: string, id: string, audit: AuditEntry): Promise<boolean>;
  used(id: string, now: number): Promise<void>;
}

export interface AppUserRecord {
  id: string;
  organizationId: string;
  issuer: string;
  subject: string;
  workspace: string | null;
  email: string | null;
  channels: ("oauth" | "embedded")[];
  firstSeenAt: number;
  lastSeenAt: number;
}

export interface AppUserStore {
  /** Last seen first. */
  list(organizationId: string, page: PageRequest): Promise<Listed<AppUserRecord>>;
}

export interface AuditStore {
  /** Newest first. */
  list(organizationId: string, page: PageRequest): Promise<Listed<AuditEntry>>;
}
