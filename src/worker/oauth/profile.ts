// A gateway profile as the data plane knows it: one downstream authorization server and how clients may use it.

/** A gateway profile as the data plane sees it. Times are seconds; secrets are sealed under the gateway's id. */
export interface GatewayProfile {
  id: string;
  name: string;
  providerType: string;
  authorizationServerUrl: string | null;
  metadataUrl: string | null;
  authorizationEndpoint: string | null;
  tokenEndpoint: string | null;
  jwksUri: string | null;
  issuer: string | null;
  /** The issuer that every identity of this profile is keyed under; fixed once it is known. */
  pinnedIssuer: string | null;
  clientId: string | null;
  /** Sealed with purpose `client-secret`; the newest first, the older one lives while a change is under way. */
  clientSecretsSealed: string[];
  tokenEndpointAuthMethod: "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt" | null;
  resource: string | null;
  resourceParameter: "resource" | "audience" | "none" | null;
  scopes: string[];
  subjectClaim: string | null;
  workspaceClaim: string | null;
  emailClaim: string | null;
  accessTokenTtl: number;
  grantIdleTtl: number;
  grantMaxTtl: number;
  clientPolicy: ClientPolicy;
  /** Embedded door: client ids that count as the audience where a provider's tokens carry none. */
  acceptedClientIds: string[];
  /** Embedded door: tenants whose users may come; empty means that the issuer decides. */
  allowedTenants: string[];
  /** Embedded door: further issuers of app tokens, each with its own keys. */
  tokenIssuers: { issuer: string; jwksUri: string }[];
  /** Whose identity assertions (ID-JAG) are taken at the token endpoint; empty means that none are. */
  enterpriseIssuers: EnterpriseIssuer[];
}

export interface EnterpriseIssuer {
  issuer: string;
  /** Where its keys are; its metadata says it when this does not. */
  jwksUri?: string | undefined;
  /** The tenants whose users may come; absent or empty for an issuer that has none. */
  tenants?: string[] | undefined;
}

export interface ClientPolicy {
  dynamicRegistration: boolean;
  metadataDocuments: boolean;
  /** False keeps the metadata silent about `iss`, which every answer carries all the same. Absent is true. */
  advertiseIss?: boolean;
  /** Host names that redirect URIs may have, besides loopback; empty means any. */
  allowedRedirectHosts: string[];
  /** Private-use schemes that may be used, without their colon; absent is none. */
  allowedRedirectSchemes?: string[];
  preregistered: PreregisteredClient[];
}

export interface PreregisteredClient {
  clientId: string;
  clientName: string;
  redirectUris: string[];
  /** SHA-256 of the secret, base64url; null for a public client. */
  secretHash: string | null;
}
