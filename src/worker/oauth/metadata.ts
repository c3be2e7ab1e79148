// The documents a server publishes, as pure values (RFC 9728, RFC 8414).
import type { AuthorizationServerMetadata, ProtectedResourceMetadata } from "../../contract/oauth.ts";
import { idJagProfile, jwtBearer } from "./grant-profile.ts";
import type { GatewayProfile } from "./profile.ts";
import { allScopes, isOfResource } from "./scope.ts";
import { trustedAlgorithms } from "./signing-algorithms.ts";

export interface PublishedServer {
  name: string;
  issuer: string;
  /** The MCP URL as asked: with or without the trailing slash (P-4: clients demand the exact string). */
  resource: string;
  endpoints: string;
  scopes: string[];
  tools: { scopes: string[] }[];
  profile: Pick<GatewayProfile, "clientPolicy">;
  /** Identity assertions are taken; whose is nobody's business (ID-JAG, Metadata Disclosure). */
  enterprise: boolean;
}

/** `openid` and `offline_access` never appear among the scopes of a resource (P-7). */
export function resourceScopes(scopes: readonly string[]): string[] {
  return scopes.filter(isOfResource);
}

export function protectedResourceMetadata(server: PublishedServer): ProtectedResourceMetadata {
  return {
    resource: server.resource,
    authorization_servers: [server.issuer],
    scopes_supported: resourceScopes(server.scopes),
    bearer_methods_supported: ["header"],
    resource_name: server.name,
  };
}

export function authorizationServerMetadata(server: PublishedServer): AuthorizationServerMetadata {
  const authMethods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
  return {
    issuer: server.issuer,
    authorization_endpoint: `${server.endpoints}/authorize`,
    token_endpoint: `${server.endpoints}/token`,
    revocation_endpoint: `${server.endpoints}/revoke`,
    ...(server.profile.clientPolicy.dynamicRegistration && { registration_endpoint: `${server.endpoints}/register` }),
    // Every scope that a person may be asked for; clients that ignore the resource document ask for all of these.
    scopes_supported: resourceScopes(allScopes(server)),
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token", ...(server.enterprise ? [jwtBearer] : [])],
    ...(server.enterprise && { authorization_grant_profiles_supported: [idJagProfile] }),
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: authMethods,
    // RFC 8414 §2 wants the algorithms where private_key_jwt is offered.
    token_endpoint_auth_signing_alg_values_supported: [...trustedAlgorithms],
    revocation_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_signing_alg_values_supported: [...trustedAlgorithms],
    // RFC 9207 §3. Hidden only where clients drop a correct `iss` and then refuse the answer for lacking it.
    ...((server.profile.clientPolicy.advertiseIss ?? true) && { authorization_response_iss_parameter_supported: true }),
    client_id_metadata_document_supported: server.profile.clientPolicy.metadataDocuments,
    protected_resources: [server.resource],
  };
}
