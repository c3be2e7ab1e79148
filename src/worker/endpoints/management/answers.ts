// How the management room answers: JSON that no cache keeps, and every refusal in one shape.
import { errorStatus } from "../../../contract/management/error.ts";
import { AdminError } from "../../admin/errors.ts";
import { Refusal } from "../../oauth/errors.ts";

const always = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

export function answer(status: number, body: unknown): Response {
  if (status === 204) return new Response(null, { status, headers: always });
  return Response.json(body, { status, headers: always });
}

export function refusal(error: AdminError, requestId: string, extra: Record<string, string> = {}): Response {
  const { code, message, field } = error;
  const body = { error: { code, message, ...(field === undefined ? {} : { field }), requestId } };
  const headers = new Headers({ ...always, ...extra });
  if (code === "unauthenticated") headers.set("WWW-Authenticate", 'Bearer realm="mcpstack management"');
  if (code === "rate_limited") headers.set("Retry-After", "60");
  if (code === "storage_unavailable") headers.set("Retry-After", "5");
  return Response.json(body, { status: errorStatus[code], headers });
}

/** Whatever was thrown, as the refusal that the caller sees; null for what is a fault of the gateway. */
export function refusalOf(error: unknown): AdminError | null {
  if (error instanceof AdminError) return error;
  if (error instanceof Refusal && error.reason === "storage_unavailable") {
    return new AdminError("storage_unavailable", "the gateway's storage did not answer; try again in a few seconds");
  }
  return null;
}
