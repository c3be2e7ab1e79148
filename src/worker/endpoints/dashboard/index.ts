// The dashboard under /dashboard: pages over the operators' operations, rendered here, without a request to ourselves.
import { Hono } from "hono";
import { organizationCreate } from "../../../contract/management/organizations.ts";
import { deploymentActor } from "../../admin/actor.ts";
import { AdminError } from "../../admin/errors.ts";
import { Refusal } from "../../oauth/errors.ts";
import { emptyForm, type FormState } from "../../ui/dashboard/fields.ts";
import { bare, framed } from "../../ui/dashboard/frame.tsx";
import { problemPage } from "../../ui/dashboard/problem-page.tsx";
import { organizationsPage } from "../../ui/dashboard/sign-in-page.tsx";
import { organizationFields } from "../../ui/dashboard/tokens-page.tsx";
import { mountAgents } from "./agents.ts";
import { assetResponse, assets } from "./assets.ts";
import { mountCheck } from "./check.ts";
import { mountConnect, mountConnectReturn } from "./connect.ts";
import type { DashboardContext, DashboardVisit } from "./context.ts";
import { bodyOf, errorsOf, typedIn } from "./form-body.ts";
import { mountGatewayTabs } from "./gateway-tabs.ts";
import { mountGateways } from "./gateways.ts";
import { type Bindings, frameOf, genuineForm, goTo, mounting, refusedPage } from "./mount.ts";
import { mountOrganization } from "./organization.ts";
import { mountProviderSignIn } from "./provider-sign-in.ts";
import { mountServers } from "./servers.ts";
import { type Presence, presenceOf } from "./session.ts";
import { mountSignIn, signInFirst } from "./sign-in.ts";
import { pageIn } from "./submit.ts";

export type { DashboardContext, DashboardVisit } from "./context.ts";

/** Answers every request below `/dashboard` with a page; never throws. */
export function dashboardRoom(
  context: DashboardContext,
): (request: Request, visit: DashboardVisit) => Promise<Response> {
  const app = new Hono<Bindings>();
  app.get(
    "/dashboard/assets/:file",
    async (c) => (await assetResponse(c.req.path)) ?? nowhere(context, c.req.raw, c.env),
  );
  mountSignIn(app, context);
  if (context.signIn) mountProviderSignIn(app, context, context.signIn);
  mountStart(app, context);
  mountConnectReturn(app, context);
  const mount = mounting(app, context);
  mountGateways(mount);
  mountGatewayTabs(mount);
  mountConnect(mount);
  mountCheck(mount);
  mountServers(mount);
  mountAgents(mount);
  mountOrganization(mount);
  app.notFound((c) => nowhere(context, c.req.raw, c.env));
  app.onError((error, c) => failed(error, context, c.env.requestId));
  return async (request, visit) => app.fetch(request, visit);
}

/** Where one lands, and where one chooses an organization. */
function mountStart(app: Hono<Bindings>, context: DashboardContext): void {
  app.get("/dashboard", async (c) => {
    const presence = await presenceOf(c.req.raw, context);
    if (!presence) return signInFirst(c.req.raw);
    return goTo(presence.home ? `/dashboard/${presence.home}/gateways` : "/dashboard/organizations");
  });
  app.get("/dashboard/", () => goTo("/dashboard"));
  app.get("/dashboard/organizations", async (c) => {
    const presence = await presenceOf(c.req.raw, context);
    return presence ? choose(200, presence, c.req.raw, context, emptyForm) : signInFirst(c.req.raw);
  });
  app.post("/dashboard/organizations", async (c) => {
    const presence = await presenceOf(c.req.raw, context);
    if (!presence) return signInFirst(c.req.raw);
    const form = await genuineForm(c.req.raw, presence, context);
    if (!presence.deployment) throw new AdminError("forbidden", "only the deployment's ADMIN_TOKEN may do this");
    const parsed = organizationCreate.safeParse(bodyOf(organizationFields, form));
    if (!parsed.success) {
      const state = { values: typedIn(organizationFields, form), ...errorsOf(organizationFields, parsed.error) };
      return choose(422, presence, c.req.raw, context, state);
    }
    const { id } = await context.admin.organizations.create(deploymentActor, parsed.data);
    return goTo(`/dashboard/${id}/gateways`, "created");
  });
}

async function choose(
  status: number,
  presence: Presence,
  request: Request,
  context: DashboardContext,
  create: FormState,
): Promise<Response> {
  const url = new URL(request.url);
  const frame = await frameOf(context, presence, url, null);
  const page = pageIn(url.searchParams);
  const list = presence.memberships
    ? ownList(presence.memberships)
    : await context.admin.organizations.list(presence.actorIn("") ?? deploymentActor, page);
  return framed(status, frame, organizationsPage(frame, list, presence.deployment ? create : null, organizationFields));
}

function ownList(memberships: NonNullable<Presence["memberships"]>) {
  const items = memberships.map(({ organization }) => ({
    ...organization,
    createdAt: new Date(organization.createdAt * 1000).toISOString(),
  }));
  return { items, page: 1, pageSize: 100, total: items.length };
}

async function nowhere(context: DashboardContext, request: Request, visit: DashboardVisit): Promise<Response> {
  const presence = await presenceOf(request, context);
  if (!presence) return signInFirst(request);
  const frame = await frameOf(context, presence, new URL(request.url), null);
  return refusedPage(new AdminError("not_found", "there is no such page here"), frame, visit.requestId);
}

/** A page even for a fault: without a frame, because finding out who is signed in may be what failed. */
async function failed(error: unknown, context: DashboardContext, requestId: string): Promise<Response> {
  const refused = error instanceof AdminError || error instanceof Refusal;
  if (!refused) context.fault(error, requestId);
  const away = error instanceof Refusal && error.reason === "storage_unavailable";
  const [status, title, message] =
    error instanceof AdminError
      ? [403, "Not allowed", error.message]
      : away
        ? [503, "Storage does not answer", "Try again in a few seconds."]
        : refused
          ? [400, "That form could not be read", "Go back, load the page again and send it once more."]
          : [500, "The gateway failed", "If it lasts, give the request id to whoever runs this deployment."];
  return bare(status, await assets(), problemPage(title, message, requestId, "/dashboard"));
}
