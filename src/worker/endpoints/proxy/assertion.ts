// Who is calling, as the runtime is told: one statement for each caller and state of the server.
import type { ServerSnapshot } from "../../store/promises/snapshot.ts";
import type { AssertionSubject } from "../../tokens/port.ts";
import type { AdmittedCall } from "./call.ts";

/** The same object for the same caller and copy of the snapshot: it is known again without being read. */
const subjects = new WeakMap<object, { snapshot: ServerSnapshot; subject: AssertionSubject }>();

/** The signed assertion; a promise only when one must be made. */
export function assertionOf(call: AdmittedCall): string | Promise<string> {
  const { context } = call.visit;
  return context.assertions.sign(call.snapshot.signingKey, subjectOf(call), context.now());
}

function subjectOf({ caller, snapshot, visit }: AdmittedCall): AssertionSubject {
  const known = subjects.get(caller);
  if (known?.snapshot === snapshot) return known.subject;
  const subject: AssertionSubject = {
    audience: visit.server.resource,
    userId: caller.subject,
    organizationId: snapshot.organizationId,
    serverId: snapshot.id,
    gatewayId: snapshot.gateway?.id ?? "",
    clientId: caller.clientId,
    clientName: caller.clientName,
    workspace: caller.workspace,
    scope: caller.scope,
    channel: caller.channel,
    grantId: caller.grantId,
  };
  subjects.set(caller, { snapshot, subject });
  return subject;
}
