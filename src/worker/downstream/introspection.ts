// Opaque tokens: what the provider says of them (RFC 7662, or in its own way), remembered for a minute at most.
import * as oauth from "oauth4webapi";
import * as z from "zod";
import { BoundedMemory } from "../oauth/bounded-memory.ts";
import type { Claims } from "../oauth/claim-path.ts";
import { sha256 } from "../oauth/digest.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { providerWords } from "../oauth/provider-words.ts";
import { clientAuthentications } from "./client-authentication.ts";
import { askProvider } from "./own-check.ts";
import type { Parts, Relation } from "./parts.ts";
import type { AppTokenRequest } from "./port.ts";
import { clientOf, requestOptions, serverOf } from "./token-endpoint.ts";

export interface Introspection {
  /**
   * What the provider vouches for, as claims of an issuer that the profile names. Throws app_token_opaque when it
   * cannot be asked, app_token_inactive, app_token_issuer, provider_unavailable or provider_client_rejected.
   */
  claimsOf(relation: Omit<Relation, "clientId">, request: AppTokenRequest): Promise<Claims>;
}

const rememberedSeconds = 60;
const rememberedTokens = 2000;

const answer = z.looseObject({ active: z.boolean() });

/** Built once per isolate; tokens are remembered by their hash alone. */
export function createIntrospection(parts: Parts): Introspection {
  const memory = new BoundedMemory<Claims>(rememberedTokens);
  const { now } = parts.settings;

  return {
    async claimsOf(incomplete, request) {
      const ask = askOf(incomplete);
      const key = `${incomplete.profile.id} ${await sha256(request.token)}`;
      const known = memory.get(key, now());
      if (known) return active(known);
      // Each unknown text costs the provider a call: a crowd of made-up ones must not become its flood.
      if (!(await request.mayAsk())) throw new DownstreamError("rate_limited", { retryAfter: 60 }, true);
      const claims = await ask(request.token);
      memory.set(key, claims, { weight: 1, until: now() + rememberedSeconds });
      return active(claims);
    },
  };

  /** The provider's own way, or RFC 7662. */
  function askOf(incomplete: Omit<Relation, "clientId">): (token: string) => Promise<Claims> {
    const check = incomplete.preset.accessToken.ownCheck;
    if (check) return (token) => askProvider(parts, incomplete, check, token);
    const relation = askable(incomplete);
    return (token) => introspect(parts, relation, token);
  }

  function active(claims: Claims): Claims {
    if (claims.active === true) return claims;
    throw new DownstreamError("app_token_inactive", { expected: "an active token", seen: "active false" });
  }
}

function askable(incomplete: Omit<Relation, "clientId">): Relation {
  const { profile, provider } = incomplete;
  if (provider.introspectionEndpoint && profile.clientId && profile.clientSecretsSealed.length > 0) {
    return { ...incomplete, clientId: profile.clientId };
  }
  throw new DownstreamError("app_token_opaque", {
    expected: "a JWT with three parts",
    seen: provider.introspectionEndpoint ? "no client secret to ask the provider with" : "an opaque token",
    field: "resource",
  });
}

/** While a secret is being changed two are live, and the older one is tried when the newer one is refused. */
async function introspect(parts: Parts, relation: Relation, token: string): Promise<Claims> {
  const authentications = await clientAuthentications(relation, parts.settings.openSecret);
  const options = { ...requestOptions(parts), additionalParameters: { token_type_hint: "access_token" } };
  let status = 0;
  for (const authentication of authentications.slice(0, 2)) {
    const client = clientOf(parts, relation);
    const response = await refusedOr(async () =>
      oauth.introspectionRequest(introspector(relation), client, await authentication(), token, options),
    );
    if (response.status === 200) return claimsIn(await response.text(), relation);
    status = response.status;
    if (status !== 401 && status !== 400 && status !== 403) break;
  }
  const seen = `introspection: status ${status}`;
  if (status === 401 || status === 403) throw new DownstreamError("provider_client_rejected", { seen });
  throw new DownstreamError("provider_unavailable", { seen }, true);
}

function introspector(relation: Relation): oauth.AuthorizationServer {
  const endpoint = relation.provider.introspectionEndpoint;
  return { ...serverOf(relation), ...(endpoint ? { introspection_endpoint: endpoint } : {}) };
}

/** RFC 7662 §2.2: `iss` is optional, because the one who was asked is who answers; where it stands it must be right. */
function claimsIn(text: string, { provider }: Relation): Claims {
  const claims = parsed(text);
  if (claims.active && claims.iss !== undefined && claims.iss !== provider.issuer) {
    throw new DownstreamError("app_token_issuer", {
      expected: provider.issuer,
      seen: providerWords(String(claims.iss)),
      field: "authorizationServerUrl",
    });
  }
  return claims;
}

function parsed(text: string): z.infer<typeof answer> {
  try {
    return answer.parse(JSON.parse(text));
  } catch {
    throw new DownstreamError("provider_error", { expected: "JSON with active", seen: "another answer" });
  }
}

/** oauth4webapi throws for a 401 with a challenge before the answer can be read. */
async function refusedOr(send: () => Promise<Response>): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof oauth.WWWAuthenticateChallengeError) return new Response(null, { status: error.status });
    throw error;
  }
}
