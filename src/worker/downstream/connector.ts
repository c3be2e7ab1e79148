// The connector: one door to every provider, put together from its steps.
import { verifyAppToken } from "./app-token.ts";
import { completeArrival } from "./arrive.ts";
import { buildAuthorizationUrl } from "./authorization-url.ts";
import { createDiscovery } from "./discovery.ts";
import { createGuardedFetch } from "./http.ts";
import { verifyIdentityAssertion } from "./identity-assertion.ts";
import { createIntrospection } from "./introspection.ts";
import { createKeys } from "./keys.ts";
import { type ConnectorSettings, type Parts, presetOf, relationOf } from "./parts.ts";
import type { Connector } from "./port.ts";
import { renewTokens } from "./renew.ts";
import { revokeTokens } from "./revoke.ts";

/** Built once per isolate: it holds the isolate's copies of metadata and keys. */
export function createConnector(settings: ConnectorSettings): Connector {
  const guardedFetch = createGuardedFetch(settings);
  const { now, background } = settings;
  const shared = { now, background, store: settings.copies, guardedFetch };
  const parts: Parts = { settings, guardedFetch, discovery: createDiscovery(shared), keys: createKeys(shared) };
  const introspection = createIntrospection(parts);

  return {
    async authorizationUrl(profile, request) {
      const relation = await relationOf(parts, profile);
      const callbackUrl = settings.callbackUrl(profile.id);
      return buildAuthorizationUrl(relation, request, { callbackUrl, rules: settings });
    },
    async arrive(profile, request) {
      return completeArrival(parts, await relationOf(parts, profile), request);
    },
    renew: (profile, grant) => renewTokens(parts, profile, grant),
    revoke: (profile, tokens) => revokeTokens(parts, profile, tokens),
    appToken: (profile, request) => verifyAppToken(parts, introspection, profile, request),
    identityAssertion: (profile, request) => verifyIdentityAssertion(parts, profile, request),
    async discoverIssuer(profile) {
      return (await parts.discovery.providerNow(profile, presetOf(profile))).issuer;
    },
  };
}
