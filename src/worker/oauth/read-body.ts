// Reads a bounded body: a form for OAuth endpoints, JSON for registration; the limit holds while it streams.
import { PageError, WireError } from "./errors.ts";

/** Bytes. OAuth requests of real clients stay below 8 KB. */
const largestBody = 64 * 1024;
const atMost = { expected: `${largestBody} bytes at most` };
const formType = "application/x-www-form-urlencoded";

/** @throws PageError for the consent form, which a person sent */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (!isForm(request)) {
    const detail = { field: "content-type", expected: formType };
    throw new PageError(400, "invalid_request", "unsupported_media_type", detail);
  }
  const bytes = await readBounded(request);
  if (bytes === null) throw new PageError(413, "invalid_request", "request_too_large", atMost);
  return new URLSearchParams(await bytes.text());
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
  return new URLSearchParams(await bytes.text());
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
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(await bytes.arrayBuffer()));
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

/** The body, or null when it is larger than the limit; what lies beyond the limit is never read. */
async function readBounded(request: Request): Promise<Blob | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > largestBody) return null;
    chunks.push(chunk);
  }
  return new Blob(chunks);
}
