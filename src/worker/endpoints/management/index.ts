// The management REST API under /api/v1: every row of the route table, with the operation behind it.
import { Hono } from "hono";
import { type Route, routes } from "../../../contract/management/routes.ts";
import { AdminError } from "../../admin/errors.ts";
import { answer, refusal, refusalOf } from "./answers.ts";
import type { ManagementContext, ManagementVisit } from "./context.ts";
import { type Bindings, base, mounting, pattern } from "./mount.ts";
import { openApiDocument } from "./openapi.ts";

export type { ManagementContext, ManagementVisit } from "./context.ts";

/** Answers every request below `/api/v1`, JSON 404 included; never throws. */
export function managementRoom(
  context: ManagementContext,
): (request: Request, visit: ManagementVisit) => Promise<Response> {
  const app = new Hono<Bindings>();
  app.get(`${base}/openapi.json`, () => answer(200, openApiDocument(context.origin)));
  mountOrganizations(app, context);
  mountGateways(app, context);
  mountServers(app, context);
  mountAgents(app, context);
  refuseOtherMethods(app);
  app.notFound((c) => {
    const message = `nothing answers here; ${base}/openapi.json lists every call`;
    return refusal(new AdminError("not_found", message), c.env.requestId);
  });
  app.onError((error, c) => {
    const known = refusalOf(error);
    if (known) return refusal(known, c.env.requestId);
    context.fault(error, c.env.requestId);
    const message = "the gateway failed; if it lasts, give the request id to its operator";
    return refusal(new AdminError("internal_error", message), c.env.requestId);
  });
  return async (request, visit) => app.fetch(request, visit);
}

function mountOrganizations(app: Hono<Bindings>, context: ManagementContext): void {
  const mount = mounting(app, context);
  const { organizations, tokens, people } = context.admin;
  mount(routes.createOrganization, ({ actor, body }) => organizations.create(actor, body));
  mount(routes.listOrganizations, ({ actor, query }) => organizations.list(actor, query));
  mount(routes.getOrganization, ({ actor, params }) => organizations.get(actor, params.orgId));
  mount(routes.updateOrganization, ({ actor, params, body }) => organizations.update(actor, params.orgId, body));
  mount(routes.deleteOrganization, ({ actor, params }) => organizations.remove(actor, params.orgId));
  mount(routes.createToken, ({ actor, params, body }) => tokens.create(actor, params.orgId, body));
  mount(routes.listTokens, ({ actor, params, query }) => tokens.list(actor, params.orgId, query));
  mount(routes.revokeToken, ({ actor, params }) => tokens.revoke(actor, params.orgId, params.tokenId));
  mount(routes.listUsers, ({ actor, params, query }) => people.users(actor, params.orgId, query));
  mount(routes.listAudit, ({ actor, params, query }) => people.audit(actor, params.orgId, query));
}

function mountGateways(app: Hono<Bindings>, context: ManagementContext): void {
  const mount = mounting(app, context);
  const { checks, gateways, grants, logs } = context.admin;
  mount(routes.createGateway, ({ actor, params, body }) => gateways.create(actor, params.orgId, body));
  mount(routes.listGateways, ({ actor, params, query }) => gateways.list(actor, params.orgId, query));
  mount(routes.getGateway, ({ actor, params }) => gateways.get(actor, params.orgId, params.gatewayId));
  mount(routes.updateGateway, ({ actor, params, body }) =>
    gateways.update(actor, params.orgId, params.gatewayId, body),
  );
  mount(routes.deleteGateway, ({ actor, params }) => gateways.remove(actor, params.orgId, params.gatewayId));
  mount(routes.listGrants, ({ actor, params, query }) => grants.list(actor, params.orgId, params.gatewayId, query));
  mount(routes.revokeGrant, ({ actor, params }) =>
    grants.revokeOne(actor, params.orgId, params.gatewayId, params.grantId),
  );
  mount(routes.revokeGrants, ({ actor, params, query }) => grants.revoke(actor, params.orgId, params.gatewayId, query));
  mount(routes.checkGateway, ({ actor, params, body }) => checks.run(actor, params.orgId, params.gatewayId, body));
  mount(routes.listLogs, ({ actor, params, query }) => logs.list(actor, params.orgId, params.gatewayId, query));
  mount(routes.getAttempt, ({ actor, params }) =>
    logs.attempt(actor, params.orgId, params.gatewayId, params.attemptId),
  );
  mount(routes.getStats, ({ actor, params, query }) => logs.stats(actor, params.orgId, params.gatewayId, query));
}

function mountServers(app: Hono<Bindings>, context: ManagementContext): void {
  const mount = mounting(app, context);
  const { servers } = context.admin;
  mount(routes.createServer, ({ actor, params, body }) => servers.create(actor, params.orgId, body));
  mount(routes.listServers, ({ actor, params, query }) => servers.list(actor, params.orgId, query));
  mount(routes.getServer, ({ actor, params }) => servers.get(actor, params.orgId, params.serverId));
  mount(routes.updateServer, ({ actor, params, body }) => servers.update(actor, params.orgId, params.serverId, body));
  mount(routes.deleteServer, ({ actor, params }) => servers.remove(actor, params.orgId, params.serverId));
  mount(routes.attachGateway, ({ actor, params, body }) =>
    servers.attach(actor, params.orgId, params.serverId, body.gatewayId),
  );
  mount(routes.detachGateway, ({ actor, params }) => servers.detach(actor, params.orgId, params.serverId));
}

function mountAgents(app: Hono<Bindings>, context: ManagementContext): void {
  const mount = mounting(app, context);
  const { agents } = context.admin;
  mount(routes.createAgent, ({ actor, params, body }) => agents.create(actor, params.orgId, body));
  mount(routes.listAgents, ({ actor, params, query }) => agents.list(actor, params.orgId, query));
  mount(routes.getAgent, ({ actor, params }) => agents.get(actor, params.orgId, params.agentId));
  mount(routes.updateAgent, ({ actor, params, body }) => agents.update(actor, params.orgId, params.agentId, body));
  mount(routes.deleteAgent, ({ actor, params }) => agents.remove(actor, params.orgId, params.agentId));
  mount(routes.linkAgent, ({ actor, params }) => agents.link(actor, params.orgId, params.agentId, params.serverId));
  mount(routes.unlinkAgent, ({ actor, params }) => agents.unlink(actor, params.orgId, params.agentId, params.serverId));
  mount(routes.rotateAgentKey, ({ actor, params, body }) =>
    agents.rotateKey(actor, params.orgId, params.agentId, body),
  );
  mount(routes.deleteAgentKey, ({ actor, params }) =>
    agents.removeKey(actor, params.orgId, params.agentId, params.keyId),
  );
}

/** A path of the table with a method that it does not have: 405 with Allow (RFC 9110 §15.5.6). */
function refuseOtherMethods(app: Hono<Bindings>): void {
  const allowed = new Map<string, string[]>([[`${base}/openapi.json`, ["GET", "HEAD"]]]);
  for (const route of Object.values<Route>(routes)) {
    const methods = allowed.get(pattern(route.path)) ?? [];
    methods.push(route.method.toUpperCase(), ...(route.method === "get" ? ["HEAD"] : []));
    allowed.set(pattern(route.path), methods);
  }
  for (const [path, methods] of allowed) {
    const allow = methods.join(", ");
    app.all(path, (c) =>
      refusal(new AdminError("method_not_allowed", `use ${allow}`), c.env.requestId, { Allow: allow }),
    );
  }
}
