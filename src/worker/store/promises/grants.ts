// What a grant promises: one authorization from its first redirect to its revocation, each verb exactly once.
import type { DiagnosisId } from "../../../contract/diagnoses.ts";
import type { ReasonCode } from "../../../contract/events.ts";
import type { Credential, DownstreamTokens, Identity, ProviderRevocation } from "../../oauth/downstream.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";

/** The client as the grant remembers it, so that the token endpoint reads no client table. */
export interface GrantClient {
  id: string;
  name: string;
  /**
   * `account` and `connect` are the gateway's own pages: where people see their grants, whose attempts never become one,
   * and where an operator tries an authorization.
   */
  kind: "registered" | "preregistered" | "document" | "account" | "connect";
  /** SHA-256 of the secret, base64url; null for a public client. */
  secretHash: string | null;
  /** How it may authenticate without a secret; absent means `none`, where there is none. */
  authMethods?: readonly ("none" | "private_key_jwt")[];
}

/** An authorization request after validation: from here on only a ticket travels. */
export interface AuthorizationRequest {
  organizationId: string;
  serverId: string;
  slug: string;
  serverName: string;
  gatewayId: string;
  issuer: string;
  /** The MCP URL, canonical. */
  resource: string;
  client: GrantClient;
  redirectUri: string;
  state: string | null;
  scope: string[];
  codeChallenge: string;
  /** Digest of what the person is asked (client, redirect, server, scopes, document). */
  consentDigest: string;
}

/** Everything that goes into an access token; the issuing endpoint adds times and seals it. */
export interface IssuedGrant {
  grantId: string;
  organizationId: string;
  serverId: string;
  slug: string;
  gatewayId: string;
  issuer: string;
  resource: string;
  clientId: string;
  clientName: string;
  userId: string;
  workspace: string | null;
  scope: string[];
  credential: Credential;
  refreshToken: string;
  /** Seconds that the grant counts on: its end is published for as long as a token of this lifetime could be used. */
  accessTokenTtl: number;
  /** When the grant ends whatever happens, epoch seconds. */
  endsAt: number;
  /** False when the provider gave no refresh token: the access token must not outlive the credential. */
  renewable: boolean;
  /** True at most once a day: the index may be touched. */
  touch: boolean;
}

export interface Refused {
  ok: false;
  reason: ReasonCode;
  expected?: string;
  seen?: string;
  diagnosis?: DiagnosisId;
  retryAfter?: number;
  /** The attempt that a genuine handle belongs to, for the log. */
  of?: AttemptPlace;
}

/** Where an attempt belongs, as log lines name it. */
export interface AttemptPlace {
  attempt: string;
  organization: string;
  gateway: string;
  server: string;
  client: string;
  clientName: string;
}
export type Outcome<T> = ({ ok: true } & T) | Refused;

export interface Departure {
  state: string;
  /** Goes into the browser's cookie for this attempt; the callback must bring it back (P-58, CVE-2026-27124). */
  cookie: string;
  codeVerifier: string;
  nonce: string;
  request: AuthorizationRequest;
  /** False for a second click, whose approval is known already. */
  first: boolean;
}

export interface Arrival {
  grantId: string;
  codeVerifier: string;
  nonce: string;
  request: AuthorizationRequest;
}

/** Seconds: idle since the last refresh, at most since the authorization, and of one access token. */
export interface Lifetimes {
  idle: number;
  max: number;
  access: number;
}

/** A person who signed in to their account. */
export interface Recognized {
  grantId: string;
  organizationId: string;
  identity: Identity;
}

export interface ClientProof {
  clientId: string;
  /** SHA-256 of the presented secret, base64url; null when none was sent. */
  secretHash: string | null;
  /** An assertion of the client (private_key_jwt) proved right, and this is its only use. */
  keyProven?: boolean;
}

export interface CodeProof extends ClientProof {
  redirectUri: string | null;
  codeVerifier: string | null;
  /** As sent; null when absent. */
  resource: string | null;
  /** The server whose token endpoint was called; null at the endpoint without a path. */
  slug: string | null;
}

export interface RefreshProof extends ClientProof {
  resource: string | null;
  slug: string | null;
  /** Null when absent or empty: unchanged. */
  scope: string[] | null;
}

/**
 * The grants. Opaque handles are `<prefix><id>.<secret>`: the id finds the object, only the secret's hash is stored,
 * and a handle that was never issued never creates an object.
 */
export interface GrantStore {
  /** Starts an attempt. The ticket lives 10 minutes. */
  open(request: AuthorizationRequest): Promise<{ grantId: string; ticket: string }>;
  /** What the ticket's holder is asked; never changes anything. */
  look(ticket: string): Promise<Outcome<{ grantId: string; request: AuthorizationRequest }>>;
  /**
   * The person said yes in this browser, and leaves: the downstream state is created with the approval and never without
   * one (P-58). Repeating it within a minute from the same browser is the same departure.
   */
  approve(ticket: string, browser: string): Promise<Outcome<Departure>>;
  deny(ticket: string): Promise<Outcome<{ grantId: string; request: AuthorizationRequest }>>;
  /** Consumes the downstream state, once; a wrong cookie or profile is refused without consuming it. */
  arrive(state: string, proof: { cookie: string | null; gatewayId: string }): Promise<Outcome<Arrival>>;
  /** Stores who came back with which tokens, and mints the authorization code. */
  identify(
    grantId: string,
    found: { identity: Identity; tokens: DownstreamTokens; lifetimes: Lifetimes },
  ): Promise<Outcome<{ code: string }>>;
  /** Ends an attempt that did not succeed. */
  fail(grantId: string, reason: ReasonCode): Promise<void>;
  /** Exactly once (P-65): a replay with valid proof ends the grant, an invalid one changes nothing. */
  redeem(code: string, proof: CodeProof): Promise<Outcome<{ grant: IssuedGrant }>>;
  /**
   * Who came back, for the account page's own code, exactly once and with the same proofs: the attempt ends with it and
   * what is kept of the provider's tokens is forgotten. Never a code of any other client, and `redeem` never one of this.
   */
  recognize(code: string, proof: CodeProof): Promise<Outcome<{ recognized: Recognized }>>;
  /** Rotation (P-71): the previous token within 60 s gets the same successor, anything older ends the family. */
  refresh(token: string, proof: RefreshProof, profile: GatewayProfile | null): Promise<Outcome<{ grant: IssuedGrant }>>;
  /** A call was refused for missing scopes: one refresh that follows within a minute is answered invalid_grant. */
  noteStepUp(grantId: string): Promise<void>;
  /** A downstream credential that is valid now; single flight with refresh. */
  credential(grantId: string, profile: GatewayProfile): Promise<Outcome<{ credential: Credential }>>;
  /** By a refresh token and its client (RFC 7009 §2.1); unknown tokens are not an error. */
  revokeByToken(
    token: string,
    proof: ClientProof & { slug: string | null },
    profile: GatewayProfile | null,
  ): Promise<Outcome<{ grantId: string | null }>>;
  /** By the client of an access token, which must prove itself as at a refresh. Idempotent. */
  revokeByClient(
    grantId: string,
    proof: ClientProof,
    profile: GatewayProfile | null,
  ): Promise<Outcome<{ provider: ProviderRevocation }>>;
  /** By an operator or by the person. Idempotent. */
  revoke(
    grantId: string,
    reason: ReasonCode,
    profile: GatewayProfile | null,
  ): Promise<{ provider: ProviderRevocation }>;
}
