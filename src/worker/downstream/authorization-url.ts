// Where the person is sent: the provider's authorization URL with the gateway's own challenge (P-79).
import * as oauth from "oauth4webapi";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { type OutboundRules, refuseNavigation } from "../oauth/outbound-url.ts";
import { refreshParameters, wantedScope, writtenScope } from "../oauth/provider-scope.ts";
import { type Relation, resourceParameter } from "./parts.ts";
import type { DepartureRequest } from "./port.ts";

/** Everything asked of the provider, in the gateway's own names: see wantedScope. */
export function requestedScope(relation: Relation, mcpScope: readonly string[], identityOnly = false): string[] {
  const { profile, provider, preset } = relation;
  return wantedScope({ profile, provider, preset, mcpScope, identityOnly });
}

/** Throws a DownstreamError when the provider's authorization endpoint is not one to send a browser to. */
export async function buildAuthorizationUrl(
  relation: Relation,
  request: DepartureRequest,
  outbound: { callbackUrl: string; rules: OutboundRules },
): Promise<string> {
  const { provider, clientId } = relation;
  const refused = refuseNavigation(provider.authorizationEndpoint, outbound.rules);
  if (refused) {
    throw new DownstreamError("outbound_refused", {
      field: "authorizationEndpoint",
      expected: `an address that ${refused}`,
    });
  }
  const { preset } = relation;
  const scope = requestedScope(relation, request.scope, request.identityOnly);
  const url = new URL(provider.authorizationEndpoint);
  const parameters: Record<string, string> = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: outbound.callbackUrl,
    state: request.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(request.codeVerifier),
    code_challenge_method: "S256",
    scope: writtenScope(scope, preset, relation.profile.resource).join(" "),
    ...(scope.includes("openid") ? { nonce: request.nonce } : {}),
    ...(request.identityOnly ? {} : refreshParameters(preset, scope)),
    ...preset.authorize.parameters,
    ...resourceParameter(relation, "authorize"),
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== "" && !preset.authorize.drop.includes(name)) url.searchParams.set(name, value);
  }
  // Some providers (Cognito) read a plus sign in the query as a plus sign.
  url.search = url.search.replaceAll("+", "%20");
  return url.href;
}
