// Headers that repeat the body (P-100): they may save a router from parsing, and they must not say anything else.
import type { ReasonCode } from "../../contract/events.ts";
import type { Message } from "./envelope.ts";

export interface MirroredHeaders {
  /** MCP-Protocol-Version, Mcp-Method and Mcp-Name as received; null when absent. */
  protocolVersion: string | null;
  method: string | null;
  name: string | null;
}

export interface HeaderFault {
  reason: ReasonCode;
  rpcCode: -32020 | -32600;
  expected: string;
  field: string;
}

/** The first revision whose requests mirror their body in headers. */
const mirroredSince = "2026-07-28";
/** The only revision with batches; a request that names no revision counts as one of it (P-115). */
const batchRevision = "2025-03-26";

/** Which member of params Mcp-Name repeats. */
const nameSource: ReadonlyMap<string, "name" | "uri" | "taskId"> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

/** The first way in which headers and body disagree, or null. A batch agrees with no header but its revision's. */
export function headerFault(
  headers: MirroredHeaders,
  batch: boolean,
  messages: readonly Message[],
): HeaderFault | null {
  const version = headers.protocolVersion;
  if (version?.includes(",")) return mismatch("MCP-Protocol-Version", "one protocol version");
  if (batch) {
    const allowed = (version ?? batchRevision) === batchRevision && messages.every((m) => m.protocolVersion === null);
    if (!allowed) return { reason: "batch_refused", rpcCode: -32600, expected: "one message", field: "body" };
    if (headers.method !== null || headers.name !== null) return mismatch("Mcp-Method", "no such header on a batch");
    return null;
  }
  const [message] = messages;
  return message === undefined ? null : messageFault(headers, message);
}

function messageFault(headers: MirroredHeaders, message: Message): HeaderFault | null {
  const { protocolVersion, method } = headers;
  const revision = protocolVersion ?? message.protocolVersion;
  const mirrored = message.kind === "request" && revision !== null && isDated(revision) && revision >= mirroredSince;
  if (message.protocolVersion !== null && (mirrored || protocolVersion !== null)) {
    if (message.protocolVersion !== protocolVersion) return mismatch("MCP-Protocol-Version", "the version in _meta");
  }
  if (method === null ? mirrored : method !== message.method) return mismatch("Mcp-Method", "the body's method");
  return nameFault(headers.name, message, mirrored);
}

function nameFault(header: string | null, message: Message, mirrored: boolean): HeaderFault | null {
  const source = nameSource.get(message.method ?? "");
  if (source === undefined) return null;
  const value = message[source];
  if (header === null) return mirrored && value !== null ? mismatch("Mcp-Name", `params.${source}`) : null;
  return decodeHeader(header) === value ? null : mismatch("Mcp-Name", `params.${source}`);
}

function mismatch(field: string, expected: string): HeaderFault {
  return { reason: "header_mismatch", rpcCode: -32020, expected, field };
}

function isDated(version: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(version);
}

/** A value that does not fit a header travels as `=?base64?…?=` (SEP-2243); undefined when that is broken. */
export function decodeHeader(value: string): string | undefined {
  const wrapped = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value);
  if (!wrapped) return value.startsWith("=?base64?") ? undefined : value;
  try {
    const bytes = Uint8Array.from(atob(wrapped[1] ?? ""), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
