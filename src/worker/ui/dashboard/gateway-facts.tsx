// A gateway profile's settings as a viewer reads them.
import type { Child } from "hono/jsx";
import type { GatewayView } from "../../../contract/management/gateways.ts";
import { findProviderPreset } from "../../../contract/providers.ts";
import { Codes } from "./table.tsx";

export function gatewayFacts(gateway: GatewayView): [string, Child][] {
  const { clientPolicy: policy } = gateway;
  const yes = (on: boolean) => (on ? "yes" : "no");
  return [
    ["Provider", findProviderPreset(gateway.providerType)?.name ?? gateway.providerType],
    ["Authorization server URL", gateway.authorizationServerUrl],
    ["Metadata URL", gateway.metadataUrl],
    ["Authorization endpoint", gateway.authorizationEndpoint],
    ["Token endpoint", gateway.tokenEndpoint],
    ["JWKS URI", gateway.jwksUri],
    ["Issuer", gateway.issuer],
    ["Registration endpoint", gateway.registrationEndpoint],
    ["Client ID", gateway.clientId],
    ["Client authentication", gateway.tokenEndpointAuthMethod ?? "as the provider's metadata says"],
    ["Resource or audience", gateway.resource],
    ["How the resource is asked for", gateway.resourceParameter ?? "as the preset says"],
    ["Scopes", <Codes values={gateway.scopes} />],
    ["Subject claim", gateway.subjectClaim ?? "as the preset says"],
    ["Workspace claim", gateway.workspaceClaim ?? "as the preset says"],
    ["E-mail claim", gateway.emailClaim ?? "as the preset says"],
    ["Access token lifetime", `${gateway.accessTokenTtl} s`],
    ["Grant ends when unused for", `${gateway.grantIdleTtl} s`],
    ["Grant ends after", `${gateway.grantMaxTtl} s`],
    ["Clients may register themselves", yes(policy.dynamicRegistration)],
    ["Clients may be a metadata document", yes(policy.metadataDocuments)],
    ["Metadata says that answers carry iss", yes(policy.advertiseIss)],
    ["Allowed redirect hosts", policy.allowedRedirectHosts.join(" ") || "any"],
    ["Allowed private redirect schemes", policy.allowedRedirectSchemes.join(" ") || "none"],
    ["Allowed tenants", gateway.allowedTenants.join(" ") || "any"],
    ["Accepted client IDs", <Codes values={gateway.acceptedClientIds} />],
    ["Further token issuers", <Codes values={gateway.tokenIssuers.map(({ issuer }) => issuer)} />],
    ["Enterprise issuers", <Codes values={gateway.enterpriseIssuers.map(({ issuer }) => issuer)} />],
  ];
}
