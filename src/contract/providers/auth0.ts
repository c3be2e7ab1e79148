// Auth0: without `audience` its access tokens are opaque or encrypted, good for its own userinfo only.
import { type ProviderPreset, usualAccessToken } from "./preset.ts";

export const auth0: ProviderPreset = {
  id: "auth0",
  name: "Auth0",
  discovery: { forms: ["oidc-append", "oauth-insert"] },
  authorize: { resourceParameter: "audience", offlineAccess: "when_advertised" },
  // Without an overlap period set there, a second use of a rotated token ends its family.
  refresh: { graceSeconds: 0 },
  accessToken: {
    ...usualAccessToken,
    refuse: [
      { claim: ["gty"], matches: /^client-credentials$/, is: "machine" },
      { claim: ["sub"], matches: /@clients$/, is: "machine" },
    ],
  },
  // Present only after a sign-in through an organization.
  identity: { subject: [[["sub"]]], workspace: [["org_id"]], email: [["email"]] },
  revocation: null,
};
