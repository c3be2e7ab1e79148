// The session id as the client sees it: the runtime's own id, followed by a proof of who it was given to (P-114).

/** What the proof is made over: a session belongs to one person at one server. */
export function sessionOwner(serverId: string, userId: string, sessionId: string): string {
  return JSON.stringify([serverId, userId, sessionId]);
}

export function joinSession(sessionId: string, proof: string): string {
  return `${sessionId}.${proof}`;
}

/** The two halves, or null when the value cannot be one of ours. The runtime's own id may contain dots. */
export function splitSession(value: string): { sessionId: string; proof: string } | null {
  const dot = value.lastIndexOf(".");
  if (dot < 1 || dot === value.length - 1 || !/^[\x21-\x7e]+$/.test(value)) return null;
  return { sessionId: value.slice(0, dot), proof: value.slice(dot + 1) };
}
