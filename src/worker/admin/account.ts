// What a person can do about their own grants: see them, and take them back with the operators' own means.
import { idPrefix } from "../../contract/ids.ts";
import type { RevocationResult } from "../../contract/management/grants.ts";
import type { GrantRow } from "../store/promises/grant-index.ts";
import type { AppUserRecord } from "../store/promises/operators.ts";
import type { Actor } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { endGrants } from "./revocation.ts";
import { trail } from "./trail.ts";

/** Who it is about; every question and every change is limited to both. */
export interface Person {
  organizationId: string;
  userId: string;
}

/** What one app may do for the person at one server. Times are epoch seconds. */
export interface AccountGrant {
  id: string;
  clientName: string;
  serverName: string;
  /** The MCP URL; null when the server is gone. */
  serverUrl: string | null;
  scopes: string[];
  createdAt: number;
  /** To the day. */
  lastUsedAt: number;
  /** Ended already; the provider is still being told. */
  ending: boolean;
}

export interface AccountOperations {
  /** Null when the organization does not know this person any more. */
  user(person: Person): Promise<AppUserRecord | null>;
  /** Newest first, at most a hundred; `total` counts all. */
  grants(person: Person): Promise<{ items: AccountGrant[]; total: number }>;
  /** Null for a grant of anybody else, or of nobody. */
  grant(person: Person, grantId: string): Promise<AccountGrant | null>;
  /** Null as `grant`, and for one that has ended already. */
  revoke(person: Person, grantId: string, requestId: string): Promise<RevocationResult | null>;
  /** @returns how many are refused already, but their provider is told later */
  revokeAll(person: Person, requestId: string): Promise<number>;
}

const mostShown = 100;
/** Seconds: the longest that a profile's access tokens can live, for grants whose profile is gone. */
const longestTtl = 86_400;

export function accountOperations(parts: AdminDependencies): AccountOperations {
  const { grantIndex, users, now } = parts;
  const living = (row: GrantRow) => row.expiresAt > now();
  return {
    user: ({ organizationId, userId }) => users.find(organizationId, userId),

    async grants({ organizationId, userId }) {
      const listed = await grantIndex.list({ organizationId, userId }, { page: 1, pageSize: mostShown });
      const rows = listed.items.filter(living);
      const items = await views(parts, organizationId, rows);
      return { items, total: listed.total - (listed.items.length - rows.length) };
    },

    async grant(person, grantId) {
      const row = await find(person, grantId);
      if (!row || !living(row)) return null;
      const [view] = await views(parts, person.organizationId, [row]);
      return view ?? null;
    },

    async revoke(person, grantId, requestId) {
      const row = await find(person, grantId);
      if (!row || row.revokeRequested !== null) return null;
      const { organizationId, userId } = person;
      const actor = actorOf(person, requestId);
      const entry = trail(actor, organizationId, "account.grant.revoke", grantId, now());
      const selection = { organizationId, gatewayId: row.gatewayId, userId, grantId };
      return endGrants(parts, actor, entry, selection, await accessTokenTtl(row.gatewayId));
    },

    async revokeAll(person, requestId) {
      const { organizationId, userId } = person;
      const actor = actorOf(person, requestId);
      let pending = 0;
      for (const gatewayId of await grantIndex.gateways({ organizationId, userId })) {
        const entry = trail(actor, organizationId, "account.grants.revoke_all", userId, now());
        const selection = { organizationId, gatewayId, userId };
        const result = await endGrants(parts, actor, entry, selection, await accessTokenTtl(gatewayId));
        pending += result.pending;
      }
      return pending;
    },
  };

  /** All three together, so that nobody's grant but the person's own is ever found. */
  async function find({ organizationId, userId }: Person, grantId: string): Promise<GrantRow | null> {
    if (!grantId.startsWith(`${idPrefix.grant}_`)) return null;
    return grantIndex.find({ organizationId, userId, grantId });
  }

  async function accessTokenTtl(gatewayId: string): Promise<number> {
    return (await parts.gateways.profile(gatewayId))?.accessTokenTtl ?? longestTtl;
  }
}

/** The person themself, in the audit and in the log; it gives no right to anything that operators do. */
function actorOf({ organizationId, userId }: Person, requestId: string): Actor {
  return { id: userId, organizationId, role: "caller", requestId };
}

async function views(
  { servers, mcpUrl }: Pick<AdminDependencies, "servers" | "mcpUrl">,
  organizationId: string,
  rows: GrantRow[],
): Promise<AccountGrant[]> {
  const ids = [...new Set(rows.map((row) => row.serverId))];
  const found = await Promise.all(ids.map((id) => servers.find(organizationId, id)));
  return rows.map(({ id, clientName, serverId, scopes, createdAt, lastUsedAt, revokeRequested }) => {
    const server = found.find((one) => one?.id === serverId);
    return {
      ...{ id, clientName, scopes, createdAt, lastUsedAt },
      serverName: server?.name ?? "A server that was removed",
      serverUrl: server ? mcpUrl(server.slug) : null,
      ending: revokeRequested !== null,
    };
  });
}
