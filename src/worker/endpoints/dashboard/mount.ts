// Mounts one page or action: session, organization, form token, role, handler; in this order for every request.
import type { Hono } from "hono";
import { errorStatus } from "../../../contract/management/error.ts";
import type { Access } from "../../../contract/management/routes.ts";
import { type Actor, permit } from "../../admin/actor.ts";
import { AdminError } from "../../admin/errors.ts";
import { readForm } from "../../oauth/read-body.ts";
import { type Content, type Frame, framed } from "../../ui/dashboard/frame.tsx";
import { problemPage } from "../../ui/dashboard/problem-page.tsx";
import { assets } from "./assets.ts";
import type { DashboardContext, DashboardVisit } from "./context.ts";
import { noticeIn } from "./notices.ts";
import { formToken, isOwnForm, type Presence, presenceOf } from "./session.ts";
import { signInFirst } from "./sign-in.ts";

export interface Bindings {
  Bindings: DashboardVisit;
}

/** What a handler is given: somebody signed in, in an organization of theirs. */
export interface Call {
  context: DashboardContext;
  presence: Presence;
  actor: Actor;
  orgId: string;
  frame: Frame;
  query: URLSearchParams;
  request: Request;
  requestId: string;
  /** A part of the path. */
  param(name: string): string;
}

/** The same for a form, which is genuine and whose sender may change things. */
export interface Action extends Call {
  form: URLSearchParams;
}

export const orgPath = "/dashboard/:org{org_[\\w-]+}";

export function mounting(app: Hono<Bindings>, context: DashboardContext) {
  return {
    /** A page below an organization; one of access admin is there to change something. */
    page(path: string, handler: (call: Call) => Promise<Content | Response>, access: Access = "viewer"): void {
      app.get(orgPath + path, (c) =>
        inOrganization(
          context,
          c.req.raw,
          c.env,
          (name) => c.req.param(name) ?? "",
          async (call) => {
            permit(call.actor, access);
            const shown = await handler(call);
            return shown instanceof Response ? shown : framed(200, call.frame, shown);
          },
        ),
      );
    },
    /** A form below an organization: only from our own page, and only by an admin. */
    action(path: string, handler: (call: Action) => Promise<Response>): void {
      app.post(orgPath + path, (c) =>
        inOrganization(
          context,
          c.req.raw,
          c.env,
          (name) => c.req.param(name) ?? "",
          async (call) => {
            const form = await genuineForm(c.req.raw, call.presence, context);
            permit(call.actor, "admin");
            return handler({ ...call, form });
          },
        ),
      );
    },
  };
}

/** @throws AdminError forbidden for a form that our own page did not send */
export async function genuineForm(
  request: Request,
  presence: Presence,
  context: DashboardContext,
): Promise<URLSearchParams> {
  const form = await readForm(request);
  if (await isOwnForm(request, form, presence.sessionId, context)) return form;
  throw new AdminError("forbidden", "this form did not come from a page of your session; load the page again");
}

export async function frameOf(
  context: DashboardContext,
  presence: Presence,
  url: URL,
  within: { actor: Actor; id: string; name: string } | null,
): Promise<Frame> {
  return {
    base: within ? `/dashboard/${within.id}` : "/dashboard",
    organization: within?.name ?? null,
    who: presence.who,
    canChange: (within?.actor.role ?? "admin") === "admin",
    severalOrganizations: presence.home === null,
    notice: noticeIn(url.searchParams),
    assets: await assets(),
    formToken: (path) => formToken(context, presence.sessionId, path),
  };
}

async function inOrganization(
  context: DashboardContext,
  request: Request,
  visit: DashboardVisit,
  param: (name: string) => string,
  handler: (call: Call) => Promise<Response>,
): Promise<Response> {
  const presence = await presenceOf(request, context);
  if (!presence) return signInFirst(request);
  const url = new URL(request.url);
  let frame = await frameOf(context, presence, url, null);
  try {
    const orgId = param("org");
    const actor = presence.actorIn(orgId);
    if (!actor) throw new AdminError("not_found", "there is no such organization here; choose one of yours");
    const organization = await context.admin.organizations.get(actor, orgId);
    frame = await frameOf(context, presence, url, { actor, id: orgId, name: organization.name });
    const { requestId } = visit;
    return await handler({
      context,
      presence,
      actor,
      orgId,
      frame,
      query: url.searchParams,
      request,
      requestId,
      param,
    });
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return refusedPage(error, frame, visit.requestId);
  }
}

const titles: Partial<Record<number, string>> = { 403: "Not allowed", 404: "Not found" };

export function refusedPage(error: AdminError, frame: Frame, requestId: string): Promise<Response> {
  const status = errorStatus[error.code];
  const title = titles[status] ?? "That did not work";
  return framed(status, frame, problemPage(title, sentence(error.message), requestId, frame.base));
}

/** The API's messages begin small, because they follow a field's name. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** 303: the next request is a GET, and loading the page again repeats nothing. */
export function goTo(path: string, done?: string, count?: number): Response {
  const query = new URLSearchParams();
  if (done) query.set("done", done);
  if (count !== undefined) query.set("count", String(count));
  const location = query.size > 0 ? `${path}?${query}` : path;
  return new Response(null, { status: 303, headers: { location, "cache-control": "no-store" } });
}
