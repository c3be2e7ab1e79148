// What the data plane asks of D1: registered clients, app users and the index of grants. Operators' stores are beside.
import type { Identity } from "../../oauth/downstream.ts";
import type { IssuedGrant } from "./grants.ts";

/** A dynamically registered client of one server. Wire fields of RFC 7591 stay in `metadata`, as registered. */
export interface RegisteredClient {
  id: string;
  serverId: string;
  name: string;
  redirectUris: string[];
  /** SHA-256 of the secret, base64url; null for a public client. */
  secretHash: string | null;
  metadata: Record<string, unknown>;
  /** Only for one that registered keys: then it proves itself by them. */
  authMethods?: readonly ["private_key_jwt"];
  /** Epoch seconds. */
  createdAt: number;
}

export interface ClientStore {
  find(serverId: string, clientId: string): Promise<RegisteredClient | null>;
  /** The public keys that it registered with; they never change, because its id stands for them. Null for none. */
  keys(serverId: string, clientId: string): Promise<readonly Record<string, unknown>[] | null>;
  /** The same, for a client that registers again: noted as a use, at most daily. */
  recall(serverId: string, clientId: string, now: number): Promise<RegisteredClient | null>;
  /**
   * The row under this id; an identical registration is the same row and keeps its first time. Null when too many
   * registrations of the server, all of the last hour, have not led to a grant yet.
   */
  register(client: RegisteredClient): Promise<RegisteredClient | null>;
}

export interface Directory {
  /**
   * Records that this person authorized this client: app user, index row, the profile's pinned issuer, the client's
   * last use; all or nothing, before the client gets its code, so that no grant is invisible to its operator.
   * False, and no grant in the index, when the server does not have this profile any more.
   */
  record(entry: {
    grantId: string;
    organizationId: string;
    gatewayId: string;
    serverId: string;
    clientId: string;
    clientName: string;
    identity: Identity;
    channel: "oauth" | "embedded";
    scope: string[];
    expiresAt: number;
    now: number;
  }): Promise<boolean>;
  /** Records that this person came through this channel, without a grant; and a registered client's use, daily. */
  seen(person: {
    organizationId: string;
    identity: Identity;
    channel: "oauth" | "embedded" | "enterprise";
    now: number;
    client?: { serverId: string; clientId: string };
  }): Promise<void>;
  /** The agent of the organization whose working key this is, linked to the server or not: only to name a refusal. */
  agentOfKey(
    place: { organizationId: string; serverId: string },
    keyHash: string,
    now: number,
  ): Promise<{ id: string; handle: string; name: string; allowedOrigins: string[]; linked: boolean } | null>;
  /** Last use, at most daily per grant. */
  touch(grant: IssuedGrant, now: number): Promise<void>;
  /** Takes an ended grant out of the index and publishes it in the server's snapshot until its tokens have expired. */
  ended(grant: { grantId: string; serverId: string; slug: string; tokensExpireAt: number }, now: number): Promise<void>;
}
