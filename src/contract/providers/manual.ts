// Any server of OAuth 2 or OpenID Connect that publishes, or is told, where its endpoints are.
import { audienceIsResource, clientIsAccepted, type ProviderPreset, usualAccessToken } from "./preset.ts";

export const manual: ProviderPreset = {
  id: "manual",
  name: "Any OAuth 2 or OpenID Connect server",
  discovery: { forms: ["oidc-append", "oauth-insert", "oauth-append", "oidc-insert"] },
  authorize: { resourceParameter: "resource", offlineAccess: "when_advertised" },
  refresh: { graceSeconds: 0 },
  accessToken: {
    ...usualAccessToken,
    audience: [
      audienceIsResource,
      clientIsAccepted,
      // Session tokens of some providers are bound to the page's origin and to nothing else.
      { claim: ["azp"], accept: ["{agentOrigins}"], field: "acceptedClientIds" },
    ],
  },
  identity: {
    subject: [[["sub"]]],
    workspace: [
      ["org_id"],
      ["organization_id"],
      ["tid"],
      ["organization"],
      ["organization", "*"],
      ["organization", "*key"],
    ],
    email: [["email"]],
  },
  revocation: null,
};
