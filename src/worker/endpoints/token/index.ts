// POST /token, a fixed pipeline: form, client, grant type, the grant's object, sealed access token.
import type { ReasonCode } from "../../../contract/events.ts";
import { grantIdOf } from "../../../contract/ids.ts";
import type { TokenResponse } from "../../../contract/oauth.ts";
import { type AuthenticatedClient, authenticateClient } from "../../oauth/client-authentication.ts";
import { countFailure } from "../../oauth/counted-failure.ts";
import { WireError } from "../../oauth/errors.ts";
import { invalidClient, proveKnownClient } from "../../oauth/known-client.ts";
import { type Parameters, printable, readParameters } from "../../oauth/params.ts";
import { readWireForm } from "../../oauth/read-body.ts";
import type { Refused } from "../../store/promises/grants.ts";
import { newId } from "../../tokens/opaque.ts";
import type { ServerVisit } from "../context.ts";
import { accessClaims } from "./access-claims.ts";
import { authorizationCode } from "./authorization-code.ts";
import { enterprise } from "./enterprise.ts";
import type { GrantlessType, GrantType } from "./grant.ts";
import { refreshToken } from "./refresh-token.ts";

const grantTypes: readonly (GrantType | GrantlessType)[] = [authorizationCode, refreshToken, enterprise];

/** P-64 to P-73. A success touches one object and nothing else; clients are looked up only to name a failure. */
export async function token(request: Request, visit: ServerVisit): Promise<Response> {
  const read = readParameters(await readWireForm(request));
  if (!read.ok) throw new WireError(400, "invalid_request", read.reason, { field: read.field, seen: read.seen });
  const client = await authenticate(request, read.parameters, visit);
  const grantType = await findGrantType(read.parameters, client, visit);
  if ("answer" in grantType) return withoutGrant(grantType, read.parameters, client, request, visit);

  const issued = await grantType.issue(read.parameters, client.proof, visit);
  if (!issued.ok) {
    // A provider that is away is nobody's guess at a token, and an outage fails everybody's refresh.
    if (issued.retryAfter === undefined) await countFailure(request, visit);
    if (ends.has(issued.reason)) noteEnd(grantType, read.parameters, visit);
    throw await refusal(issued, client, visit, grantType, handleOf(grantType, read.parameters));
  }
  const { grant } = issued;
  const { context, server, requestId } = visit;
  const now = context.now();
  const claims = accessClaims(grant, server.snapshot, newId("at"), now);
  const body: TokenResponse = {
    access_token: await context.accessTokens.seal(claims),
    token_type: "Bearer",
    expires_in: claims.exp - now,
    refresh_token: grant.refreshToken,
    scope: claims.scope,
  };
  if (grant.touch) visit.background(context.directory.touch(grant, now));
  context.record({
    event: grantType.event,
    outcome: "ok",
    requestId,
    attempt: grant.grantId,
    organization: grant.organizationId,
    gateway: grant.gatewayId,
    server: grant.slug,
    client: grant.clientId,
    clientName: grant.clientName,
    user: grant.userId,
  });
  return Response.json(body, { headers: { "cache-control": "no-store", pragma: "no-cache" } });
}

/** A wrong assertion is a guess like a wrong code, and costs more to judge. */
async function authenticate(
  request: Request,
  parameters: Parameters,
  visit: ServerVisit,
): Promise<AuthenticatedClient> {
  try {
    return await authenticateClient(request, parameters, visit);
  } catch (error) {
    if (error instanceof WireError && error.status === 401) await countFailure(request, visit);
    throw error;
  }
}

async function findGrantType(
  parameters: Parameters,
  { proof, usedHeader }: AuthenticatedClient,
  visit: ServerVisit,
): Promise<GrantType | GrantlessType> {
  const asked = parameters.get("grant_type");
  const offered = grantTypes.filter((one) => !("offered" in one) || one.offered(visit));
  const grantType = offered.find(({ type }) => type === asked);
  const missing = grantType?.required.find((name) => !parameters.has(name));
  if (grantType && !missing) return grantType;
  // The client comes first (P-68): one that is not known must learn that, whatever else is wrong with its request.
  await proveKnownClient(proof, usedHeader, visit.clientBook);
  if (missing || asked === undefined) {
    const detail = { field: missing ?? "grant_type", seen: "absent" };
    throw new WireError(400, "invalid_request", "malformed_request", detail);
  }
  const detail = {
    field: "grant_type",
    expected: offered.map(({ type }) => type).join(" or "),
    seen: printable(asked),
  };
  throw new WireError(400, "unsupported_grant_type", "grant_type_unsupported", detail);
}

async function withoutGrant(
  grantType: GrantlessType,
  parameters: Parameters,
  { proof, usedHeader }: AuthenticatedClient,
  request: Request,
  visit: ServerVisit,
): Promise<Response> {
  try {
    return await grantType.answer(parameters, { ...proof, usedHeader }, visit);
  } catch (error) {
    // An identity provider that is away is nobody's guess at an assertion.
    if (error instanceof WireError && error.status < 500) await countFailure(request, visit);
    throw error;
  }
}

/** Told only to who holds a genuine code or token of the grant: it is over. */
const ends: ReadonlySet<ReasonCode> = new Set([
  ...(["code_replayed", "refresh_reused", "provider_grant_ended", "grant_ended", "grant_revoked"] as const),
]);

/** This isolate knows first and refuses the grant's access tokens at once; the others learn it from the snapshot. */
function noteEnd(grantType: GrantType, parameters: Parameters, { context, server }: ServerVisit): void {
  context.snapshots.noteEnded(server.snapshot.slug, grantIdOf(handleOf(grantType, parameters)));
}

/** The code or refresh token that was shown. */
function handleOf(grantType: GrantType, parameters: Parameters): string {
  const [handle = ""] = grantType.required.map((name) => parameters.get(name) ?? "");
  return handle;
}

/** Reasons after which the code or token is not known to be genuine: its attempt is nobody's. */
const disproved: ReadonlySet<ReasonCode> = new Set([
  ...(["code_unknown", "refresh_unknown", "client_unknown"] as const),
  ...(["client_authentication_failed", "client_assertion_required"] as const),
]);

/** Client before grant: a dead client id is told as such, even when the grant is dead as well. */
async function refusal(
  refused: Refused,
  { proof, usedHeader }: AuthenticatedClient,
  visit: ServerVisit,
  grantType: GrantType,
  handle: string,
): Promise<WireError> {
  const { reason, retryAfter, expected, seen, diagnosis } = refused;
  const attempt = disproved.has(reason) ? undefined : grantIdOf(handle);
  const detail = {
    ...(expected && { expected }),
    ...(seen && { seen: printable(seen, 500) }),
    ...(diagnosis && { diagnosis }),
    line: { event: grantType.event, client: printable(proof.clientId, 200), ...(attempt && { attempt }) },
  };
  if (reason === "client_authentication_failed" || reason === "client_assertion_required") {
    return invalidClient(reason, usedHeader);
  }
  if (retryAfter !== undefined) return new WireError(503, "temporarily_unavailable", reason, { ...detail, retryAfter });
  if (reason === "resource_unknown")
    return new WireError(400, "invalid_target", reason, { ...detail, field: "resource" });
  await proveKnownClient(proof, usedHeader, visit.clientBook);
  // A grant of another client is as unknown to this one as a grant that never was.
  return new WireError(400, "invalid_grant", reason === "client_unknown" ? grantType.unknown : reason, detail);
}
