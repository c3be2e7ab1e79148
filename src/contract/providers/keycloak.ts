// Keycloak: the kind of a token stands in its payload, and an audience only where a mapper puts it.
import { type ProviderPreset, usualAccessToken } from "./preset.ts";

export const keycloak: ProviderPreset = {
  id: "keycloak",
  name: "Keycloak",
  discovery: { forms: ["oidc-append", "oauth-append", "oauth-insert"] },
  authorize: { resourceParameter: "none", offlineAccess: "when_advertised" },
  refresh: { graceSeconds: 0 },
  accessToken: {
    ...usualAccessToken,
    refuse: [
      { claim: ["typ"], matches: /^ID$/, is: "id_token" },
      { claim: ["preferred_username"], matches: /^service-account-/, is: "machine" },
    ],
    require: [{ claim: ["typ"], matches: /^Bearer$/ }],
    scopes: [["scope"]],
  },
  identity: {
    subject: [[["sub"]]],
    // The organization's id where the mapper adds it, else its alias: the name of the only member.
    workspace: [
      ["organization", "*", "id"],
      ["organization", "*"],
      ["organization", "*key"],
    ],
    email: [["email"]],
  },
  revocation: null,
};
