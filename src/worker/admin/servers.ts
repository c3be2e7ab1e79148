// MCP servers: create, change, delete, and which gateway profile is attached.
import { idPrefix } from "../../contract/ids.ts";
import type { PageRequest } from "../../contract/management/page.ts";
import type { ServerCreate, ServerUpdate, ServerView } from "../../contract/management/servers.ts";
import { allScopes } from "../oauth/scope.ts";
import type { ServerRecord } from "../store/promises/servers.ts";
import { newId } from "../tokens/opaque.ts";
import { type Actor, enter } from "./actor.ts";
import { noteChange } from "./change-lines.ts";
import type { AdminDependencies } from "./dependencies.ts";
import { AdminError, notFound } from "./errors.ts";
import { findGateway } from "./gateways.ts";
import { finishRevocations } from "./revocation.ts";
import { sent } from "./sent.ts";
import { isoTime, paged, trail } from "./trail.ts";

export function serverOperations(parts: AdminDependencies) {
  const { organizations, servers, publish, now } = parts;
  const view = (server: ServerRecord) => serverView(parts, server);

  return {
    create: (actor: Actor, orgId: string, body: ServerCreate) => create(parts, actor, orgId, body),
    async list(actor: Actor, orgId: string, request: PageRequest) {
      await enter(organizations, actor, orgId, "viewer");
      return paged(await servers.list(orgId, request), request, view);
    },
    async get(actor: Actor, orgId: string, reference: string) {
      await enter(organizations, actor, orgId, "viewer");
      return view(await findServer(parts, orgId, reference));
    },
    async update(actor: Actor, orgId: string, reference: string, body: ServerUpdate) {
      await enter(organizations, actor, orgId, "admin");
      const server = await findServer(parts, orgId, reference);
      const fields = Object.keys(body);
      if (fields.length === 0) return view(server);
      checkRuntime(parts, body.runtimeUrl);
      const { staticHeaders, slug, authentication, ...settings } = body;
      const sealed = await sealHeaders(parts, server, staticHeaders);
      const change = { ...sent(settings), ...sealed, updatedAt: now() };
      checkScopes({ ...server, ...change });
      const entry = trail(actor, orgId, "server.update", server.id, now(), fields);
      await servers.update(server.id, change, entry);
      await publish([server.slug]);
      noteChange(parts, actor, entry, [server.gatewayId], { server: server.slug });
      return view({ ...server, ...change });
    },
    async remove(actor: Actor, orgId: string, reference: string): Promise<void> {
      await enter(organizations, actor, orgId, "admin");
      const server = await findServer(parts, orgId, reference);
      const entry = trail(actor, orgId, "server.delete", server.id, now());
      await servers.remove(server.id, "grant_revoked", entry);
      await publish([server.slug]);
      noteChange(parts, actor, entry, [server.gatewayId], { server: server.slug });
      await finishRevocations(parts, { serverId: server.id });
    },
    async attach(actor: Actor, orgId: string, reference: string, gatewayReference: string) {
      await enter(organizations, actor, orgId, "admin");
      const server = await findServer(parts, orgId, reference);
      refuseSharedCredential(server);
      const gateway = await findGateway(parts, orgId, gatewayReference, "gatewayId");
      if (server.gatewayId !== gateway.id) await change(actor, server, gateway.id);
      return view(await findServer(parts, orgId, server.id));
    },
    async detach(actor: Actor, orgId: string, reference: string): Promise<void> {
      await enter(organizations, actor, orgId, "admin");
      const server = await findServer(parts, orgId, reference);
      if (server.gatewayId !== null) await change(actor, server, null);
    },
  };

  /** The old profile's grants are refused with the change itself; their objects and the provider are told after it. */
  async function change(actor: Actor, server: ServerRecord, gatewayId: string | null): Promise<void> {
    const action = gatewayId === null ? "server.gateway.detach" : "server.gateway.attach";
    const entry = trail(actor, server.organizationId, action, server.id, now(), ["gatewayId"]);
    if (!(await servers.attach(server.id, gatewayId, "gateway_detached", entry))) {
      throw notFound("gateway", gatewayId ?? "");
    }
    await publish([server.slug]);
    noteChange(parts, actor, entry, [server.gatewayId, gatewayId], { server: server.slug });
    await finishRevocations(parts, { serverId: server.id });
  }
}

