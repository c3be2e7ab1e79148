// Requests of an MCP client that holds nothing yet: JSON in and out, and the gateway's own words when it refuses.
import * as z from "zod";
import { Failure, networkReason } from "../failure.ts";
import { userAgent } from "../version.ts";

const timeLimit = 60_000;

/** @throws Failure when there is no answer */
export async function send(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    const headers = new Headers(init.headers);
    headers.set("user-agent", userAgent);
    return await fetch(url, { ...init, headers, redirect: "manual", signal: AbortSignal.timeout(timeLimit) });
  } catch (error) {
    throw new Failure(`${url} did not answer`, {
      seen: networkReason(error),
      fix: "check that the gateway is up and that nothing in between refuses the request",
    });
  }
}

const told = z.looseObject({
  error: z.string().optional(),
  error_description: z.string().optional(),
  reason: z.string().optional(),
  field: z.string().optional(),
  expected: z.string().optional(),
  seen: z.string().optional(),
  attempt: z.string().optional(),
  request_id: z.string().optional(),
});

/** The JSON of a successful answer. @throws Failure with the reason that the gateway gave */
export async function documentOf<T extends z.ZodType>(
  response: Response,
  schema: T,
  what: string,
): Promise<z.output<T>> {
  const raw = jsonOf(await response.text());
  if (!response.ok) throw refused(what, response.status, raw);
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure(`${what} is not what it should be`, {
    expected: `${issue?.path.join(".") || "a JSON object"}: ${issue?.message ?? "valid"}`,
    seen: raw === undefined ? "no JSON" : "JSON of another shape",
  });
}

/** A refusal in the shape that every door of the gateway has, JSON-RPC errors with it in `data` included. */
export function refused(what: string, status: number, raw: unknown): Failure {
  const rpc = z.looseObject({ error: z.looseObject({ data: told }) }).safeParse(raw);
  const parsed = rpc.success ? rpc : told.safeParse(raw);
  const body = rpc.success ? rpc.data.error.data : parsed.success ? told.parse(raw) : {};
  const { reason, error, error_description: description, field, expected, seen, attempt, request_id: requestId } = body;
  return new Failure(`${what} was refused${description ? `: ${description}` : ""}`, {
    code: reason ?? error,
    field,
    expected: expected ?? "200",
    seen: seen ?? `status ${status}`,
    attempt,
    requestId,
  });
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
