// A gateway profile as an operator sees it: everything but the secrets.
import type { GatewayView } from "../../contract/management/gateways.ts";
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
      preregistered: clientPolicy.preregistered.map(({ secretHash, ...client }) => ({
        ...client,
        hasClientSecret: secretHash !== null,
      })),
    },
    servers: linked
      .filter((server) => server.gatewayId === gateway.id)
      .map(({ id, slug, name }) => ({ id, slug, name })),
    createdAt: isoTime(gateway.createdAt),
    updatedAt: isoTime(gateway.updatedAt),
  };
}
