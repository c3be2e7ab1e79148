// A profile of nothing but an issuer, for what discovery finds of one that is no tenant's provider.
import type { GatewayProfile } from "../oauth/profile.ts";

export function bareProfile(issuer: string): GatewayProfile {
  return {
    ...{ id: "bare", name: "bare", providerType: "manual", authorizationServerUrl: issuer, metadataUrl: null },
    ...{ authorizationEndpoint: null, tokenEndpoint: null, jwksUri: null, issuer: null, pinnedIssuer: null },
    ...{ clientId: null, clientSecretsSealed: [], tokenEndpointAuthMethod: null },
    ...{ resource: null, resourceParameter: null, scopes: [] },
    ...{ subjectClaim: null, workspaceClaim: null, emailClaim: null },
    ...{ accessTokenTtl: 0, grantIdleTtl: 0, grantMaxTtl: 0 },
    clientPolicy: { dynamicRegistration: false, metadataDocuments: false, allowedRedirectHosts: [], preregistered: [] },
    ...{ acceptedClientIds: [], allowedTenants: [], tokenIssuers: [], enterpriseIssuers: [] },
  };
}
