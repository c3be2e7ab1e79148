// GET /healthz: is this deployment able to serve, and if not, what to set.
import { reasons } from "../contract/events.ts";
import type { SettingProblem } from "./settings.ts";

export async function health(parts: { databaseProblem(): Promise<string | null> }): Promise<Response> {
  const problem = await parts.databaseProblem();
  if (problem) return unhealthy([{ name: "DB", problem }]);
  return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
}

/** Also the answer to every request while a variable or secret is missing or malformed; it names them, never a value. */
export function unhealthy(problems: readonly SettingProblem[]): Response {
  const { cause, fix } = reasons.misconfigured;
  const message = `${cause} ${problems.map(({ name, problem }) => `${name} ${problem}`).join("; ")}`;
  const error = { code: "misconfigured", message, fix, problems };
  const headers = { "cache-control": "no-store", "retry-after": "60" };
  return Response.json({ status: "misconfigured", error }, { status: 503, headers });
}
