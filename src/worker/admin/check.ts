// The doctor for operators: which profile and servers it is to look at, how often, and its findings counted.
import type { CheckRequest, CheckView, Finding } from "../../contract/management/check.ts";
import type { ExaminedServer } from "../downstream/doctor/port.ts";
import { originMatches } from "../oauth/allowed-origin.ts";
import { Secret } from "../oauth/secret.ts";
import type { GatewayRecord } from "../store/promises/gateways.ts";
import type { ServerRecord } from "../store/promises/servers.ts";
import { type Actor, enter } from "./actor.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError } from "./errors.ts";
import { findGateway } from "./gateways.ts";
import { findServer } from "./servers.ts";
import { isoTime } from "./trail.ts";

/** Each is a dozen requests, and a Worker may send only so many. */
const mostServers = 3;

export function checkOperations(parts: AdminDependencies) {
  return {
    /** It sends requests in the profile's name, so reading is not enough. Nothing is changed or kept. */
    async run(actor: Actor, orgId: string, reference: string, body: CheckRequest): Promise<CheckView> {
      await enter(parts.organizations, actor, orgId, "admin");
      const gateway = await findGateway(parts, orgId, reference);
      const servers = await attached(parts, gateway, body.server);
      if (!(await parts.allowCheck(gateway.id))) {
        throw new AdminError("rate_limited", "this gateway was checked ten times within a minute; wait a minute");
      }
      const looked = servers.slice(0, mostServers);
      const origins = body.token === undefined ? [] : await agentOrigins(parts, orgId, looked);
      const findings = await parts.doctor.examine({
        organizationId: orgId,
        profile: gateway,
        registrationEndpoint: gateway.registrationEndpoint,
        servers: looked.map((server) => examined(parts, server)),
        leftOut: servers.slice(mostServers).map(({ slug }) => slug),
        token: body.token === undefined ? null : new Secret(body.token),
        acceptsOrigin: (origin) => originMatches(origins, origin),
      });
      return { gatewayId: gateway.id, checkedAt: isoTime(parts.now()), summary: summaryOf(findings), findings };
    },
  };
}

/** The servers of this profile, or the one that is named. */
async function attached(
  parts: AdminDependencies,
  gateway: GatewayRecord,
  named: string | undefined,
): Promise<ServerRecord[]> {
  const { organizationId } = gateway;
  if (named !== undefined) {
    const server = await findServer(parts, organizationId, named, "server");
    if (server.gatewayId === gateway.id) return [server];
    const message = "is not attached to this gateway; attach it, or leave the field out";
    throw new AdminError("invalid_field", message, "server");
  }
  const linked = await parts.gateways.linkedServers([gateway.id]);
  const found = await Promise.all(linked.map(({ id }) => parts.servers.find(organizationId, id)));
  return found.filter((server) => server !== null);
}

function examined({ mcpUrl }: Pick<AdminDependencies, "mcpUrl">, server: ServerRecord): ExaminedServer {
  const { slug, runtimeUrl, scopes, tools, broaderScopes } = server;
  return { slug, runtimeUrl, scopes, tools, broaderScopes, mcpUrl: mcpUrl(slug) };
}

/** Some providers' session tokens are bound to the origin of the app's page, and to nothing else. */
async function agentOrigins({ agents, now }: AdminDependencies, orgId: string, servers: ServerRecord[]) {
  const { items } = await agents.list(orgId, { page: 1, pageSize: 200 });
  const { links } = await agents.details(
    items.map(({ id }) => id),
    now(),
  );
  const linked = new Set(
    links.filter(({ id }) => servers.some((server) => server.id === id)).map((link) => link.agentId),
  );
  return items.filter(({ id }) => linked.has(id)).flatMap(({ allowedOrigins }) => allowedOrigins);
}

function summaryOf(findings: readonly Finding[]): CheckView["summary"] {
  const count = (status: Finding["status"]) => findings.filter((finding) => finding.status === status).length;
  return { pass: count("pass"), warn: count("warn"), fail: count("fail"), skip: count("skip") };
}
