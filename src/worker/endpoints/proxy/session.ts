// Session ids bound to the caller they were given to, without storage (P-114): the proof travels in the id.
import { joinSession, sessionOwner, splitSession } from "../../oauth/session-id.ts";
import type { AdmittedCall } from "./call.ts";
import type { Passage } from "./policy.ts";
import { refused } from "./refusal.ts";

/** JSON-RPC's number for a session that is not there, as servers of the SDK send it. */
const sessionNotFound = -32001;

/**
 * The runtime's own session id behind the one that the client sent. Throws 404, which tells a client to initialize
 * again, for a session of somebody else and for one of another server.
 */
export async function provenSession(
  call: AdmittedCall,
  presented: string,
  { id }: Pick<Passage, "id">,
): Promise<string> {
  const halves = splitSession(presented);
  if (halves !== null) {
    const owner = sessionOwner(call.snapshot.id, call.caller.subject, halves.sessionId);
    if (await call.visit.context.sealer.verifyMac("session-binding", owner, halves.proof)) return halves.sessionId;
  }
  throw refused(call, 404, "session_not_yours", {}, { code: sessionNotFound, id });
}

/** The id as the client will see it. */
export async function boundSession(call: AdmittedCall, sessionId: string): Promise<string> {
  const owner = sessionOwner(call.snapshot.id, call.caller.subject, sessionId);
  return joinSession(sessionId, await call.visit.context.sealer.mac("session-binding", owner));
}
