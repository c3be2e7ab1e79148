// Leaves for the provider: only an approved attempt gets a state, and the browser takes its half along (P-58).
import { grantIdOf } from "../../../contract/ids.ts";
import { DownstreamError } from "../../oauth/downstream-error.ts";
import { PageError, RedirectableError } from "../../oauth/errors.ts";
import { attemptLifetime } from "../../oauth/lifetimes.ts";
import { ProvenRedirect } from "../../oauth/redirect-uri.ts";
import type { Departure } from "../../store/promises/grants.ts";
import type { Visit } from "../context.ts";
import { cookie, departureCookie } from "./browser.ts";
import { placeOf } from "./place.ts";

/** @param cookies further Set-Cookie values that the same answer carries */
export async function leave(departed: Departure, cookies: string[], visit: Visit): Promise<Response> {
  const { context } = visit;
  const location = await authorizationUrl(departed, visit);
  const place = placeOf(grantIdOf(departed.state), departed.request);
  context.record({ event: "departure", outcome: "ok", requestId: visit.requestId, ...place });
  const headers = new Headers({ location, "cache-control": "no-store", "referrer-policy": "no-referrer" });
  const name = departureCookie(departed.state);
  for (const value of [...cookies, cookie(name, departed.cookie, attemptLifetime, context.settings)]) {
    headers.append("set-cookie", value);
  }
  // 303 and never 307, which would carry the form's body to the provider (P-61).
  return new Response(null, { status: 303, headers });
}

async function authorizationUrl(departed: Departure, visit: Visit): Promise<string> {
  const { request, state, nonce, codeVerifier } = departed;
  const snapshot = await visit.context.snapshots.bySlug(request.slug);
  const profile = snapshot?.gateway;
  const redirect = ProvenRedirect.recorded(request);
  if (!profile || profile.id !== request.gatewayId) {
    throw new RedirectableError(redirect, "temporarily_unavailable", "gateway_detached", {
      attempt: grantIdOf(state),
      line: { event: "departure", ...placeOf(grantIdOf(state), request) },
    });
  }
  const { organizationId, scope } = request;
  try {
    return await visit.context.connector.authorizationUrl(profile, {
      organizationId,
      state,
      nonce,
      codeVerifier,
      scope,
      identityOnly: request.client.kind === "account",
    });
  } catch (error) {
    if (!(error instanceof DownstreamError)) throw error;
    const line = placeOf(grantIdOf(state), request);
    const detail = { ...error.detail, attempt: grantIdOf(state), line };
    // An operator's own test shows what failed, step by step.
    if (request.client.kind === "connect") {
      const step = { ...detail, line: { event: "discovery", outcome: "failed", ...line } } as const;
      throw new RedirectableError(redirect, "temporarily_unavailable", error.reason, step);
    }
    // The person stays here with an explanation: the app could only say that something failed.
    throw new PageError(error.transient ? 503 : 502, "temporarily_unavailable", error.reason, detail);
  }
}
