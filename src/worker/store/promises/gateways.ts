// What operators ask of storage about gateway profiles. A change that touches servers raises their revision with it.

import type { ReasonCode } from "../../../contract/events.ts";
import type { PageRequest } from "../../../contract/management/page.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import type { AuditEntry, Listed } from "./operators.ts";

/** A profile as it is stored: what the data plane sees, and what only operators need. */
export interface GatewayRecord extends GatewayProfile {
  organizationId: string;
  registrationEndpoint: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface GatewayChange {
  fields: Partial<GatewayRecord>;
  /** Refuses every access token issued through the profile so far; clients refresh and go on. */
  raiseEpoch: boolean;
  /** Ends every grant of the profile, for this reason. */
  revoke: ReasonCode | null;
}

export interface LinkedServer {
  id: string;
  slug: string;
  name: string;
  gatewayId: string | null;
}

export interface GatewayStore {
  create(gateway: GatewayRecord, audit: AuditEntry): Promise<void>;
  /** By id, exact name or handle: without an id, every profile that is called so, two at most. */
  find(organizationId: string, reference: string): Promise<GatewayRecord[]>;
  list(organizationId: string, page: PageRequest): Promise<Listed<GatewayRecord>>;
  /** @returns slugs of the attached servers, whose snapshots must be published */
  update(id: string, change: GatewayChange, audit: AuditEntry): Promise<string[]>;
  /** False, and nothing changed, when a server is attached. */
  remove(id: string, audit: AuditEntry): Promise<boolean>;
  /** Whatever organization it belongs to: for finishing revocations. */
  profile(id: string): Promise<GatewayProfile | null>;
  linkedServers(gatewayIds: string[]): Promise<LinkedServer[]>;
}
