// An operator's change in the log of each gateway that it concerns: beside what it may have broken, not only in the audit.
import type { GatewayEvent } from "../../contract/events.ts";
import type { AuditEntry } from "../store/promises/operators.ts";
import type { Actor } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";

/** @param gateways ids; null for a server without one */
export function noteChange(
  { logs }: Pick<AdminDependencies, "logs">,
  actor: Actor,
  entry: AuditEntry,
  gateways: readonly (string | null)[],
  more: Partial<GatewayEvent> = {},
): void {
  for (const gateway of new Set(gateways)) {
    if (gateway === null) continue;
    logs.record({
      ...{ event: "change", outcome: "ok", requestId: actor.requestId ?? entry.id },
      ...{ organization: entry.organizationId, gateway, seen: `${entry.action} by ${actor.id}` },
      ...(entry.fields.length > 0 && { field: entry.fields.join(", ") }),
      ...more,
    });
  }
}

/** Publishes the servers that a change of an agent touches, and notes it in the logs of their gateways. */
export async function announce(
  parts: Pick<AdminDependencies, "logs" | "publish" | "servers">,
  actor: Actor,
  entry: AuditEntry,
  slugs: string[],
): Promise<void> {
  await parts.publish(slugs);
  const [agent = ""] = entry.target.split("/");
  for (const slug of slugs) {
    const server = await parts.servers.find(entry.organizationId, slug);
    noteChange(parts, actor, entry, [server?.gatewayId ?? null], { agent, server: slug });
  }
}
