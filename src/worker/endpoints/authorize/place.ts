// Where an attempt belongs, as its log lines say.
import type { AttemptPlace, AuthorizationRequest } from "../../store/promises/grants.ts";

export function placeOf(attempt: string, request: AuthorizationRequest): AttemptPlace {
  const { organizationId: organization, gatewayId: gateway, slug: server, client } = request;
  return { attempt, organization, gateway, server, client: client.id, clientName: client.name };
}
