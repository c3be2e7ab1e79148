// POST /register (RFC 7591): anonymous, so failures and new clients are counted; the same public client is one row.
import { secretPrefix } from "../../contract/ids.ts";
import type { RegistrationResponse } from "../../contract/oauth.ts";
import { BoundedMemory } from "../oauth/bounded-memory.ts";
import { addressKey } from "../oauth/client-address.ts";
import { sha256 } from "../oauth/digest.ts";
import { WireError } from "../oauth/errors.ts";
import type { GatewayProfile } from "../oauth/profile.ts";
import { readWireJson } from "../oauth/read-body.ts";
import { type ClientMetadata, readRegistration } from "../oauth/registration.ts";
import type { RegisteredClient } from "../store/promises/directory.ts";
import { randomSecret } from "../tokens/opaque.ts";
import type { Context, ServerVisit } from "./context.ts";

/** 201 with all registered metadata (P-44); never a null and never anything of the downstream client (P-47). */
export async function register(request: Request, visit: ServerVisit): Promise<Response> {
  const { gateway, sender } = opened(request, visit);
  const metadata = await readCounted(request, gateway, sender, visit);
  const { id, secret } = await credentialsOf(metadata, visit.server.snapshot.id);
  const issuedAt = (await recalled(id, secret, visit)) ?? (await added(id, secret, metadata, sender, visit));
  const answer: RegistrationResponse = {
    ...metadata.echoed,
    client_id: id,
    client_id_issued_at: issuedAt,
    ...(secret !== null && { client_secret: secret, client_secret_expires_at: 0 }),
    client_name: metadata.name,
    redirect_uris: metadata.redirectUris,
    token_endpoint_auth_method: metadata.authMethod,
    grant_types: metadata.grantTypes,
    response_types: ["code"],
  };
  return Response.json(answer, { status: 201, headers: { "cache-control": "no-store" } });
}

/** @returns the profile, and what failures and new clients are counted by: this server and this address */
function opened(request: Request, { server: { snapshot } }: ServerVisit): { gateway: GatewayProfile; sender: string } {
  if (!snapshot.gateway) throw new WireError(503, "temporarily_unavailable", "gateway_detached");
  const { gateway } = snapshot;
  if (!gateway.clientPolicy.dynamicRegistration) throw new WireError(403, "access_denied", "registration_closed");
  return { gateway, sender: `${snapshot.id} ${addressKey(request.headers.get("cf-connecting-ip"))}` };
}

async function readCounted(
  request: Request,
  { clientPolicy, enterpriseIssuers }: GatewayProfile,
  sender: string,
  { context }: ServerVisit,
): Promise<ClientMetadata> {
  try {
    return readRegistration(await readWireJson(request), clientPolicy, enterpriseIssuers.length > 0);
  } catch (error) {
    if (error instanceof WireError && !(await context.allow("failures", sender))) throw tooMany();
    throw error;
  }
}

/**
 * A client that registers again is not counted: hosted clients do so for each connection, all from the same few
 * addresses. This isolate remembers it for a minute, so that a flood of it stays here.
 * @returns when it registered first; null for a client that is new
 */
async function recalled(id: string, secret: string | null, visit: ServerVisit): Promise<number | null> {
  if (secret !== null) return null;
  const { context, server } = visit;
  const memory = memoryOf(context);
  const key = `${server.snapshot.id} ${id}`;
  const remembered = memory.get(key, context.now());
  if (remembered !== undefined) return remembered;
  const known = await context.clients.recall(server.snapshot.id, id, context.now());
  if (!known) return null;
  memory.set(key, known.createdAt, { weight: 1, until: context.now() + 60 });
  note(known, visit);
  return known.createdAt;
}

async function added(
  id: string,
  secret: string | null,
  metadata: ClientMetadata,
  sender: string,
  visit: ServerVisit,
): Promise<number> {
  const { context, server } = visit;
  if (!(await context.allow("register", sender))) throw tooMany();
  const kept = await context.clients.register({
    id,
    serverId: server.snapshot.id,
    name: metadata.name,
    redirectUris: metadata.redirectUris,
    secretHash: secret === null ? null : await sha256(secret),
    metadata: metadata.echoed,
    createdAt: context.now(),
  });
  if (!kept) throw new WireError(503, "temporarily_unavailable", "registrations_unfinished", { retryAfter: 600 });
  note(kept, visit);
  return kept.createdAt;
}

function note({ id, name }: Pick<RegisteredClient, "id" | "name">, { context, server, requestId }: ServerVisit): void {
  const { organizationId, gateway, slug } = server.snapshot;
  context.record({
    event: "registration",
    outcome: "ok",
    requestId,
    organization: organizationId,
    ...(gateway && { gateway: gateway.id }),
    server: slug,
    client: id,
    clientName: name,
  });
}

function tooMany(): WireError {
  return new WireError(429, "temporarily_unavailable", "rate_limited", { retryAfter: 60 });
}

const memories = new WeakMap<Context, BoundedMemory<number>>();

/** When the clients that lately registered here did so first. */
function memoryOf(context: Context): BoundedMemory<number> {
  const memory = memories.get(context) ?? new BoundedMemory(10_000);
  memories.set(context, memory);
  return memory;
}

/**
 * A public client is what it says, so its id is the hash of that, per server: registering again piles nothing up. A
 * confidential one is somebody's own and gets a random id and secret.
 */
async function credentialsOf(
  metadata: ClientMetadata,
  serverId: string,
): Promise<{ id: string; secret: string | null }> {
  if (metadata.authMethod === "none" || metadata.authMethod === "private_key_jwt") {
    return { id: `mcpstack_client_${await sha256(`${serverId}\n${metadata.fingerprint}`)}`, secret: null };
  }
  return { id: `mcpstack_client_${randomSecret()}`, secret: `${secretPrefix.clientSecret}${randomSecret()}` };
}
