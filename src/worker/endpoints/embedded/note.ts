// What the log keeps of an exchange: who asked and what came of it, never a token, and no names on a mismatch.

import type { GatewayEvent } from "../../../contract/events.ts";
import { sha256 } from "../../oauth/digest.ts";
import { Refusal } from "../../oauth/errors.ts";
import { printable } from "../../oauth/params.ts";
import type { LinkedAgent } from "../../store/promises/snapshot.ts";
import type { ServerVisit } from "../context.ts";

/** What is known so far of who asks. */
export interface Known {
  origin: string | null;
  session?: string | null;
  agent?: LinkedAgent;
  user?: string;
}

export function noteSuccess(known: Known, visit: ServerVisit): void {
  visit.context.record({ ...line(known, visit), outcome: "ok" });
}

/** Anything but a refusal is the gateway's own failure, which the door notes. */
export async function noteRefusal(error: unknown, known: Known, visit: ServerVisit): Promise<void> {
  if (!(error instanceof Refusal)) return;
  const { reason, detail } = error;
  const hides = reason === "user_identity_mismatch";
  const shown = async (value: string) => (hides ? `sha256:${(await sha256(value)).slice(0, 16)}` : value);
  visit.context.record({
    ...line(known, visit),
    outcome: "refused",
    reason,
    ...(detail.field && { field: detail.field }),
    ...(detail.expected && { expected: await shown(detail.expected) }),
    ...(detail.seen && { seen: await shown(detail.seen) }),
    ...(detail.diagnosis && { diagnosis: detail.diagnosis }),
  });
}

function line(
  { origin, session, agent, user }: Known,
  { requestId, server }: ServerVisit,
): Omit<GatewayEvent, "outcome"> {
  const { slug, organizationId, gateway } = server.snapshot;
  return {
    event: "exchange",
    channel: "embedded",
    requestId,
    organization: organizationId,
    server: slug,
    ...(gateway && { gateway: gateway.id }),
    ...(agent && { agent: agent.id, client: agent.id, clientName: agent.name }),
    ...(user && { user }),
    ...(origin && { origin: printable(origin) }),
    ...(session && { session }),
  };
}
