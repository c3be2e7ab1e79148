// A test run after the return: the code becomes a token, the token lists the tools, and the grant is ended again.
import * as z from "zod";
import { reasons } from "../../../contract/events.ts";
import type { ServerView } from "../../../contract/management/servers.ts";
import { connectClient, connectReturn } from "../../oauth/built-in-clients.ts";
import { printable } from "../../oauth/params.ts";
import type { Outcome, StepProblem } from "../../ui/dashboard/connect-run.ts";
import { type Answered, noProblem } from "./connect-steps.ts";
import type { DashboardContext } from "./context.ts";
import { jsonOf, readMessage } from "./mcp-answer.ts";

export interface Code {
  code: string;
  verifier: string;
  /** `{origin}/s/{slug}`. */
  endpoints: string;
}

const issued = z.looseObject({ access_token: z.string(), refresh_token: z.string(), scope: z.string() });
const refused = z.looseObject({
  reason: z.string(),
  field: z.string().optional(),
  expected: z.string().optional(),
  seen: z.string().optional(),
});
const listed = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string(), title: z.string().optional().catch(undefined) })),
  nextCursor: z.string().optional(),
});
const opened = z.looseObject({ protocolVersion: z.string() });
const about = { name: "mcp-stack-gateway-connect", version: "1.0.0" };

type Parts = Pick<DashboardContext, "enter" | "settings">;

/** Every request goes through the gateway's own door, so that what fails here would fail for any client. */
export async function run(
  { code, verifier, endpoints }: Code,
  server: ServerView,
  parts: Parts,
): Promise<{ answered: Answered; outcome: Outcome }> {
  const form = {
    ...{ grant_type: "authorization_code", code, code_verifier: verifier, resource: server.mcpUrl },
    ...{ client_id: connectClient.id, redirect_uri: connectReturn(parts.settings.origin) },
  };
  const nothing: Outcome = { granted: [], tools: null, more: false, ended: null };
  const response = await parts.enter(formRequest(`${endpoints}/token`, form));
  const body = jsonOf(await response.text());
  const tokens = issued.safeParse(body);
  if (!tokens.success) return { answered: { token: refusalOf(body, response.status) }, outcome: nothing };
  const { access_token: token, refresh_token: refreshToken, scope } = tokens.data;
  const listing = await list(token, server, parts).catch(() => ({
    problem: { ...noProblem, cause: "The runtime's answer broke off.", fix: "Look at the runtime's own logs." },
  }));
  const ended = await end(refreshToken, endpoints, parts);
  const outcome = { ...nothing, granted: scope.split(" ").filter(Boolean), ended };
  if ("problem" in listing) return { answered: { token: "ok", tools: listing.problem }, outcome };
  return { answered: { token: "ok", tools: "ok" }, outcome: { ...outcome, ...listing } };
}

/** RFC 7009: the grant ends, and the provider is told. */
async function end(refreshToken: string, endpoints: string, { enter }: Parts): Promise<boolean> {
  const form = { token: refreshToken, client_id: connectClient.id };
  const response = await enter(formRequest(`${endpoints}/revoke`, form));
  await response.body?.cancel();
  return response.ok;
}

type Listing = Pick<Outcome, "tools" | "more"> | { problem: StepProblem };

async function list(token: string, server: ServerView, { enter }: Parts): Promise<Listing> {
  const send = (message: object, headers: Record<string, string> = {}) =>
    enter(mcpRequest(server.mcpUrl, token, message, headers));
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: about };
  const opening = await answerTo(await send({ id: 1, method: "initialize", params }), 1);
  if ("problem" in opening) return opening;
  const version = opened.safeParse(opening.result);
  if (!version.success) return { problem: notMcp("initialize", "no protocolVersion in the result") };
  const session = {
    "mcp-protocol-version": version.data.protocolVersion,
    ...(opening.session !== null && { "mcp-session-id": opening.session }),
  };
  await (await send({ method: "notifications/initialized" }, session)).body?.cancel();
  const answer = await answerTo(await send({ id: 2, method: "tools/list", params: {} }, session), 2);
  if (opening.session !== null) await close(server.mcpUrl, token, session, enter);
  if ("problem" in answer) return answer;
  const tools = listed.safeParse(answer.result);
  if (!tools.success) return { problem: notMcp("tools/list", "no list of tools in the result") };
  const needs = new Map(server.tools.map(({ name, scopes }) => [name, scopes]));
  return {
    tools: tools.data.tools.map(({ name, title = null }) => ({ name, title, needs: needs.get(name) ?? [] })),
    more: tools.data.nextCursor !== undefined,
  };
}

type Answer = { problem: StepProblem } | { result: unknown; session: string | null };

async function answerTo(response: Response, id: number): Promise<Answer> {
  if (!response.ok) return { problem: refusalOf(jsonOf(await response.text()), response.status) };
  const message = await readMessage(response, id);
  const session = response.headers.get("mcp-session-id");
  if (message === null) return { problem: notMcp(`request ${id}`, "no JSON-RPC message within ten seconds") };
  if (message.error === undefined) return { result: message.result, session };
  const { code, message: words = "" } = message.error;
  return { problem: notMcp("a result", `JSON-RPC error ${code} ${printable(words, 200)}`) };
}

async function close(url: string, token: string, session: Record<string, string>, enter: Parts["enter"]) {
  const headers = { ...session, authorization: `Bearer ${token}` };
  await (await enter(new Request(url, { method: "DELETE", headers }))).body?.cancel();
}

function notMcp(expected: string, seen: string): StepProblem {
  const fix = "Check the server's runtime URL: it must be an MCP endpoint that speaks Streamable HTTP.";
  return { ...noProblem, cause: "The runtime did not answer as an MCP server.", fix, expected, seen };
}

/** The gateway's own refusals have a reason; anything else came from the runtime. */
function refusalOf(body: unknown, status: number): StepProblem {
  const known = refused.safeParse(body).data;
  const entry = Object.entries(reasons).find(([reason]) => reason === known?.reason)?.[1];
  if (!known || !entry) {
    const cause = `The runtime answered ${status}.`;
    return {
      ...noProblem,
      cause,
      fix: "Check the server's runtime URL and the runtime's own logs.",
      seen: `${status}`,
    };
  }
  const { reason, field = null, expected = null, seen = `status ${status}` } = known;
  return { ...noProblem, reason, cause: entry.cause, fix: entry.fix, field, expected, seen };
}

function formRequest(url: string, form: Record<string, string>): Request {
  return new Request(url, { method: "POST", body: new URLSearchParams(form) });
}

function mcpRequest(url: string, token: string, message: object, headers: Record<string, string>): Request {
  const usual = { accept: "application/json, text/event-stream", "content-type": "application/json" };
  return new Request(url, {
    method: "POST",
    headers: { ...usual, authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
}
