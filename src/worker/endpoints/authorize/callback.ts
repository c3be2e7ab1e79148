// GET /callback/{gatewayId}: the provider's answer, checked against the attempt, the profile and the browser.
import type { DownstreamTokens, Identity } from "../../oauth/downstream.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import { type OAuthErrorCode, PageError, RedirectableError } from "../../oauth/errors.ts";
import { readParameters } from "../../oauth/params.ts";
import type { GatewayProfile } from "../../oauth/profile.ts";
import { ProvenRedirect } from "../../oauth/redirect-uri.ts";
import { holdsAll } from "../../oauth/scope.ts";
import { isStorageFault } from "../../oauth/storage-fault.ts";
import type { Arrival } from "../../store/promises/grants.ts";
import type { ServerSnapshot } from "../../store/promises/snapshot.ts";
import type { Visit } from "../context.ts";
import { isAccountPage, withoutTokens } from "./account.ts";
import { attemptPage } from "./attempt-page.ts";
import { cookie, departureCookie, readCookie } from "./browser.ts";
import { placeOf } from "./place.ts";
import { respond } from "./respond.ts";

export async function callback(request: Request, gatewayId: string, visit: Visit): Promise<Response> {
  const { context } = visit;
  if (request.method !== "GET") {
    throw new PageError(405, "invalid_request", "method_not_allowed", { headers: { allow: "GET" } });
  }
  const query = new URL(request.url).searchParams;
  const read = readParameters(query);
  if (!read.ok) throw new PageError(400, "invalid_request", read.reason, { field: read.field, seen: read.seen });
  const state = read.parameters.get("state");
  if (!state) throw new PageError(400, "invalid_request", "state_unknown", { field: "state", seen: "absent" });

  const cookieName = departureCookie(state);
  const proof = { cookie: readCookie(request, cookieName, context.settings), gatewayId };
  const arrived = await context.grants.arrive(state, proof);
  if (!arrived.ok) {
    throw attemptPage(arrived.reason === "browser_mismatch" ? 403 : 400, arrived.reason, state, arrived.of);
  }
  const place = placeOf(arrived.grantId, arrived.request);
  // Without a code it is the provider's refusal, which is noted with its reason.
  if (read.parameters.has("code")) {
    context.record({ event: "return", outcome: "ok", requestId: visit.requestId, ...place });
  }
  const redirect = ProvenRedirect.recorded(arrived.request);
  const done = cookie(cookieName, "", 0, context.settings);
  try {
    const code = await identify(arrived, query, state, visit);
    return respond(redirect, { code }, [done]);
  } catch (error) {
    throw await refusal(error, arrived, { redirect, done }, visit);
  }
}

async function identify(arrived: Arrival, query: URLSearchParams, state: string, visit: Visit): Promise<string> {
  const { context, requestId } = visit;
  const { grantId, request } = arrived;
  const { organizationId, gatewayId, scope } = request;
  const snapshot = await context.snapshots.bySlug(request.slug);
  const profile = attachedProfile(snapshot, gatewayId);
  const { codeVerifier, nonce } = arrived;
  const { notes, ...found } = await context.connector.arrive(profile, {
    organizationId,
    parameters: query,
    state,
    nonce,
    codeVerifier,
    scope,
  });
  const lifetimes = { idle: profile.grantIdleTtl, max: profile.grantMaxTtl, access: profile.accessTokenTtl };
  const kept = isAccountPage(request) ? withoutTokens(found) : found;
  const identified = await context.grants.identify(grantId, { ...kept, lifetimes });
  if (!identified.ok) throw new DownstreamError(identified.reason);
  await remember(arrived, found, profile, visit);
  const line = { outcome: "ok", requestId, ...placeOf(grantId, request), user: found.identity.userId } as const;
  const [diagnosis] = notes ?? [];
  const amiss = { ...(diagnosis && { diagnosis }), ...missingScopes(scope, found.tokens.scope) };
  context.record({ event: "identity", ...line, ...amiss });
  context.record({ event: "code", ...line });
  return identified.code;
}

/** Before the client gets its code: a grant that its operator cannot see could not be revoked either. */
async function remember(
  { grantId, request }: Arrival,
  { identity, tokens }: { identity: Identity; tokens: DownstreamTokens },
  profile: GatewayProfile,
  { context }: Visit,
): Promise<void> {
  const { organizationId, gatewayId, serverId, client } = request;
  const now = context.now();
  const person = { organizationId, identity, channel: "oauth", now } as const;
  if (isAccountPage(request)) return context.directory.seen(person);
  const recorded = await context.directory.record({
    ...person,
    ...{ grantId, gatewayId, serverId, clientId: client.id, clientName: client.name },
    scope: tokens.scope,
    expiresAt: now + profile.grantMaxTtl,
  });
  if (!recorded) throw new DownstreamError("gateway_detached", {}, true);
}

/** Fewer scopes than the person was asked for is no failure yet: it will be one for the tools that need them. */
function missingScopes(asked: string[], granted: string[]) {
  if (holdsAll(granted, asked)) return {};
  return { reason: "scopes_missing" as const, expected: asked.join(" "), seen: granted.join(" ") || "none" };
}

/** A server may have lost or changed its profile while the person was signing in. */
function attachedProfile(snapshot: ServerSnapshot | null, gatewayId: string): GatewayProfile {
  const profile = snapshot?.gateway;
  if (!profile || profile.id !== gatewayId) throw new DownstreamError("gateway_detached", {}, true);
  return profile;
}

/** The attempt ends with its reason, and the client learns it at its proven redirect URI, with `iss` (P-86). */
async function refusal(
  error: unknown,
  arrived: Arrival,
  { redirect, done }: { redirect: ProvenRedirect; done: string },
  visit: Visit,
): Promise<RedirectableError> {
  const known = error instanceof DownstreamError ? error : ownFault(error);
  await visit.context.grants.fail(arrived.grantId, known.reason);
  const headers = { "set-cookie": done };
  const detail = {
    ...{ ...known.detail, attempt: arrived.grantId, headers },
    line: placeOf(arrived.grantId, arrived.request),
  };
  return new RedirectableError(redirect, wireCode(known), known.reason, detail);
}

/** Not the provider's: storage that passes, or the gateway's own fault, of which only the kind is told. */
function ownFault(error: unknown): DownstreamError {
  if (isStorageFault(error)) return new DownstreamError("storage_unavailable", {}, true);
  return new DownstreamError("internal_error", { seen: error instanceof Error ? error.name : typeof error });
}

function wireCode(error: DownstreamError): OAuthErrorCode {
  if (error.transient) return "temporarily_unavailable";
  return error.reason === "provider_denied" ? "access_denied" : "server_error";
}
