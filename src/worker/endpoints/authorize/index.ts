// GET /authorize: validated once, opened once; from here on only a ticket travels.
import { addressKey } from "../../oauth/client-address.ts";
import { PageError } from "../../oauth/errors.ts";
import type { ServerVisit } from "../context.ts";
import { next } from "./next.ts";
import { placeOf } from "./place.ts";
import { validate } from "./request.ts";

export { callback } from "./callback.ts";
export { consent } from "./consent.ts";

/** P-50 to P-63. Answers with a redirect; an error before the redirect URI is proven is a page. */
export async function authorize(request: Request, visit: ServerVisit): Promise<Response> {
  const { context, server, requestId } = visit;
  if (request.method !== "GET") {
    throw new PageError(405, "invalid_request", "method_not_allowed", { headers: { allow: "GET" } });
  }
  const key = `${server.snapshot.id} ${addressKey(request.headers.get("cf-connecting-ip"))}`;
  if (!(await context.allow("authorize", key))) {
    throw new PageError(429, "temporarily_unavailable", "rate_limited", { retryAfter: 60 });
  }
  const { request: authorization, askAgain, amiss } = await validate(request, visit);
  const { ticket, grantId } = await context.grants.open(authorization);
  context.record({ event: "authorize", outcome: "ok", requestId, ...placeOf(grantId, authorization), ...amiss });
  return next(request, { ticket, grantId, authorization, askAgain }, visit);
}
