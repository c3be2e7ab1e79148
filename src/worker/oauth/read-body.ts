// Reads a bounded body: a form for OAuth endpoints, JSON for registration; the limit holds while it streams.
import { PageError, WireError } from "./errors.ts";

/** Bytes. OAuth requests of real clients stay below 8 KB. */
const largestBody = 64 * 1024;
const atMost = { expected: `${largestBody} bytes at most` };
const formType = "application/x-www-form-urlencoded";
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const lenient = new TextDecoder();

/** @throws PageError for the consent form, which a person sent */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (!isForm(request)) {
    const detail = { field: "content-type", expected: formType };
    throw new PageError(400, "invalid_request", "unsupported_media_type", detail);
  }
  const bytes = await readBounded(request);
  if (bytes === null) throw new PageError(413, "invalid_request", "request_too_large", atMost);
  return new URLSearchParams(lenient.decode(bytes));
}

/** @throws WireError invalid_request (O21 §3.2: form only) */
export async function readWireForm(request: Request): Promise<URLSearchParams> {
  if (request.method !== "POST") throw methodNotAllowed();
  if (!isForm(request)) {
    const detail = { field: "content-type", expected: formType };
    throw new WireError(400, "invalid_request", "unsupported_media_type", detail);
  }
  const bytes = await readBounded(request);
  if (bytes === null) throw tooLarge("invalid_request");
  return new URLSearchParams(lenient.decode(bytes));
}

/** @throws WireError with the door's own code: registration has invalid_client_metadata (RFC 7591 §3.2.2) */
export async function readWireJson(
  request: Request,
  invalid: "invalid_client_metadata" | "invalid_request" = "invalid_client_metadata",
): Promise<unknown> {
  if (request.method !== "POST") throw methodNotAllowed();
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    const detail = { field: "content-type", expected: "application/json" };
    throw new WireError(400, invalid, "unsupported_media_type", detail);
  }
  const bytes = await readBounded(request);
  if (bytes === null) throw tooLarge(invalid);
  try {
    // Text that is not UTF-8 is no JSON (RFC 8259 §8.1); a name with holes in it would be kept and shown.
    return JSON.parse(strict.decode(bytes));
  } catch {
    throw new WireError(400, invalid, "malformed_request", { field: "body", expected: "JSON" });
  }
}

function methodNotAllowed(): WireError {
  return new WireError(405, "invalid_request", "method_not_allowed", { expected: "POST", headers: { allow: "POST" } });
}

function tooLarge(error: "invalid_request" | "invalid_client_metadata"): WireError {
  return new WireError(413, error, "request_too_large", atMost);
}

export function isForm(request: Request): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(request.headers.get("content-type") ?? "");
}

/**
 * The body, or null when it is larger than the limit; what lies beyond the limit is never read. A length that is told
 * binds the sender (RFC 9112 §6.2), so the body is taken in one piece: in pieces it costs several times as much.
 */
async function readBounded(request: Request): Promise<Uint8Array | null> {
  const told = Number(request.headers.get("content-length") ?? Number.NaN);
  if (Number.isNaN(told)) return readPieces(request);
  if (told > largestBody) return null;
  const bytes = await request.bytes();
  return bytes.byteLength > largestBody ? null : bytes;
}

async function readPieces(request: Request): Promise<Uint8Array | null> {
  const body = new Uint8Array(largestBody);
  let size = 0;
  for await (const piece of request.body ?? []) {
    if (size + piece.byteLength > largestBody) return null;
    body.set(piece, size);
    size += piece.byteLength;
  }
  return body.subarray(0, size);
}
