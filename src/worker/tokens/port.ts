// What the rooms and stores are handed of keys: sealing at rest, access tokens, assertions for runtimes, hashes.

export type SealPurpose =
  | "client-secret"
  | "static-headers"
  | "signing-key"
  | "grant"
  | "departure"
  | "successor"
  | "access-token"
  | "consent-cookie"
  | "consent-form"
  | "session-binding"
  | "endpoint-binding"
  | "account-session"
  | "account-form"
  | "account-departure"
  | "dashboard-session"
  | "dashboard-form"
  | "dashboard-departure"
  | "connect-departure"
  | "connect-arrival";

/** AES-GCM at rest. The record's id and the purpose are associated data: a sealed value fits nowhere else. */
export interface Sealer {
  seal(purpose: SealPurpose, record: string, plaintext: string): Promise<string>;
  /** Throws when the value was made for another record, changed, or sealed under a key this deployment lacks. */
  open(purpose: SealPurpose, record: string, sealed: string): Promise<string>;
  /** What values sealed under a former master key start with; empty while no former key is set. */
  formerMarks(): Promise<string[]>;
  /** HMAC-SHA-256, base64url, under a key derived for this purpose from the first master key. */
  mac(purpose: SealPurpose, message: string): Promise<string>;
  /** True if any master key made this MAC; constant time. */
  verifyMac(purpose: SealPurpose, message: string, mac: string): Promise<boolean>;
}

/** The claims of an MCP-facing access token. Times are epoch seconds. */
export interface AccessTokenClaims {
  iss: string;
  /** The MCP URL of one server. */
  aud: string;
  /** `usr_…` */
  sub: string;
  org: string;
  /** The grant; only a token of the external door has one. */
  gid?: string | undefined;
  /** Client (or agent) and its name. */
  cid: string;
  cn?: string | undefined;
  /** The user's workspace at the provider. */
  ws?: string | undefined;
  /** Who vouched for the user, where no sign-in did: an enterprise issuer of the profile, and its tenant. */
  by?: { i: string; t?: string | undefined } | undefined;
  scope: string;
  ch: "oauth" | "embedded" | "enterprise";
  iat: number;
  exp: number;
  jti: string;
  /** The server's epoch when the token was issued. */
  ep: number;
  /** The downstream credential and its own expiry (null: none named); absent when it did not fit. */
  ds?: { t: string; x: number | null } | undefined;
}

export interface AccessTokens {
  /** A compact JWE (dir, A256GCM), 12 KB at most: a credential that does not fit is left out. */
  seal(claims: AccessTokenClaims): Promise<string>;
  /** The same with the credential for certain; null where it does not fit. */
  sealWhole(claims: AccessTokenClaims): Promise<string | null>;
  /** The claims, or null for anything this deployment did not seal. Times and audience are the caller's to judge. */
  open(token: string): Promise<AccessTokenClaims | null>;
}

/** Who is calling, for the runtime (P-109). */
export interface AssertionSubject {
  audience: string;
  /** `usr_…`, or at a static headers server the id of the caller's API token (`tok_…`): nobody knows a person there. */
  userId: string;
  organizationId: string;
  serverId: string;
  gatewayId: string;
  clientId: string;
  clientName: string | null;
  workspace: string | null;
  scope: string;
  channel: "oauth" | "embedded" | "enterprise" | "static";
  grantId: string | null;
}

export interface Assertions {
  /**
   * An ES256 JWT (`typ: mcpstack-assertion+jwt`), 5 minutes, signed with the snapshot's key; a promise only when a new
   * one must be made. The same subject object stands for the same subject: it must not be changed.
   */
  sign(
    key: { kid: string; privateJwkSealed: string },
    subject: AssertionSubject,
    now: number,
  ): string | Promise<string>;
}

/** A fresh signing key: the public half as published, the private half sealed under its kid. */
export interface NewSigningKey {
  kid: string;
  publicJwk: string;
  privateJwkSealed: string;
}
