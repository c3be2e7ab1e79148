// One request at an MCP URL: what the steps share, what an isolate remembers between requests, and the limits.

import type { ReasonCode } from "../../../contract/events.ts";
import { BoundedMemory } from "../../oauth/bounded-memory.ts";
import type { Credential } from "../../oauth/downstream.ts";
import type { HeaderFields } from "../../oauth/forward-headers.ts";
import type { ServerSnapshot, StaticHeaders } from "../../store/promises/snapshot.ts";
import type { AccessTokenClaims, AssertionSubject } from "../../tokens/port.ts";
import type { Context, Server, Visit } from "../context.ts";

export interface ProxyLimits {
  /** Largest POST body, bytes. */
  bodyBytes: number;
  /** Milliseconds until the runtime must have sent its headers, for requests that a live runtime answers at once. */
  promptMs: number;
  /** The same for calls that may work before they answer: a tool may take minutes and then send one JSON document. */
  patientMs: number;
  /** Silence on an event stream after which a comment is sent, milliseconds. */
  keepAliveMs: number;
}

export const usualLimits: ProxyLimits = {
  bodyBytes: 10 * 1024 * 1024,
  promptMs: 10_000,
  patientMs: 300_000,
  keepAliveMs: 25_000,
};

/** A request for the MCP URL of a server. */
export interface McpVisit extends Visit {
  server: Server;
  /** The request's, parsed. */
  url: URL;
}

/** Before anybody is known. */
export interface Call {
  request: Request;
  url: URL;
  visit: McpVisit;
  limits: ProxyLimits;
  memory: ProxyMemory;
}

/** What an access token said when it was opened. */
export interface OpenedToken {
  claims: AccessTokenClaims;
  /** One object for each token, by which others know it again. */
  caller: Caller;
}

/** Who was admitted, by whichever kind of token. */
export interface Caller {
  /** Whose the sessions are: `usr_…`, or `tok_…` at a static headers server. */
  subject: string;
  clientId: string;
  clientName: string | null;
  workspace: string | null;
  /** Separated by spaces. */
  scope: string;
  channel: AssertionSubject["channel"];
  grantId: string | null;
}

interface Admitted extends Call {
  caller: Caller;
  /** May be newer than the visit's. */
  snapshot: ServerSnapshot;
}

/** At a server with a gateway: a person acts, with their own credential. */
export interface GrantedCall extends Admitted {
  kind: "gateway";
  claims: AccessTokenClaims;
}

/** At a static headers server: whoever holds one of its tokens acts, with the server's one credential. */
export interface SharedCall extends Admitted {
  kind: "static_headers";
  shared: StaticHeaders;
}

export type AdmittedCall = GrantedCall | SharedCall;

/** Values only, never promises: a promise belongs to the request that made it. Weights are bytes. */
export interface ProxyMemory {
  /** By the whole token, so that nothing but the same token can find another's claims (CVE-2026-25536). */
  opened: BoundedMemory<OpenedToken>;
  /** API tokens that the database does not let pass; apart from `opened`, so that a flood pushes out no good token. */
  rejected: BoundedMemory<ReasonCode>;
  /** Current downstream credentials, by grant. */
  credentials: BoundedMemory<Credential>;
  /** Opened static headers, by their sealed form. */
  shared: BoundedMemory<HeaderFields>;
  /** API tokens whose use was noted within the day. */
  used: BoundedMemory<true>;
  /** Grants that this isolate saw ending, ahead of the snapshot. */
  ended: BoundedMemory<true>;
}

const memories = new WeakMap<Context, ProxyMemory>();

/** The memory that lives as long as the isolate's one context. */
export function memoryOf(context: Context): ProxyMemory {
  const known = memories.get(context);
  if (known !== undefined) return known;
  const memory: ProxyMemory = {
    opened: new BoundedMemory(16 * 1024 * 1024),
    rejected: new BoundedMemory(1024 * 1024),
    credentials: new BoundedMemory(8 * 1024 * 1024),
    shared: new BoundedMemory(4 * 1024 * 1024),
    used: new BoundedMemory(10_000),
    ended: new BoundedMemory(10_000),
  };
  memories.set(context, memory);
  return memory;
}
