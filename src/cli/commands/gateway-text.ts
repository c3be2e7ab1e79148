// A gateway profile as a person reads it, under the names of its REST fields.
import type { GatewayView } from "../../contract/management/gateways.ts";
import { lasting, when, words } from "../shown.ts";
import { pairs } from "../text.ts";

const slugs = (one: GatewayView) => words(one.servers.map((server) => server.slug));

export const gatewayColumns = [
  { head: "id", cell: (one: GatewayView) => one.id },
  { head: "name", cell: (one: GatewayView) => one.name },
  { head: "provider", cell: (one: GatewayView) => one.providerType },
  { head: "servers", cell: slugs },
  { head: "issuer", cell: (one: GatewayView) => one.pinnedIssuer ?? one.authorizationServerUrl },
];

export const gatewayText = (one: GatewayView): string =>
  pairs([
    ["id", one.id],
    ["name", one.name],
    ["providerType", one.providerType],
    ["callbackUrl", one.callbackUrl],
    ["authorizationServerUrl", one.authorizationServerUrl],
    ["metadataUrl", one.metadataUrl],
    ["authorizationEndpoint", one.authorizationEndpoint],
    ["tokenEndpoint", one.tokenEndpoint],
    ["registrationEndpoint", one.registrationEndpoint],
    ["jwksUri", one.jwksUri],
    ["issuer", one.issuer],
    ["pinnedIssuer", one.pinnedIssuer ?? "not found yet"],
    ["clientId", one.clientId],
    ["clientSecret", secret(one)],
    ["tokenEndpointAuthMethod", one.tokenEndpointAuthMethod],
    ["resource", one.resource],
    ["resourceParameter", one.resourceParameter],
    ["scopes", words(one.scopes)],
    ["subjectClaim", one.subjectClaim],
    ["workspaceClaim", one.workspaceClaim],
    ["emailClaim", one.emailClaim],
    ["accessTokenTtl", lasting(one.accessTokenTtl)],
    ["grantIdleTtl", lasting(one.grantIdleTtl)],
    ["grantMaxTtl", lasting(one.grantMaxTtl)],
    ["clientPolicy", policy(one)],
    ["allowedTenants", words(one.allowedTenants)],
    ["acceptedClientIds", words(one.acceptedClientIds)],
    ["tokenIssuers", words(one.tokenIssuers.map(({ issuer }) => issuer))],
    ["enterpriseIssuers", words(one.enterpriseIssuers.map(({ issuer }) => issuer))],
    ["servers", slugs(one) ?? "none attached"],
    ["created", when(one.createdAt)],
    ["updated", when(one.updatedAt)],
  ]);

function secret({ hasClientSecret, hasPreviousClientSecret }: GatewayView): string | null {
  if (!hasClientSecret) return null;
  return hasPreviousClientSecret ? "set, and the one before it still works" : "set";
}

function policy({ clientPolicy }: GatewayView): string {
  const { dynamicRegistration, metadataDocuments, advertiseIss, preregistered } = clientPolicy;
  const { allowedRedirectHosts, allowedRedirectSchemes } = clientPolicy;
  const parts = [
    `registration ${dynamicRegistration ? "on" : "off"}`,
    `metadata documents ${metadataDocuments ? "on" : "off"}`,
    ...(advertiseIss ? [] : ["iss not advertised"]),
    ...(allowedRedirectHosts.length > 0 ? [`only back to ${allowedRedirectHosts.join(" ")}`] : []),
    ...(allowedRedirectSchemes.length > 0 ? [`also back to ${allowedRedirectSchemes.join(" ")}`] : []),
    ...(preregistered.length > 0 ? [`pre-registered ${preregistered.map((one) => one.clientId).join(" ")}`] : []),
  ];
  return parts.join(", ");
}
