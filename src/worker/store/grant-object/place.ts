// Says of a refused handle which attempt it belongs to, so that the refusal is found where the attempt is looked for.
import type { AttemptPlace, Outcome } from "../promises/grants.ts";
import type { GrantRecord } from "./record.ts";

/** A handle that was not genuine belongs to nobody. */
export function placed<T>(outcome: Outcome<T>, record: GrantRecord | null): Outcome<T> {
  if (outcome.ok || !record || outcome.reason === "attempt_unknown" || outcome.reason === "state_unknown") {
    return outcome;
  }
  return { ...outcome, of: placeOf(record) };
}

export function placeOf({ grantId, request }: Pick<GrantRecord, "grantId" | "request">): AttemptPlace {
  const { organizationId, gatewayId, slug, client } = request;
  return {
    ...{ attempt: grantId, organization: organizationId, gateway: gatewayId, server: slug },
    ...{ client: client.id, clientName: client.name },
  };
}
