// A gateway profile as an operator sees it: everything but the secrets.
import type { GatewayView } from "../../contract/management/gateways.ts";
import { findProviderPreset, recogniseProvider } from "../../contract/providers.ts";
import type { GatewayRecord, LinkedServer } from "../store/promises/gateways.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { isoTime } from "./trail.ts";

/** `linked` may name servers of other profiles as well. */
export function gatewayView(
  { callbackUrl }: Pick<AdminDependencies, "callbackUrl">,
  gateway: GatewayRecord,
  linked: LinkedServer[],
): GatewayView {
  const { clientSecretsSealed, clientPolicy, ...shown } = gateway;
  return {
    ...shown,
    callbackUrl: callbackUrl(gateway.id),
    hasClientSecret: clientSecretsSealed.length > 0,
    hasPreviousClientSecret: clientSecretsSealed.length > 1,
    clientPolicy: {
      ...clientPolicy,
      advertiseIss: clientPolicy.advertiseIss ?? true,
      allowedRedirectSchemes: clientPolicy.allowedRedirectSchemes ?? [],
      preregistered: clientPolicy.preregistered.map(({ secretHash, ...client }) => ({
        ...client,
        hasClientSecret: secretHash !== null,
      })),
    },
    servers: linked
      .filter((server) => server.gatewayId === gateway.id)
      .map(({ id, slug, name }) => ({ id, slug, name })),
    warnings: warningsOf(gateway),
    createdAt: isoTime(gateway.createdAt),
    updatedAt: isoTime(gateway.updatedAt),
  };
}

/** An address that is another provider's than the preset's: saved all the same, because hosts can be named anything. */
function warningsOf(gateway: GatewayRecord): GatewayView["warnings"] {
  const { authorizationServerUrl, metadataUrl, tokenEndpoint, providerType } = gateway;
  const url = authorizationServerUrl ?? metadataUrl ?? tokenEndpoint;
  const known = url === null ? null : recogniseProvider(url);
  if (known === null || known.id === providerType) return [];
  const chosen = findProviderPreset(providerType)?.name ?? providerType;
  const message = `the address looks like ${known.name}, and the preset is ${chosen}`;
  return [{ field: "providerType", message, suggested: known.id }];
}
