// A provider's own word on an opaque token, where it knows no introspection: whose it is, and which client it is for.
import * as z from "zod";
import type { OwnCheck } from "../../contract/providers.ts";
import type { Claims } from "../oauth/claim-path.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { addressOf, claimsFrom } from "../oauth/provider-call.ts";
import { basicHeaders } from "./client-authentication.ts";
import type { OutboundRequest } from "./http.ts";
import type { Parts, Relation } from "./parts.ts";

const answer = z.looseObject({});

/**
 * Claims with `active` as RFC 7662 has it, and an end at all events. Throws app_token_opaque when the profile lacks
 * what the provider wants of who asks, provider_client_rejected, provider_error or provider_unavailable.
 */
export async function askProvider(
  parts: Parts,
  { profile, preset, provider }: Omit<Relation, "clientId">,
  check: OwnCheck,
  token: string,
): Promise<Claims> {
  const { clientId } = profile;
  const url = addressOf(check.url, provider, preset, clientId);
  const ways =
    check.authentication === "none"
      ? [{}]
      : await basicHeaders({ profile, clientId: clientId ?? "" }, parts.settings.openSecret);
  if (url === null || ways.length === 0) {
    const field = clientId === null ? "clientId" : "clientSecret";
    throw new DownstreamError("app_token_opaque", {
      expected: "a client to ask the provider with",
      seen: "none",
      field,
    });
  }
  let response = new Response(null, { status: 401 });
  for (const headers of ways.slice(0, 2)) {
    response = await parts.guardedFetch(...questionOf(check, url, token, headers));
    if (response.status !== 401) break;
  }
  return claimsOf(response, check, parts.settings.now());
}

function questionOf(
  { method, token: { in: place, name }, headers: own }: OwnCheck,
  url: string,
  token: string,
  authentication: Record<string, string>,
): [string, OutboundRequest] {
  const headers = { ...own, ...authentication };
  if (place === "query") return [`${url}?${new URLSearchParams({ [name]: token })}`, { method, headers }];
  const body = JSON.stringify({ [name]: token });
  return [url, { method, headers: { ...headers, "content-type": "application/json" }, body }];
}

async function claimsOf(response: Response, check: OwnCheck, now: number): Promise<Claims> {
  const { status } = response;
  if (check.inactive.includes(status)) return { active: false };
  const seen = `the question about the token: status ${status}`;
  if (status === 401 || status === 403) throw new DownstreamError("provider_client_rejected", { seen });
  if (status !== 200) throw new DownstreamError("provider_unavailable", { seen }, true);
  const parsed = answer.safeParse(await response.json().catch(() => null));
  if (!parsed.success) throw new DownstreamError("provider_error", { expected: "a JSON object", seen });
  const claims = claimsFrom(parsed.data, check);
  return { exp: now + check.lifetime, ...claims, active: true };
}
