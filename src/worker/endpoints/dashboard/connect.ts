// A test authorization from the Connect tab: start, departure, return, the run itself, and the page that follows it.
import type { Hono } from "hono";
import { grantIdOf } from "../../../contract/ids.ts";
import type { GatewayView } from "../../../contract/management/gateways.ts";
import type { LogLine } from "../../../contract/management/logs.ts";
import { findProviderPreset } from "../../../contract/providers.ts";
import { AdminError } from "../../admin/errors.ts";
import { connectClient, connectReturn } from "../../oauth/built-in-clients.ts";
import { sha256 } from "../../oauth/digest.ts";
import { printable } from "../../oauth/params.ts";
import { randomSecret } from "../../tokens/opaque.ts";
import { counted } from "../../ui/dashboard/confirm-page.tsx";
import { type Advice, connectRun, connectStart } from "../../ui/dashboard/connect-page.tsx";
import type { Outcome } from "../../ui/dashboard/connect-run.ts";
import { bare, framed } from "../../ui/dashboard/frame.tsx";
import { gatewayTabPage } from "../../ui/dashboard/gateway-page.tsx";
import { signInRefusedPage } from "../../ui/dashboard/sign-in-page.tsx";
import { assets } from "./assets.ts";
import * as kept from "./connect-departure.ts";
import { run } from "./connect-run.ts";
import { type Answered, awaySince, type Brought, noProblem, stepsOf } from "./connect-steps.ts";
import type { DashboardContext } from "./context.ts";
import { gatewayOf } from "./gateways.ts";
import { type Bindings, type Call, goTo, type mounting } from "./mount.ts";
import { passage, redirect } from "./sign-in.ts";

/** Milliseconds without a return after which advice is due. */
const longAway = 60_000;
/** A run makes a grant, so all of it is for admins. */
export function mountConnect({ page }: ReturnType<typeof mounting>): void {
  page("/gateways/:gateway/connect/start", start, "admin");
  page("/gateways/:gateway/connect/leave", leave, "admin");
  page("/gateways/:gateway/connect/:attempt/result", result, "admin");
  page("/gateways/:gateway/connect/:attempt", watch, "admin");
}

/** The redirect URI. A Strict session cookie does not come along a chain that began at the provider: the next page has it. */
export function mountConnectReturn(app: Hono<Bindings>, context: DashboardContext): void {
  app.get("/dashboard/connect/return", async (c) => {
    const query = new URL(c.req.url).searchParams;
    const state = query.get("state") ?? "";
    const runId = await kept.runOf(state);
    const left = await kept.departureOf(c.req.raw, runId, context);
    if (!left || left.state !== state || query.get("iss") !== left.issuer) {
      const message = "This test was not begun in this browser, or too long ago. Begin again on the Connect tab.";
      return bare(403, await assets(), signInRefusedPage(message));
    }
    const { ticket, state: _, issuer, ...arrived } = left;
    const arrival = await kept.keepArrival(runId, { ...arrived, code: query.get("code") }, context);
    const path = `${pathOf(left.orgId, left.gatewayId)}/${left.attempt}/result?run=${runId}`;
    return passage(path, [kept.forgetDeparture(runId, context), arrival]);
  });
}

const pathOf = (orgId: string, gatewayId: string) => `/dashboard/${orgId}/gateways/${gatewayId}/connect`;

async function start(call: Call) {
  const { context, actor, orgId, frame, presence, query, request } = call;
  const gateway = await gatewayOf(call);
  const linked = gateway.servers.find(({ slug }) => slug === query.get("server"));
  if (!linked) throw new AdminError("not_found", "this gateway is attached to no such server; choose one on its tab");
  const server = await context.admin.servers.get(actor, orgId, linked.id);
  const [state, verifier] = [randomSecret(), randomSecret()];
  const url = new URL(`${context.settings.origin}/s/${server.slug}/authorize`);
  url.search = `${new URLSearchParams({
    ...{ response_type: "code", client_id: connectClient.id, redirect_uri: connectReturn(context.settings.origin) },
    ...{ state, code_challenge: await sha256(verifier), code_challenge_method: "S256", resource: server.mcpUrl },
  })}`;
  // Without the browser's cookies, so that no remembered consent leads past the question.
  const address = request.headers.get("cf-connecting-ip");
  const headers = { accept: "application/json", ...(address && { "cf-connecting-ip": address }) };
  const answer = await context.enter(new Request(url, { headers, redirect: "manual" }));
  const ticket = ticketIn(answer, context.settings.origin);
  if (ticket === null) {
    const outcome = { granted: [], tools: null, more: false, ended: null };
    const problem = { ...noProblem, cause: await whyNot(answer) };
    return shownRun(call, gateway, null, [], { answered: { authorize: problem }, outcome });
  }
  const attempt = grantIdOf(ticket);
  const runId = await kept.runOf(state);
  const place = { attempt, orgId, gatewayId: gateway.id, serverId: server.id, sessionId: presence.sessionId };
  const issuer = server.mcpUrl.replace(/\/mcp$/, "");
  const departure = await kept.keepDeparture(runId, { ...place, issuer, ticket, state, verifier }, context);
  const path = pathOf(orgId, gateway.id);
  const body = connectStart({
    attempt,
    server: server.name,
    leave: `${path}/leave?run=${runId}`,
    watch: `${path}/${attempt}`,
  });
  const shown = await framed(200, frame, gatewayTabPage(frame, gateway, "/connect", body));
  shown.headers.append("set-cookie", departure);
  return shown;
}

function ticketIn(answer: Response, origin: string): string | null {
  const location = answer.headers.get("location");
  if (!location?.startsWith(`${origin}/consent?`)) return null;
  return new URL(location).searchParams.get("ticket");
}

