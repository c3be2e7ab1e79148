// What operators ask of storage about organizations, API tokens, people and the audit trail. Times are epoch seconds.
import type { DashboardMember } from "../../../contract/management/organizations.ts";
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
  dashboardMembers: DashboardMember[];
  createdAt: number;
}

export interface OrganizationStore {
  create(organization: OrganizationRecord, audit: AuditEntry): Promise<void>;
  find(id: string): Promise<OrganizationRecord | null>;
  /** All of them, or only the one with this id. */
  list(page: PageRequest, only: string | null): Promise<Listed<OrganizationRecord>>;
  /** Those that list this address, or its domain; 100 at most. */
  withMember(email: string): Promise<OrganizationRecord[]>;
  update(
    id: string,
    change: Partial<Pick<OrganizationRecord, "name" | "dashboardMembers">>,
    audit: AuditEntry,
  ): Promise<void>;
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
  /** Returns the slugs whose snapshots change: for a token of role caller, the organization's static headers servers. */
  create(token: ApiTokenRecord, tokenHash: string, audit: AuditEntry): Promise<string[]>;
  /** How many living tokens of role caller there are. */
  callers(organizationId: string): Promise<number>;
  /** The living token with this hash. */
  findByHash(tokenHash: string): Promise<ApiTokenRecord | null>;
  list(organizationId: string, page: PageRequest): Promise<Listed<ApiTokenRecord>>;
  /** Slugs as for `create`; null when the organization has no such token. Revoking twice keeps the first time. */
  revoke(organizationId: string, id: string, audit: AuditEntry): Promise<string[] | null>;
  /** Notes a use; one that was noted within the day before stays as it is. */
  used(id: string, now: number): Promise<void>;
}

export interface AppUserRecord {
  id: string;
  organizationId: string;
  issuer: string;
  subject: string;
  workspace: string | null;
  email: string | null;
  channels: ("oauth" | "embedded" | "enterprise")[];
  firstSeenAt: number;
  lastSeenAt: number;
}

export interface AppUserStore {
  find(organizationId: string, id: string): Promise<AppUserRecord | null>;
  /** Last seen first. */
  list(organizationId: string, page: PageRequest): Promise<Listed<AppUserRecord>>;
}

export interface AuditStore {
  /** Newest first. */
  list(organizationId: string, page: PageRequest): Promise<Listed<AuditEntry>>;
}
