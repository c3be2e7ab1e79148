// The consent page: GET shows what is asked, POST decides; both only for the browser that holds the page's cookie.
import type { ReasonCode } from "../../../contract/events.ts";
import { grantIdOf } from "../../../contract/ids.ts";
import { PageError, RedirectableError } from "../../oauth/errors.ts";
import { isForeignForm } from "../../oauth/foreign-form.ts";
import { type Parameters, readParameters } from "../../oauth/params.ts";
import { readForm } from "../../oauth/read-body.ts";
import { ProvenRedirect } from "../../oauth/redirect-uri.ts";
import { randomSecret } from "../../tokens/opaque.ts";
import { consentPage } from "../../ui/consent-page.tsx";
import { page } from "../../ui/page.tsx";
import type { Visit } from "../context.ts";
import { attemptPage } from "./attempt-page.ts";
import { browserOf, consentRemembered, cookie, formToken, rememberConsent, rememberedConsents } from "./browser.ts";
import { leave } from "./departure.ts";
import { placeOf } from "./place.ts";

const browserCookieLifetime = consentRemembered;

export async function consent(request: Request, visit: Visit): Promise<Response> {
  if (request.method === "GET") return show(request, visit);
  if (request.method === "POST") return decide(request, visit);
  throw new PageError(405, "invalid_request", "method_not_allowed", { headers: { allow: "GET, POST" } });
}

async function show(request: Request, visit: Visit): Promise<Response> {
  const { grants, sealer, settings } = visit.context;
  const ticket = ticketIn(readParameters(new URL(request.url).searchParams));
  const looked = await grants.look(ticket);
  if (!looked.ok) throw attemptPage(400, looked.reason, ticket, looked.of);
  const browser = browserOf(request, settings) ?? randomSecret();
  const { client, serverName, redirectUri, scope, resource } = looked.request;
  const body = consentPage({
    clientName: client.name,
    selfRegistered: client.kind === "registered",
    publishedAt: client.kind === "document" ? client.id : null,
    redirectUri,
    serverName,
    serverHost: new URL(resource).host,
    accountPath: `/account?server=${looked.request.slug}`,
    scopes: scope,
    rememberedDays: consentRemembered / 86_400,
    attempt: looked.grantId,
    ticket,
    formToken: await formToken(sealer, browser, ticket),
  });
  return page(200, body, [cookie("browser", browser, browserCookieLifetime, settings)]);
}

async function decide(request: Request, visit: Visit): Promise<Response> {
  const { grants, sealer, settings, now } = visit.context;
  const form = readParameters(await readForm(request));
  const ticket = ticketIn(form);
  const parameters: Parameters = form.ok ? form.parameters : new Map();
  const browser = browserOf(request, settings);
  if (!browser) throw await refusedForm("browser_mismatch", ticket, visit);
  // A page of another site can make the browser post, but it can neither read the form's token nor forge the origin.
  const genuine = await sealer.verifyMac("consent-form", `${browser}\n${ticket}`, parameters.get("form_token") ?? "");
  if (!genuine || isForeignForm(request, settings.origin)) throw await refusedForm("form_forged", ticket, visit);

  const decision = parameters.get("decision");
  if (decision === "deny") return deny(ticket, visit);
  if (decision !== "allow") {
    throw new PageError(400, "invalid_request", "malformed_request", { field: "decision", expected: "allow or deny" });
  }
  const approved = await grants.approve(ticket, browser);
  if (!approved.ok) throw attemptPage(403, approved.reason, ticket, approved.of);
  const cookies: string[] = [];
  if (approved.first) {
    visit.context.record({
      ...{ event: "consent", outcome: "ok", requestId: visit.requestId },
      ...placeOf(grantIdOf(ticket), approved.request),
    });
    const before = await rememberedConsents(request, sealer, settings, now());
    cookies.push(await rememberConsent(before, approved.request.consentDigest, browser, sealer, settings, now()));
  }
  return leave(approved, cookies, visit);
}

async function deny(ticket: string, visit: Visit): Promise<Response> {
  const denied = await visit.context.grants.deny(ticket);
  if (!denied.ok) throw attemptPage(403, denied.reason, ticket, denied.of);
  throw new RedirectableError(ProvenRedirect.recorded(denied.request), "access_denied", "consent_denied", {
    attempt: denied.grantId,
    line: placeOf(denied.grantId, denied.request),
  });
}

/** Refused before the attempt was touched; it is looked at only to say in the log whose attempt it was. */
async function refusedForm(reason: ReasonCode, ticket: string, { context }: Visit): Promise<PageError> {
  const looked = await context.grants.look(ticket);
  return attemptPage(403, reason, ticket, looked.ok ? placeOf(looked.grantId, looked.request) : looked.of);
}

function ticketIn(read: ReturnType<typeof readParameters>): string {
  if (!read.ok) throw new PageError(400, "invalid_request", read.reason, { field: read.field, seen: read.seen });
  const ticket = read.parameters.get("ticket");
  if (!ticket) throw new PageError(400, "invalid_request", "attempt_unknown", { field: "ticket", seen: "absent" });
  return ticket;
}
