// The index of grants: what operators list and end. The grants themselves live in their own objects.

import type { ReasonCode } from "../../../contract/events.ts";
import type { PageRequest } from "../../../contract/management/page.ts";
import type { AuditEntry, Listed } from "./operators.ts";

export interface GrantRow {
  id: string;
  organizationId: string;
  gatewayId: string;
  serverId: string;
  clientId: string;
  clientName: string;
  userId: string;
  channel: "oauth" | "embedded";
  scopes: string[];
  createdAt: number;
  lastUsedAt: number;
  expiresAt: number;
  /** The reason code, from the moment that an operator ended it until its object was told. */
  revokeRequested: string | null;
}

/** Which grants: of a profile, of a server, or of the whole organization; narrowed by the other members. */
export interface GrantSelection {
  organizationId?: string | undefined;
  gatewayId?: string | undefined;
  serverId?: string | undefined;
  grantId?: string | undefined;
  userId?: string | undefined;
  clientId?: string | undefined;
}

/** Epoch seconds. */
export interface Ending {
  at: number;
  /** When the last access token that this ends has expired. */
  tokensExpireAt: number;
}

export interface GrantIndex {
  /** Newest first, with the person's e-mail address. */
  list(selection: GrantSelection, page: PageRequest): Promise<Listed<GrantRow & { email: string | null }>>;
  /** Ids of the profiles that these grants came through. */
  gateways(selection: GrantSelection): Promise<string[]>;
  find(selection: GrantSelection): Promise<GrantRow | null>;
  /**
   * Ends these grants for the data plane, one by one: their ids are published until `tokensExpireAt`. Where it is all of
   * one user or one client at a profile, tokens of theirs that stand on no grant end as well.
   * @returns slugs of the servers whose snapshots must be published
   */
  end(selection: GrantSelection, reason: ReasonCode, ending: Ending, audit: AuditEntry): Promise<string[]>;
  /** Ends all grants of a profile by raising the epoch of every server that it served. Returns slugs as `end`. */
  endAll(gatewayId: string, reason: ReasonCode, audit: AuditEntry): Promise<string[]>;
  /** Grants that were ended here and whose objects have not been told yet. */
  pending(selection: GrantSelection, limit: number): Promise<GrantRow[]>;
  countPending(selection: GrantSelection): Promise<number>;
  /** Their objects have been told. */
  finished(ids: string[]): Promise<void>;
}
