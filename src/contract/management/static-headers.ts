// The headers that a static headers server's every call carries to its runtime, and the names that are not an operator's.
import * as z from "zod";

/**
 * Refused when saved, because a fixed value would be wrong for most calls: the connection's own (RFC 9110 §7.6.1), what
 * names the target or describes a body that was judged as it came, and what client and runtime settle between them.
 */
const reserved = new Set([
  ...["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect"],
  ...["host", "content-length", "content-type", "content-encoding", "accept", "accept-encoding", "last-event-id"],
]);
const reservedPrefixes = ["proxy-", "mcp-", "x-mcpstack-", "cf-"];

/** RFC 9110 §5.1 and §5.5: a field name, and a value without line breaks. */
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const fieldValue = z
  .string()
  .max(8192)
  .regex(/^[\x20-\x7E]*$/, "must be one line of printable ASCII");

const mostHeaders = 50;
/** Characters of all names and values: runtimes refuse requests whose headers are much larger. */
const mostCharacters = 16_384;

export const staticHeaders = z.record(z.string(), fieldValue).superRefine((headers, context) => {
  const seen = new Set<string>();
  for (const name of Object.keys(headers)) {
    const message = nameFault(name, seen);
    if (message !== null) context.addIssue({ code: "custom", path: [name], message });
    seen.add(name.toLowerCase());
  }
  const characters = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (seen.size <= mostHeaders && characters <= mostCharacters) return;
  const message = `must be ${mostHeaders} headers and ${mostCharacters} characters at most`;
  context.addIssue({ code: "custom", message });
});

function nameFault(name: string, seen: ReadonlySet<string>): string | null {
  const lower = name.toLowerCase();
  if (!fieldName.test(name)) return "must be a header name";
  if (seen.has(lower)) return "is there twice, in another case; header names have none";
  if (!reserved.has(lower) && !reservedPrefixes.some((prefix) => lower.startsWith(prefix))) return null;
  return "is set by the connection, the client or the gateway for each call; leave it out";
}
