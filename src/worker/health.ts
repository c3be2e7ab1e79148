// GET /healthz: is this deployment able to serve, and if not, what to set.
import { reasons } from "../contract/events.ts";
import type { SettingProblem } from "./settings.ts";

export async function health(
  parts: { databaseProblem(): Promise<string | null> },
  request: Request,
): Promise<Response> {
  const problem = await parts.databaseProblem();
  if (problem) return unhealthy([{ name: "DB", problem }], request);
  return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
}

/**
 * Also the answer to every request while a variable or secret is missing or malformed; it names them, never a value. In
 * the form that makes OAuth clients keep their tokens, and below `/api/v1` in the form of that API.
 */
export function unhealthy(problems: readonly SettingProblem[], request: Request): Response {
  const { cause, fix } = reasons.misconfigured;
  const message = `${cause} ${problems.map(({ name, problem }) => `${name} ${problem}`).join("; ")}`;
  const requestId = request.headers.get("cf-ray") ?? crypto.randomUUID();
  const body = new URL(request.url).pathname.startsWith("/api/v1/")
    ? { error: { code: "misconfigured", message: `${message}. ${fix}`, requestId } }
    : {
        status: "misconfigured",
        error: "temporarily_unavailable",
        error_description: message,
        reason: "misconfigured",
        fix,
        problems,
        request_id: requestId,
      };
  return Response.json(body, { status: 503, headers: { "cache-control": "no-store", "retry-after": "60" } });
}
