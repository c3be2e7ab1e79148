// The headers that an operator configured for every call of a server, opened once per isolate and hour.
import type { SharedCall, UpstreamHeaders } from "./call.ts";
import { refused } from "./refusal.ts";

/** Seconds. */
const remembered = 3600;

/** Throws a ProxyError when this deployment cannot open them. */
export async function staticHeaders(call: SharedCall): Promise<UpstreamHeaders> {
  const { memory, shared, snapshot, visit } = call;
  if (shared.sealed === null) return [];
  const now = visit.context.now();
  const known = memory.shared.get(shared.sealed, now);
  if (known !== undefined) return known;
  const text = await visit.context.sealer.open("static-headers", snapshot.id, shared.sealed).catch(() => null);
  if (text === null) throw refused(call, 500, "static_headers_unreadable", { field: "staticHeaders" });
  const headers: Record<string, string> = JSON.parse(text);
  const opened = Object.entries(headers);
  memory.shared.set(shared.sealed, opened, { weight: 4 * shared.sealed.length, until: now + remembered });
  return opened;
}
