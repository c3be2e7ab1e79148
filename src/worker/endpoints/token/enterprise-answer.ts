// From an ID-JAG to an access token: an enterprise's identity provider decided, and nobody is asked for consent (P-94).
import type { TokenResponse } from "../../../contract/oauth.ts";
import type { IdentityAssertion } from "../../downstream/port.ts";
import { looksLikeUrl } from "../../oauth/client-id-url.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import { Refusal, WireError } from "../../oauth/errors.ts";
import { enterpriseScope } from "../../oauth/id-jag.ts";
import { proveKnownClient } from "../../oauth/known-client.ts";
import { type Parameters, printable } from "../../oauth/params.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import { meansServer } from "../../oauth/resource.ts";
import { parseScope } from "../../oauth/scope.ts";
import { newId } from "../../tokens/opaque.ts";
import type { AccessTokenClaims } from "../../tokens/port.ts";
import type { ServerVisit } from "../context.ts";
import type { GrantlessType } from "./grant.ts";

/** Seconds. Policy is the identity provider's, and it is asked again at least this often, whatever the profile says. */
const longestToken = 3600;

/** Authenticates the client and judges its assertion; throws a WireError for whatever is refused. */
export const answer: GrantlessType["answer"] = async (parameters, { usedHeader, ...proof }, visit) => {
  const client = await proveKnownClient(proof, usedHeader, visit.clientBook);
  try {
    // ID-JAG §8.1: a client that is known by its name alone would let anybody use an assertion that leaked.
    const authenticated = client.secretHash !== null || proof.keyProven;
    if (!authenticated) throw new WireError(400, "unauthorized_client", "id_jag_client_public");
    const name = client.name ?? (await documentName(proof.clientId, visit));
    return await issue(parameters, { id: proof.clientId, name }, visit);
  } catch (error) {
    throw error instanceof Refusal ? wireOf(error, proof.clientId) : error;
  }
};

/** A document client has just been looked at for its keys, so that nobody is asked again. */
async function documentName(clientId: string, { context }: ServerVisit): Promise<string | null> {
  if (!looksLikeUrl(clientId)) return null;
  return context.clientDocuments.find(clientId).then(
    ({ name }) => name,
    () => null,
  );
}

async function issue(
  parameters: Parameters,
  client: { id: string; name: string | null },
  visit: ServerVisit,
): Promise<Response> {
  const { context, server } = visit;
  const { gateway } = server.snapshot;
  if (gateway === null) throw new WireError(400, "invalid_target", "gateway_detached");
  const requested = asked(parameters, server.resource);
  const found = await context.connector.identityAssertion(gateway, {
    token: parameters.get("assertion") ?? "",
    organizationId: server.snapshot.organizationId,
    ...{ audience: server.issuer, clientId: client.id, resource: server.resource },
  });
  const { idJag } = found;
  const scope = enterpriseScope(requested, idJag.scope, server.snapshot);
  // Last of all: whatever is refused above may be corrected and sent again.
  const { jti, until } = idJag;
  const use = { kind: "identity-assertion", issuer: idJag.issuer.issuer, jti, until } as const;
  if (!(await context.replays.firstUse(use))) throw new DownstreamError("id_jag_replayed", { field: "assertion" });
  const claims = claimsFor(found, scope, client, gateway, visit);
  const response = await answered(claims, visit);
  note(found, client, visit);
  return response;
}

/** The scopes of the request, and the server that it may name as well. */
function asked(parameters: Parameters, own: string): string[] {
  const resource = parameters.get("resource");
  if (resource !== undefined && !meansServer(resource, own)) {
    const detail = { field: "resource", expected: own, seen: printable(resource, 500) };
    throw new WireError(400, "invalid_target", "resource_unknown", detail);
  }
  const scope = parseScope(parameters.get("scope"));
  if (scope !== null) return scope;
  throw new WireError(400, "invalid_scope", "malformed_request", {
    field: "scope",
    seen: "a character that no scope has",
  });
}

/** No grant and no credential of the provider's: the user is whom the assertion names, and nothing else is known. */
function claimsFor(
  { identity, idJag }: IdentityAssertion,
  scope: readonly string[],
  client: { id: string; name: string | null },
  { accessTokenTtl }: GatewayProfile,
  { context, server }: ServerVisit,
): AccessTokenClaims {
  const now = context.now();
  return {
    iss: server.issuer,
    aud: server.resource,
    sub: identity.userId,
    org: server.snapshot.organizationId,
    cid: client.id,
    ...(client.name !== null && { cn: client.name }),
    ...(identity.workspace !== null && { ws: identity.workspace }),
    by: { i: idJag.issuer.issuer, ...(idJag.tenant !== null && { t: idJag.tenant }) },
    scope: scope.join(" "),
    ch: "enterprise",
    iat: now,
    // Not tied to the assertion's own end, which says until when it may be shown here (RFC 7523 §3).
    exp: now + Math.min(accessTokenTtl, longestToken),
    jti: newId("at"),
    ep: server.snapshot.epoch,
  };
}

/** Without a refresh token: the next token takes a new assertion, and with it the identity provider's word (P-95). */
async function answered(claims: AccessTokenClaims, { context }: ServerVisit): Promise<Response> {
  const body: TokenResponse = {
    access_token: await context.accessTokens.seal(claims),
    token_type: "Bearer",
    expires_in: claims.exp - claims.iat,
    scope: claims.scope,
  };
  return Response.json(body, { headers: { "cache-control": "no-store", pragma: "no-cache" } });
}

function note(
  { identity }: IdentityAssertion,
  client: { id: string; name: string | null },
  { context, server, requestId, background }: ServerVisit,
): void {
  const { id: serverId, organizationId, slug, gateway } = server.snapshot;
  const person = { organizationId, identity, channel: "enterprise", now: context.now() } as const;
  const noted = context.notePerson({ ...person, client: { serverId, clientId: client.id } });
  if (noted) background(noted);
  context.record({
    ...{ event: "enterprise", outcome: "ok", channel: "enterprise", requestId, organization: organizationId },
    ...{ server: slug, client: client.id, user: identity.userId, seen: identity.issuer },
    ...(gateway && { gateway: gateway.id }),
    ...(client.name !== null && { clientName: client.name }),
  });
}

/** EMA §7.6.2: any mismatch is invalid_grant. What keeps the gateway from judging is nobody's mismatch, and may pass. */
function wireOf(refusal: Refusal, clientId: string): WireError {
  const { reason } = refusal;
  const line = { event: "enterprise", channel: "enterprise", client: printable(clientId, 200) } as const;
  const detail = { ...refusal.detail, line };
  if (refusal instanceof WireError) return new WireError(refusal.status, refusal.error, reason, detail);
  const mismatch = reason.startsWith("id_jag_") || reason === "identity_missing";
  if (mismatch) return new WireError(400, "invalid_grant", reason, detail);
  return new WireError(503, "temporarily_unavailable", reason, { retryAfter: 5, ...detail });
}
