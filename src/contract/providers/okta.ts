// Okta, custom authorization servers: the audience is fixed there, and scopes come as a list.
import { type ProviderPreset, usualAccessToken } from "./preset.ts";

export const okta: ProviderPreset = {
  id: "okta",
  name: "Okta",
  discovery: { forms: ["oidc-append", "oauth-append", "oauth-insert"] },
  authorize: { resourceParameter: "none", offlineAccess: "when_advertised" },
  refresh: { graceSeconds: 30 },
  accessToken: { ...usualAccessToken, scopes: [["scp"]] },
  // `sub` is the login name, which changes; a machine's token has no `uid`.
  identity: { subject: [[["uid"]]], workspace: [["org_id"]], email: [["email"]] },
  revocation: null,
};
