// Puts the operators' side together: their stores, their operations, and the REST API over them.
import { waitUntil } from "cloudflare:workers";

import { type AccountOperations, accountOperations } from "./admin/account.ts";
import type { AdminDependencies, AdminStores } from "./admin/dependencies.ts";
import { createAdmin } from "./admin/index.ts";
import { identifyActor } from "./admin/tokens.ts";
import type { Rooms } from "./app.ts";
import { buildDashboard, type DashboardParts } from "./dashboard.ts";
import { buildDoctor } from "./doctor.ts";
import type { Doctor } from "./downstream/doctor/port.ts";
import { managementRoom } from "./endpoints/management/index.ts";
import { addressKey } from "./oauth/client-address.ts";
import { refuseNavigation, refuseOutbound } from "./oauth/outbound-url.ts";
import { callbackUrl, now, ownHosts, type Parts } from "./parts.ts";
import { issuerOf } from "./resolve-server.ts";
import type { Seldom } from "./seldom.ts";
import type { Bindings } from "./settings.ts";
import { agentStore } from "./store/d1/agents.ts";
import { apiTokenStore } from "./store/d1/api-tokens.ts";
import { type Database, describeFault } from "./store/d1/database.ts";
import { gatewayStore } from "./store/d1/gateways.ts";
import { grantIndex } from "./store/d1/grant-index.ts";
import { appUserStore, auditStore, organizationStore } from "./store/d1/organizations.ts";
import { serverStore } from "./store/d1/servers.ts";

export interface OperatorRooms extends Pick<Rooms, "management" | "dashboard"> {
  people: AccountOperations;
}

/** @param enter answers a request as the Worker's own door does */
export function buildOperators(
  bindings: Bindings,
  parts: Parts,
  seldom: Seldom,
  enter: (request: Request, background: (work: Promise<unknown>) => void) => Promise<Response>,
): OperatorRooms {
  const { settings, context } = parts;
  const stores = operatorStores(seldom.db);
  const doctor = buildDoctor(parts, (request) => enter(request, waitUntil));
  const dependencies = adminDependencies(bindings, parts, seldom, stores, doctor);
  const operators: DashboardParts = {
    admin: createAdmin(dependencies),
    organizations: stores.organizations,
    tokens: stores.tokens,
    identify: (token, remember) =>
      identifyActor({ tokens: stores.tokens, now, adminToken: settings.adminToken.reveal() }, token, remember),
    enter: (request) => enter(request, waitUntil),
    fault: (error, requestId) => {
      const seen = describeFault(error).slice(0, 300);
      context.record({ event: "failure", outcome: "failed", reason: "internal_error", requestId, seen });
    },
  };
  const management = managementRoom({
    ...operators,
    origin: settings.origin,
    allowFailure: (request) =>
      context.allow("failures", `management ${addressKey(request.headers.get("cf-connecting-ip"))}`),
  });
  const dashboard = buildDashboard(bindings, parts, operators);
  return { management, dashboard, people: accountOperations(dependencies) };
}

export function operatorStores(db: Database): AdminStores {
  return {
    organizations: organizationStore(db),
    tokens: apiTokenStore(db),
    gateways: gatewayStore(db),
    servers: serverStore(db),
    agents: agentStore(db),
    grantIndex: grantIndex(db),
    users: appUserStore(db),
    audit: auditStore(db),
  };
}

function adminDependencies(
  bindings: Bindings,
  parts: Parts,
  { connector }: Seldom,
  stores: AdminStores,
  doctor: Doctor,
) {
  const { settings, sealer, publisher, logs, context } = parts;
  const rules = { allowPrivateNetwork: settings.allowPrivateNetwork, ownHosts: ownHosts(settings) };
  const dependencies: AdminDependencies = {
    ...stores,
    grants: context.grants,
    logs,
    sealer,
    publish: publisher.publish,
    // Only the browser goes to the authorization endpoint; every other address is called from here.
    checkUrl: (field, url) =>
      field === "authorizationEndpoint" ? refuseNavigation(url, rules) : refuseOutbound(url, rules),
    discoverIssuer: connector.discoverIssuer,
    doctor,
    allowCheck: async (gatewayId) => (await bindings.LIMIT_CHECK?.limit({ key: gatewayId }))?.success ?? true,
    callbackUrl: (gatewayId) => callbackUrl(settings, gatewayId),
    mcpUrl: (slug) => `${issuerOf(slug, settings)}/mcp`,
    now,
  };
  return dependencies;
}
