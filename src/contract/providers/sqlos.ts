// SqlOS: an authorization server inside an ASP.NET application and its database.
import { type ProviderPreset, usualAccessToken } from "./preset.ts";

export const sqlos: ProviderPreset = {
  id: "sqlos",
  name: "SqlOS",
  // Old releases publish only the appended OAuth form; new ones publish the OpenID form as well.
  discovery: { forms: ["oauth-append", "oidc-append"] },
  // A refresh token always comes; asking for offline_access would only be dropped.
  authorize: { resourceParameter: "resource", offlineAccess: "never" },
  refresh: { graceSeconds: 30 },
  accessToken: { ...usualAccessToken, refuse: [{ claim: ["token_kind"], matches: /^service$/, is: "machine" }] },
  identity: { subject: [[["sub"]]], workspace: [["org_id"]], email: [["email"]] },
  revocation: { path: "/logout", refreshTokenMember: "refreshToken" },
};
