// Amazon Cognito user pools: access tokens without an audience unless the app asks for one.
import { audienceIsResource, clientIsAccepted, type ProviderPreset, usualAccessToken } from "./preset.ts";

export const cognito: ProviderPreset = {
  id: "cognito",
  name: "Amazon Cognito",
  discovery: { forms: ["oidc-append"] },
  // A refresh token always comes; asking for offline_access is refused as an unknown scope.
  authorize: { resourceParameter: "resource", offlineAccess: "never" },
  refresh: { graceSeconds: 0 },
  accessToken: {
    ...usualAccessToken,
    refuse: [{ claim: ["token_use"], matches: /^id$/, is: "id_token" }],
    require: [{ claim: ["token_use"], matches: /^access$/ }],
    audience: [audienceIsResource, clientIsAccepted],
    scopes: [["scope"]],
  },
  identity: { subject: [[["sub"]]], workspace: [["custom:organization_id"]], email: [["email"]] },
  revocation: null,
};
