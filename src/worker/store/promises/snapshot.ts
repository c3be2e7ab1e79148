// Server snapshots: one JSON document answers every data-plane question about a server.
import type { GatewayProfile } from "../../oauth/profile.ts";

/** Bump when a reader of the old shape would misread the new one; older copies are then rebuilt from D1. */
export const snapshotVersion = 3;

export interface ServerSnapshot {
  v: typeof snapshotVersion;
  /** Grows with every change of anything in this document. */
  revision: number;
  id: string;
  organizationId: string;
  slug: string;
  name: string;
  runtimeUrl: string;
  scopes: string[];
  tools: { name: string; scopes: string[] }[];
  /** Scopes (`name`) that include narrower ones, as the operator says. */
  broaderScopes: { name: string; scopes: string[] }[];
  allowedOrigins: string[];
  authentication: "gateway" | "static_headers";
  gateway: GatewayProfile | null;
  /** Null for a server that has a gateway, or waits for one. */
  staticHeaders: StaticHeaders | null;
  /** Agents that are linked to this server: who may use the embedded door, from which web origins. */
  agents: LinkedAgent[];
  /** Access tokens issued under an older epoch are refused: detaching, re-attaching and "revoke all" raise it. */
  epoch: number;
  /** Ids of grants that ended while an access token of theirs may still be alive. */
  endedGrants: string[];
  /** Absent in copies of former releases. */
  endedParties?: EndedParty[];
  /** The key that signs the runtime assertion: kid and private JWK, sealed with purpose `signing-key` under the kid. */
  signingKey: { kid: string; privateJwkSealed: string };
}

/** A user, or an agent or another client, whose tokens without a grant are refused when issued `at` (epoch seconds) or before. */
export interface EndedParty {
  kind: "user" | "client";
  id: string;
  at: number;
}

/** What a server needs whose every call uses the same upstream credential. */
export interface StaticHeaders {
  /** JSON of the headers, sealed with purpose `static-headers` under the server's id; null when there are none. */
  sealed: string | null;
  /**
   * The organization's living API tokens of role caller. They travel here so that a known token is admitted and a revoked
   * one refused without asking anybody; an organization may have so few of them that they all fit.
   */
  callers: CallingToken[];
}

/** So many living tokens of role caller an organization may have. */
export const mostCallers = 200;

export interface CallingToken {
  /** `tok_…` */
  id: string;
  name: string;
  /** SHA-256 of the token, base64url. */
  hash: string;
}

export interface LinkedAgent {
  id: string;
  /** What the agent may also be called: `ag_` and its name. */
  handle: string;
  name: string;
  /** SHA-256 of a publishable key, base64url; a rotated key lives on until `expiresAt` (epoch seconds). */
  keys: { hash: string; expiresAt: number | null }[];
  /** Exact origins, or one leading wildcard label: `https://*.example.com`. */
  allowedOrigins: string[];
}

export interface SnapshotReader {
  /** The isolate's own copy, when it is 10 s old at most: most requests need no promise to find their server. */
  fresh(slug: string): ServerSnapshot | null;
  /**
   * The server with this slug, or null if there is none. From isolate memory without any storage call when the copy
   * is 10 s old at most. Throws only when neither memory, KV nor D1 can answer.
   * @param least a revision-independent demand: the copy must have at least this epoch, otherwise D1 is asked.
   */
  bySlug(slug: string, least?: { epoch: number }): Promise<ServerSnapshot | null>;
  /** Drops the isolate's own copy after a change made here, so that the next request reads afresh. */
  forget(slug: string): void;
  /** Remembers in this isolate, ahead of the snapshot, that a grant ended. */
  noteEnded(slug: string, grantId: string): void;
}
