// Telling the provider that its tokens are no longer wanted: RFC 7009, or the preset's own way.
import * as oauth from "oauth4webapi";
import type { RevocationCall } from "../../contract/providers.ts";
import type { ProviderRevocation } from "../oauth/downstream.ts";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { addressOf } from "../oauth/provider-call.ts";
import { basicHeaders, clientAuthentications } from "./client-authentication.ts";
import { type Parts, type Relation, relationOf } from "./parts.ts";
import type { Connector } from "./port.ts";
import { clientOf, requestOptions, serverOf } from "./token-endpoint.ts";

type Tokens = Parameters<Connector["revoke"]>[1];

/** Never throws. */
export async function revokeTokens(
  parts: Parts,
  profile: Relation["profile"],
  tokens: Tokens,
): Promise<ProviderRevocation> {
  if (!tokens.refreshToken && !tokens.accessToken) return "nothing_to_revoke";
  try {
    const relation = await relationOf(parts, profile);
    if (relation.provider.revocationEndpoint) return await revokeByStandard(parts, relation, tokens);
    const call = relation.preset.revocation;
    return call ? await revokeByPreset(parts, relation, call, tokens) : "unsupported";
  } catch (error) {
    return error instanceof DownstreamError && !error.transient ? "refused" : "unavailable";
  }
}

/** The refresh token if there is one: RFC 7009 §2.1 has the server end the grant's access tokens with it. */
async function revokeByStandard(parts: Parts, relation: Relation, tokens: Tokens): Promise<ProviderRevocation> {
  const hint = tokens.refreshToken ? "refresh_token" : "access_token";
  const options = { ...requestOptions(parts), additionalParameters: { token_type_hint: hint } };
  let outcome: ProviderRevocation = "refused";
  const authentications = await clientAuthentications(relation, parts.settings.openSecret);
  for (const authentication of authentications.slice(0, 2)) {
    const response = await oauth.revocationRequest(
      serverOf(relation),
      clientOf(parts, relation),
      await authentication(),
      tokens.refreshToken ?? tokens.accessToken,
      options,
    );
    outcome = outcomeOf(response);
    if (response.status !== 400 && response.status !== 401) break;
  }
  return outcome;
}

async function revokeByPreset(
  parts: Parts,
  relation: Relation,
  call: RevocationCall,
  tokens: Tokens,
): Promise<ProviderRevocation> {
  const token = call.token === "refresh" ? tokens.refreshToken : tokens.accessToken;
  if (!token) return "nothing_to_revoke";
  const url = addressOf(call.url, relation.provider, relation.preset, relation.clientId);
  if (url === null) return "unsupported";
  const ways =
    call.authentication === "none" ? [{}] : (await basicHeaders(relation, parts.settings.openSecret)).slice(0, 2);
  let outcome: ProviderRevocation = "unsupported";
  for (const headers of ways) {
    const response = await parts.guardedFetch(url, {
      method: call.method,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ [call.member]: token }),
    });
    outcome = outcomeOf(response);
    if (response.status !== 401) break;
  }
  return outcome;
}

function outcomeOf(response: Response): ProviderRevocation {
  if (response.ok) return "revoked";
  return response.status >= 500 || response.status === 429 ? "unavailable" : "refused";
}
