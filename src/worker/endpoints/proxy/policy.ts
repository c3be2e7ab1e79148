// What is asked for, and whether this caller may: decided from the body, never from a header (P-101).
import { type Envelope, type Message, readEnvelope } from "../../oauth/envelope.ts";
import { headerFault } from "../../oauth/mirrored-headers.ts";
import { missingScopes, neededScopes } from "../../oauth/tool-scopes.ts";
import type { AdmittedCall, Call } from "./call.ts";
import { insufficientScope, refused } from "./refusal.ts";

/** What goes on to the runtime, and what the log says about it. */
export interface Passage {
  /** The client's own bytes, unchanged; null for anything but POST. */
  body: Uint8Array<ArrayBuffer> | null;
  messages: Message[];
  /** Of the one request that an error would answer; null where there is none, or a batch of them (JSON-RPC 2.0 §5). */
  id: Message["id"];
  /** The JSON-RPC method, `batch`, `response`, or the HTTP method when there is no body. */
  label: string;
  tool: string | null;
}

const methods = ["GET", "HEAD", "POST", "DELETE"];

/** Reads the request once. Throws a ProxyError for what cannot be understood in one way only. */
export async function readPassage(call: Call): Promise<Passage> {
  const { method, headers } = call.request;
  if (!methods.includes(method)) {
    throw refused(call, 405, "method_not_allowed", { headers: { Allow: [...methods, "OPTIONS"].join(", ") } });
  }
  if (method !== "POST") return { body: null, messages: [], id: null, label: method, tool: null };

  requireJson(call);
  const body = await readBody(call);
  const envelope = parse(body);
  if (!envelope.ok) {
    throw refused(
      call,
      400,
      "malformed_request",
      { expected: envelope.expected },
      { code: envelope.rpcCode, id: null },
    );
  }
  const id = envelope.batch ? null : (envelope.messages[0]?.id ?? null);
  const mirrored = {
    protocolVersion: headers.get("mcp-protocol-version"),
    method: headers.get("mcp-method"),
    name: headers.get("mcp-name"),
  };
  const fault = headerFault(mirrored, envelope.batch, envelope.messages);
  if (fault !== null) {
    const { expected, field, reason, rpcCode: code } = fault;
    throw refused(call, 400, reason, { expected, field }, { code, id });
  }
  return { body, messages: envelope.messages, id, ...described(envelope) };
}

/** Every tool that any message calls must be covered by the granted scopes. Throws the 403 challenge. */
export function authorize(call: AdmittedCall, { messages }: Passage): void {
  const called: string[] = [];
  for (const message of messages) {
    if (message.method !== "tools/call") continue;
    if (message.name === null) {
      throw refused(call, 400, "malformed_request", { expected: "params.name" }, { code: -32600, id: message.id });
    }
    called.push(message.name);
  }
  const needed = neededScopes(call.snapshot.tools, called);
  if (needed.length === 0) return;
  const { grantId, scope } = call.caller;
  const granted = scope.split(" ");
  if (missingScopes(granted, needed, call.snapshot.broaderScopes).length === 0) return;
  const { context, background } = call.visit;
  if (grantId !== null) background(context.grants.noteStepUp(grantId).catch(() => undefined));
  throw insufficientScope(call, needed);
}

const json = /^\s*application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

/** Another charset or a compressed body would let the runtime read something else than was judged here. */
function requireJson(call: Call): void {
  const { headers } = call.request;
  const encoding = headers.get("content-encoding") ?? "identity";
  if (!json.test(headers.get("content-type") ?? "")) {
    throw refused(call, 415, "unsupported_media_type", { expected: "application/json", field: "Content-Type" });
  }
  if (encoding.toLowerCase() !== "identity") {
    throw refused(call, 415, "unsupported_media_type", { expected: "identity", field: "Content-Encoding" });
  }
}

async function readBody(call: Call): Promise<Uint8Array<ArrayBuffer>> {
  const limit = call.limits.bodyBytes;
  const tooLarge = () => refused(call, 413, "request_too_large", { expected: `at most ${limit} bytes` });
  const { body, headers } = call.request;
  const declared = headers.get("content-length");
  if (Number(declared ?? 0) > limit) throw tooLarge();
  if (body === null) return new Uint8Array();
  // A body of a declared length is read at once, at a third of what a loop over its chunks costs. It ends where its
  // header says, unless it comes in chunks all the same (RFC 9112 §6.3).
  if (declared !== null && !headers.has("transfer-encoding")) {
    const whole = new Uint8Array(await call.request.arrayBuffer());
    if (whole.byteLength > limit) throw tooLarge();
    return whole;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** A byte order mark is kept, and is then not JSON: some parsers take it, others do not. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parse(body: Uint8Array): Envelope {
  try {
    return readEnvelope(utf8.decode(body));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { ok: false, rpcCode: -32700, expected: "a body of JSON in UTF-8" };
  }
}

function described({ batch, messages }: { batch: boolean; messages: Message[] }): {
  label: string;
  tool: string | null;
} {
  const calls = messages.filter((message) => message.method === "tools/call");
  const label = batch ? "batch" : (messages[0]?.method ?? "response");
  return { label: printable(label), tool: calls.length === 1 ? printable(calls[0]?.name ?? "") : null };
}

/** What a client wrote goes to the log as a short line. */
function printable(text: string): string {
  return text.slice(0, 128).replaceAll(/[^\x20-\x7e]/g, "?");
}
