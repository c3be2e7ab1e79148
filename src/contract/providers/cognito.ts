// Amazon Cognito user pools: access tokens without an audience unless the app asks for one.
import { audienceIsResource, clientIsAccepted, usualAccessToken } from "./access-token.ts";
import { acceptedClients, client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, resourceAtEachStep, usualPreset } from "./preset.ts";

export const cognito: ProviderPreset = {
  ...usualPreset,
  id: "cognito",
  name: "Amazon Cognito",
  recognise: [/^cognito-idp\.[\w-]+\.amazonaws\.com/, /\.amazoncognito\.com(?:\/|$)/],
  fields: [
    server(
      "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
      "User pool › Overview, Token signing key URL without /.well-known/…; not the sign-in domain",
    ),
    ...client("1example23456789", "User pool › App clients"),
    resource(
      "https://api.example.com",
      "Identifier of the resource server; bound into tokens on Essentials and Plus plans",
      { needed: "optional" },
    ),
    scopes("openid profile email api/items.read", "App client › Login pages, custom scopes"),
    acceptedClients("1example23456789", "App client id of each embedded app whose tokens carry no audience"),
  ],
  checklist: [
    "Give the user pool a domain and managed login.",
    "Add {callbackUrl} to the app client's Allowed callback URLs and enable Authorization code grant.",
    "Enable each scope on the app client.",
  ],
  doors: {
    external: "JWT for the resource or of the own client",
    embedded: "JWT for the resource or of listed client ids",
  },
  limits: ["Cognito's token endpoint gives no description of an error; a wrong callback and a used code look alike."],
  hints: {
    CODE_USED_OR_EXPIRED: "Cognito says the same for a callback URL or verifier that differs.",
    DISCOVERY_NOT_FOUND: "Use https://cognito-idp.{region}.amazonaws.com/{poolId}: the sign-in domain is no issuer.",
    AUDIENCE_MISMATCH: "Cognito's tokens without a resource name their app client: list it in acceptedClientIds.",
    WORKSPACE_NONE: "Add custom:organization_id with a pre token generation trigger, or set workspaceClaim.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oidc-append"] },
  // A refresh token always comes; asking for offline_access is refused as an unknown scope.
  authorize: { ...usualPreset.authorize, audience: resourceAtEachStep },
  refresh: { ask: { by: "nothing" }, graceSeconds: 0 },
  answer: { ...usualPreset.answer, lifetime: 3600 },
  accessToken: {
    ...usualAccessToken,
    format: "jwt",
    refuse: [{ claim: ["token_use"], matches: /^id$/, is: "id_token" }],
    require: [{ claim: ["token_use"], matches: /^access$/ }],
    audience: [audienceIsResource, clientIsAccepted],
    scopes: [["scope"]],
  },
  identity: { ...usualPreset.identity, workspace: [["custom:organization_id"]] },
  errors: [{ error: "invalid_scope", diagnosis: "SCOPE_NOT_ALLOWED" }],
};
