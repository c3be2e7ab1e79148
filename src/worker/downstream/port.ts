// The gateway as a client of others: what the rooms and the grant's object may ask of a provider.
import type { DiagnosisId } from "../../contract/diagnoses.ts";
import type { DownstreamTokens, Identity, ProviderRevocation, Renewal } from "../oauth/downstream.ts";
import type { IdJag, IdJagExpectation } from "../oauth/id-jag.ts";
import type { GatewayProfile } from "../oauth/profile.ts";

export interface Connector {
  /**
   * The provider's authorization URL: discovery, preset parameters, the gateway's own PKCE challenge (P-79), nonce.
   * Throws a DownstreamError when the profile or the provider's metadata does not allow it.
   */
  authorizationUrl(profile: GatewayProfile, request: DepartureRequest): Promise<string>;
  /**
   * The provider's answer at the callback: `iss` checked before the code is sent (P-80), code exchanged, ID token and
   * access token verified (P-82), identity derived. `notes` is what may be amiss although the person is in.
   * Throws a DownstreamError.
   */
  arrive(
    profile: GatewayProfile,
    request: ArrivalRequest,
  ): Promise<{ identity: Identity; tokens: DownstreamTokens; notes?: DiagnosisId[] }>;
  /** Never throws: a failure is an outcome. `scope` and `workspace` are the grant's, kept when the answer has none. */
  renew(
    profile: GatewayProfile,
    grant: { refreshToken: string; scope: string[]; workspace: string | null },
  ): Promise<Renewal>;
  /** RFC 7009, or the preset's own way. Never throws. */
  revoke(
    profile: GatewayProfile,
    tokens: { refreshToken: string | null; accessToken: string },
  ): Promise<ProviderRevocation>;
  /**
   * The app's own token at the embedded door: kind, algorithm, issuer, signature, audience, times (P-88), and the
   * person it stands for. Throws a DownstreamError with a reason for each.
   */
  appToken(profile: GatewayProfile, request: AppTokenRequest): Promise<AppToken>;
  /**
   * An enterprise's identity assertion (ID-JAG) at the token endpoint: everything about it but whether it was used
   * before (P-94). Throws a DownstreamError with a reason for each.
   */
  identityAssertion(profile: GatewayProfile, request: IdentityAssertionRequest): Promise<IdentityAssertion>;
  /** The issuer that the provider's metadata names, for pinning when a profile is saved. Throws a DownstreamError. */
  discoverIssuer(profile: GatewayProfile): Promise<string>;
}

export interface DepartureRequest {
  organizationId: string;
  state: string;
  nonce: string;
  codeVerifier: string;
  /** MCP-facing scopes; the connector adds the profile's own (openid …) and what the preset needs. */
  scope: string[];
  /** Only to learn who somebody is: access that outlasts their visit is not asked for. */
  identityOnly?: boolean;
}

export interface ArrivalRequest {
  organizationId: string;
  /** The callback's query parameters, already checked for duplicates. */
  parameters: URLSearchParams;
  state: string;
  nonce: string;
  codeVerifier: string;
  scope: string[];
}

export interface AppTokenRequest {
  organizationId: string;
  token: string;
  /** Whether a page's origin is one of the agent's, for tokens that are bound to nothing else. */
  acceptsOrigin(origin: string): boolean;
  /** Asked before the provider is asked about an unknown opaque token. */
  mayAsk(): Promise<boolean>;
}

export interface IdentityAssertionRequest extends Pick<IdJagExpectation, "audience" | "clientId" | "resource"> {
  organizationId: string;
  /** The ID-JAG. */
  token: string;
}

export interface IdentityAssertion {
  identity: Identity;
  idJag: IdJag;
}

export interface AppToken {
  identity: Identity;
  /** The token's `sub` as it stands, where the identity is made of other claims. */
  subject: string | null;
  /** Null when the token does not say. */
  scope: string[] | null;
  /** Epoch seconds. */
  expiresAt: number;
}
