// Where the person is sent: the provider's authorization URL with the gateway's own challenge (P-79).
import * as oauth from "oauth4webapi";
import { DownstreamError } from "../oauth/downstream-error.ts";
import { type OutboundRules, refuseNavigation } from "../oauth/outbound-url.ts";
import { type Relation, resourceParameter } from "./parts.ts";
import type { DepartureRequest } from "./port.ts";

/** Everything asked of the provider: the profile's scopes, the MCP-facing ones, and offline access where it is known. */
export function requestedScope(relation: Relation, mcpScope: readonly string[]): string[] {
  const scope = new Set([...relation.profile.scopes, ...mcpScope]);
  const advertised = relation.provider.scopes.includes("offline_access");
  if (relation.preset.authorize.offlineAccess === "when_advertised" && advertised && scope.has("openid")) {
    scope.add("offline_access");
  }
  return [...scope];
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
  const wanted = requestedScope(relation, request.scope);
  const scope = request.identityOnly ? wanted.filter((one) => one !== "offline_access") : wanted;
  const url = new URL(provider.authorizationEndpoint);
  const parameters: Record<string, string> = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: outbound.callbackUrl,
    state: request.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(request.codeVerifier),
    code_challenge_method: "S256",
    ...(scope.length > 0 ? { scope: scope.join(" ") } : {}),
    ...(scope.includes("openid") ? { nonce: request.nonce } : {}),
    // OIDC Core §11: without consent a provider may ignore offline_access.
    ...(scope.includes("openid") && scope.includes("offline_access") ? { prompt: "consent" } : {}),
    ...resourceParameter(relation, "authorize"),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  // Some providers (Cognito) read a plus sign in the query as a plus sign.
  url.search = url.search.replaceAll("+", "%20");
  return url.href;
}
