// WorkOS AuthKit: apps hold session tokens of another issuer and other keys than its authorization server's.
import { audienceIsResource, clientIsAccepted, type ProviderPreset, usualAccessToken } from "./preset.ts";

export const workos: ProviderPreset = {
  id: "workos",
  name: "WorkOS AuthKit",
  discovery: { forms: ["oidc-append", "oauth-insert", "oauth-append"] },
  authorize: { resourceParameter: "resource", offlineAccess: "when_advertised" },
  refresh: { graceSeconds: 0 },
  accessToken: {
    ...usualAccessToken,
    // Without a resource indicator the audience is the environment's own client id.
    audience: [
      { ...audienceIsResource, accept: ["{resource}", "{environmentId}", "{acceptedClientIds}"] },
      clientIsAccepted,
    ],
    // The environment's id ends the issuer of its session tokens.
    derived: [
      {
        name: "environmentId",
        from: "tokenIssuers",
        matches: /^https?:\/\/[^/]+\/user_management\/(client_\w+)$/,
        to: "$1",
      },
    ],
  },
  identity: { subject: [[["sub"]]], workspace: [["org_id"]], email: [["email"]] },
  revocation: null,
};
