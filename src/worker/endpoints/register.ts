// POST /register (RFC 7591): anonymous, bounded; the same public registration is the same client.
import { secretPrefix } from "../../contract/ids.ts";
import type { RegistrationResponse } from "../../contract/oauth.ts";
import { addressKey } from "../oauth/client-address.ts";
import { sha256 } from "../oauth/digest.ts";
import { WireError } from "../oauth/errors.ts";
import { readWireJson } from "../oauth/read-body.ts";
import { type ClientMetadata, readRegistration } from "../oauth/registration.ts";
import { randomSecret } from "../tokens/opaque.ts";
import type { ServerVisit } from "./context.ts";

/** 201 with all registered metadata (P-44); never a null and never anything of the downstream client (P-47). */
export async function register(request: Request, visit: ServerVisit): Promise<Response> {
  const { context, server, requestId } = visit;
  const { snapshot } = server;
  const body = await readWireJson(request);
  if (!snapshot.gateway) throw new WireError(503, "temporarily_unavailable", "gateway_detached");
  if (!snapshot.gateway.clientPolicy.dynamicRegistration) {
    throw new WireError(403, "access_denied", "registration_closed");
  }
  const key = `${snapshot.id} ${addressKey(request.headers.get("cf-connecting-ip"))}`;
  if (!(await context.allow("register", key))) {
    throw new WireError(429, "temporarily_unavailable", "rate_limited", { retryAfter: 60 });
  }
  const metadata = readRegistration(body, snapshot.gateway.clientPolicy);
  const { id, secret } = await credentialsOf(metadata, snapshot.id);
  const kept = await context.clients.register({
    id,
    serverId: snapshot.id,
    name: metadata.name,
    redirectUris: metadata.redirectUris,
    secretHash: secret === null ? null : await sha256(secret),
    metadata: metadata.echoed,
    createdAt: context.now(),
  });
  context.record({
    event: "registration",
    outcome: "ok",
    requestId,
    organization: snapshot.organizationId,
    gateway: snapshot.gateway.id,
    server: snapshot.slug,
    client: id,
    clientName: metadata.name,
  });
  const answer: RegistrationResponse = {
    ...metadata.echoed,
    client_id: kept.id,
    client_id_issued_at: kept.createdAt,
    ...(secret !== null && { client_secret: secret, client_secret_expires_at: 0 }),
    client_name: metadata.name,
    redirect_uris: metadata.redirectUris,
    token_endpoint_auth_method: metadata.authMethod,
    grant_types: metadata.grantTypes,
    response_types: ["code"],
  };
  return Response.json(answer, { status: 201, headers: { "cache-control": "no-store" } });
}

/**
 * A public client is what it says, so its id is the hash of that, per server: registering again piles nothing up. A
 * confidential one is somebody's own and gets a random id and secret.
 */
async function credentialsOf(
  metadata: ClientMetadata,
  serverId: string,
): Promise<{ id: string; secret: string | null }> {
  if (metadata.authMethod === "none") {
    return { id: `mcpstack_client_${await sha256(`${serverId}\n${metadata.fingerprint}`)}`, secret: null };
  }
  return { id: `mcpstack_client_${randomSecret()}`, secret: `${secretPrefix.clientSecret}${randomSecret()}` };
}
