// The UserInfo endpoint: who the bearer of an opaque access token is, when no ID token says so.
import * as oauth from "oauth4webapi";
import * as z from "zod";
import type { ProviderCall } from "../../contract/providers.ts";
import type { Claims } from "../oauth/claim-path.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { addressOf, claimsFrom } from "../oauth/provider-call.ts";
import type { Parts, Relation } from "./parts.ts";
import { clientOf, requestOptions, serverOf } from "./token-endpoint.ts";

const userinfo = z.looseObject({});

/** Claims over TLS from the provider itself (OIDC Core §5.3). Throws identity_missing, or what the request brought. */
export async function fetchUserinfo(parts: Parts, relation: Relation, accessToken: string): Promise<Claims> {
  const own = relation.preset.userinfo;
  if (own) return fetchOwn(parts, relation, own, accessToken);
  const endpoint = relation.provider.userinfoEndpoint;
  if (!endpoint) {
    throw new DownstreamError("identity_missing", {
      expected: "an ID token, a JWT access token or a userinfo_endpoint",
      seen: "an opaque access token alone",
      field: "scopes",
    });
  }
  const server = serverOf(relation);
  return claimsIn(
    await request(() => oauth.userInfoRequest(server, clientOf(parts, relation), accessToken, requestOptions(parts))),
  );
}

/** The provider's own API, where OpenID Connect is not spoken. */
async function fetchOwn(parts: Parts, relation: Relation, call: ProviderCall, accessToken: string): Promise<Claims> {
  const url = addressOf(call.url, relation.provider, relation.preset, relation.clientId);
  if (url === null) throw new DownstreamError("identity_missing", { expected: call.url, field: "tokenEndpoint" });
  const headers = { ...call.headers, authorization: `Bearer ${accessToken}` };
  return claimsFrom(await claimsIn(await parts.guardedFetch(url, { headers })), call);
}

async function claimsIn(response: Response): Promise<Claims> {
  if (response.status === 429 || response.status >= 500) {
    throw new DownstreamError("provider_unavailable", { seen: `userinfo: status ${response.status}` }, true);
  }
  try {
    if (response.status === 200) return userinfo.parse(await response.json());
  } catch {
    // Told below: what the body held is not repeated.
  }
  throw new DownstreamError("identity_missing", {
    expected: "claims from userinfo_endpoint",
    seen: `status ${response.status}`,
    field: "scopes",
  });
}

/** oauth4webapi throws for a 401 with a challenge before the answer can be read. */
async function request(send: () => Promise<Response>): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof oauth.WWWAuthenticateChallengeError) return new Response(null, { status: error.status });
    throw error;
  }
}