/** The words of the authorization endpoint, whether it answered itself or sent them to the return address. */
async function whyNot(answer: Response): Promise<string> {
  const location = answer.headers.get("location");
  const words = location ? new URL(location).searchParams.get("error_description") : null;
  if (words !== null) return printable(words, 600);
  return printable(/"error_description":"([^"]*)"/.exec(await answer.text())?.[1] ?? `status ${answer.status}`, 600);
}

async function leave(call: Call): Promise<Response> {
  const { context, orgId, query, request } = call;
  const gateway = await gatewayOf(call);
  const left = await kept.departureOf(request, query.get("run") ?? "", context);
  if (!left || !isOf(left, call, gateway)) return goTo(pathOf(orgId, gateway.id));
  return redirect(`/consent?ticket=${encodeURIComponent(left.ticket)}`);
}

/** Sealed for one session, organization and gateway; another's is nobody's. */
function isOf(held: kept.Arrival | kept.Departure, { orgId, presence }: Call, gateway: GatewayView): boolean {
  return held.sessionId === presence.sessionId && held.orgId === orgId && held.gatewayId === gateway.id;
}

/** Runs the rest, once: the page that follows shows the same again from the log. */
async function result(call: Call): Promise<Response> {
  const { context, actor, orgId, frame, query, param, request } = call;
  const gateway = await gatewayOf(call);
  const runId = query.get("run") ?? "";
  const arrived = await kept.arrivalOf(request, runId, context);
  const path = pathOf(orgId, gateway.id);
  if (!arrived || !isOf(arrived, call, gateway) || arrived.attempt !== param("attempt")) {
    return goTo(`${path}/${param("attempt")}`);
  }
  const server = await context.admin.servers.get(actor, orgId, arrived.serverId);
  const { code, verifier } = arrived;
  const endpoints = `${context.settings.origin}/s/${server.slug}`;
  const ended = code === null ? null : await run({ code, verifier, endpoints }, server, context);
  const lines = await linesOf(call, gateway, arrived.attempt, (found) => code !== null || found.some(isAmiss));
  const shown = await framed(200, frame, shownRun(call, gateway, arrived.attempt, lines, ended));
  shown.headers.append("set-cookie", kept.forgetArrival(runId, context));
  return shown;
}

const isAmiss = ({ outcome }: LogLine) => outcome !== "ok";

async function watch(call: Call) {
  const gateway = await gatewayOf(call);
  const attempt = call.param("attempt");
  const lines = await linesOf(call, gateway, attempt, (found) => found.length > 0);
  return shownRun(call, gateway, attempt, lines, null);
}

/** Lines are written in the background, so the last ones may be a moment away. @throws AdminError not_found */
async function linesOf(
  { context, actor, orgId }: Call,
  gateway: GatewayView,
  attempt: string,
  enough: (lines: readonly LogLine[]) => boolean,
): Promise<LogLine[]> {
  for (let tries = 1; ; tries++) {
    const found = await context.admin.logs.attempt(actor, orgId, gateway.id, attempt).catch((error: unknown) => {
      if (tries < 5 && error instanceof AdminError && error.code === "not_found") return null;
      throw error;
    });
    const lines = found?.steps ?? [];
    const foreign = lines.some(({ client }) => client !== null && client !== connectClient.id);
    if (foreign) throw new AdminError("not_found", "there is no such test here; its timeline is among the logs");
    if (enough(lines) || tries >= 5) return lines;
    await new Promise((later) => setTimeout(later, 200));
  }
}

function shownRun(
  { context, frame, orgId, query }: Call,
  gateway: GatewayView,
  attempt: string | null,
  lines: readonly LogLine[],
  ended: { answered: Answered; outcome: Outcome } | null,
) {
  const steps = stepsOf(lines, ended?.answered ?? {}, broughtBy(gateway, lines, ended?.outcome), gateway.providerType);
  const away = awaySince(lines);
  const path = pathOf(orgId, gateway.id);
  const waits = steps.some(({ state }) => state === "waiting");
  const on = waits && !query.has("hold");
  const slug = lines.find(({ server }) => server !== null)?.server ?? query.get("server");
  const body = connectRun({
    steps,
    outcome: ended?.outcome ?? null,
    advice: waits && away !== null && context.now() * 1000 - away > longAway ? adviceFor(gateway) : null,
    follows: waits ? { on, other: `${path}/${attempt}${on ? "?hold" : ""}` } : null,
    timeline: attempt === null ? null : `${frame.base}/gateways/${gateway.id}/attempts/${attempt}`,
    again: slug === null ? null : `${path}/start?${new URLSearchParams({ server: slug })}`,
  });
  return { ...gatewayTabPage(frame, gateway, "/connect", body), ...(on && { refresh: 5 }) };
}

function broughtBy(gateway: GatewayView, lines: readonly LogLine[], outcome: Outcome | undefined): Brought {
  return {
    discovery: gateway.pinnedIssuer && `issuer ${gateway.pinnedIssuer}`,
    registration: `client ${connectClient.id}`,
    signIn: `a call of ${gateway.callbackUrl}`,
    return: lines.find(({ user }) => user !== null)?.user ?? null,
    token: outcome ? `scopes ${outcome.granted.join(" ") || "none"}` : null,
    tools: outcome?.tools ? counted(outcome.tools.length, "tool") : null,
  };
}

function adviceFor({ callbackUrl, providerType }: GatewayView): Advice {
  const preset = findProviderPreset(providerType);
  return {
    callbackUrl,
    provider: preset?.name ?? providerType,
    checklist: (preset?.checklist ?? []).map((line) => line.replaceAll("{callbackUrl}", callbackUrl)),
    hint: preset?.hints.REDIRECT_URI_MISMATCH ?? null,
  };
}