/** @throws AdminError not_found */
export async function findServer(
  { servers }: Pick<AdminDependencies, "servers">,
  orgId: string,
  reference: string,
  field?: string,
): Promise<ServerRecord> {
  const server = await servers.find(orgId, reference);
  if (!server) throw notFound("MCP server", reference, field);
  return server;
}

async function create(parts: AdminDependencies, actor: Actor, orgId: string, body: ServerCreate): Promise<ServerView> {
  await enter(parts.organizations, actor, orgId, "admin");
  checkRuntime(parts, body.runtimeUrl);
  const now = parts.now();
  const server: ServerRecord = {
    id: newId(idPrefix.server),
    organizationId: orgId,
    slug: body.slug,
    name: body.name,
    runtimeUrl: body.runtimeUrl,
    scopes: body.scopes ?? [],
    tools: body.tools ?? [],
    broaderScopes: body.broaderScopes ?? [],
    allowedOrigins: body.allowedOrigins ?? [],
    authentication: body.authentication ?? "gateway",
    staticHeadersSealed: null,
    gatewayId: null,
    createdAt: now,
    updatedAt: now,
  };
  checkScopes(server);
  Object.assign(server, await sealHeaders(parts, server, body.staticHeaders));
  const entry = trail(actor, orgId, "server.create", server.id, now, Object.keys(body));
  if (!(await parts.servers.create(server, entry))) {
    throw new AdminError("slug_taken", "this slug is in use or was another organization's; choose another", "slug");
  }
  await parts.publish([server.slug]);
  return serverView(parts, server);
}

/** Characters. A token may carry all of them, and must stay small enough for a header. */
const longestScopes = 4096;

function checkScopes(server: ServerRecord): void {
  const length = allScopes(server).join(" ").length;
  if (length <= longestScopes) return;
  const message = `with the tools' scopes these are ${length} characters; ${longestScopes} at most`;
  throw new AdminError("invalid_field", message, "scopes");
}

async function sealHeaders(
  { sealer }: AdminDependencies,
  server: ServerRecord,
  headers: Record<string, string> | undefined,
): Promise<{ staticHeadersSealed?: string | null }> {
  if (headers === undefined) return {};
  if (server.authentication !== "static_headers") {
    const message = 'only a server with authentication "static_headers" has them; leave the field out';
    throw new AdminError("invalid_field", message, "staticHeaders");
  }
  if (Object.keys(headers).length === 0) return { staticHeadersSealed: null };
  return { staticHeadersSealed: await sealer.seal("static-headers", server.id, JSON.stringify(headers)) };
}

function checkRuntime({ checkUrl }: AdminDependencies, runtimeUrl: string | undefined): void {
  const refused = runtimeUrl === undefined ? null : checkUrl("runtimeUrl", runtimeUrl);
  if (refused !== null) throw new AdminError("invalid_field", refused, "runtimeUrl");
}

function refuseSharedCredential(server: ServerRecord): void {
  if (server.authentication === "gateway") return;
  throw new AdminError(
    "shared_credential",
    "every call to a static_headers server uses one shared credential, and a gateway is for grants of single users: " +
      "attaching it would let everyone who signs in act with that one credential. " +
      'Create a server with authentication "gateway" instead.',
    "gatewayId",
  );
}

function serverView({ mcpUrl }: AdminDependencies, server: ServerRecord): ServerView {
  const { staticHeadersSealed, ...shown } = server;
  return {
    ...shown,
    mcpUrl: mcpUrl(server.slug),
    hasStaticHeaders: staticHeadersSealed !== null,
    createdAt: isoTime(server.createdAt),
    updatedAt: isoTime(server.updatedAt),
  };
}
