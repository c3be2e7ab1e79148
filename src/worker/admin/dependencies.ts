// What an operator's operations are handed.
import type { Doctor } from "../downstream/doctor/port.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import type { AgentStore } from "../store/promises/agents.ts";
import type { GatewayStore } from "../store/promises/gateways.ts";
import type { GrantIndex } from "../store/promises/grant-index.ts";
import type { GrantStore } from "../store/promises/grants.ts";
import type { Logs } from "../store/promises/logs.ts";
import type { ApiTokenStore, AppUserStore, AuditStore, OrganizationStore } from "../store/promises/operators.ts";
import type { ServerStore } from "../store/promises/servers.ts";
import type { Sealer } from "../tokens/port.ts";

export interface AdminStores {
  organizations: OrganizationStore;
  tokens: ApiTokenStore;
  gateways: GatewayStore;
  servers: ServerStore;
  agents: AgentStore;
  grantIndex: GrantIndex;
  users: AppUserStore;
  audit: AuditStore;
}

export interface AdminDependencies extends AdminStores {
  /** Ends a grant in its own object and at the provider. */
  grants: Pick<GrantStore, "revoke">;
  logs: Logs;
  sealer: Pick<Sealer, "seal" | "open">;
  /** Publishes these servers' snapshots; never throws. */
  publish(slugs: string[]): Promise<void>;
  /** Why this URL is not acceptable for this field, for a person; null when it is. */
  checkUrl(field: string, url: string): string | null;
  /** The issuer that the provider's metadata names. Throws when it cannot be read. */
  discoverIssuer(profile: GatewayProfile): Promise<string>;
  doctor: Doctor;
  /** False when this profile was looked at too often within a minute: each look sends dozens of requests. */
  allowCheck(gatewayId: string): Promise<boolean>;
  /** What the operator registers at the provider. */
  callbackUrl(gatewayId: string): string;
  /** What an MCP client is given. */
  mcpUrl(slug: string): string;
  /** Epoch seconds. */
  now(): number;
}
