// The headers that an operator configured for every call of a server, opened once per isolate and hour.
import type { HeaderFields } from "../../oauth/forward-headers.ts";
import type { SharedCall } from "./call.ts";
import { refused } from "./refusal.ts";

/** Seconds. */
const remembered = 3600;

/** Throws a ProxyError when this deployment cannot open them. */
export function staticHeaders(call: SharedCall): HeaderFields | Promise<HeaderFields> {
  const { sealed } = call.shared;
  if (sealed === null) return {};
  return call.memory.shared.get(sealed, call.visit.context.now()) ?? opened(call, sealed);
}

async function opened(call: SharedCall, sealed: string): Promise<HeaderFields> {
  const { context } = call.visit;
  const text = await context.sealer.open("static-headers", call.snapshot.id, sealed).catch(() => null);
  if (text === null) throw refused(call, 500, "static_headers_unreadable", { field: "staticHeaders" });
  const configured: Record<string, string> = JSON.parse(text);
  const headers = Object.fromEntries(Object.entries(configured).map(([name, value]) => [name.toLowerCase(), value]));
  call.memory.shared.set(sealed, headers, { weight: 4 * sealed.length, until: context.now() + remembered });
  return headers;
}
