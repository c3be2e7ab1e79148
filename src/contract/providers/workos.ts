// WorkOS AuthKit: apps hold session tokens of another issuer and other keys than its authorization server's.
import { audienceIsResource, clientIsAccepted, usualAccessToken } from "./access-token.ts";
import { acceptedClients, client, field, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, resourceAtEachStep, usualPreset } from "./preset.ts";

export const workos: ProviderPreset = {
  ...usualPreset,
  id: "workos",
  name: "WorkOS AuthKit",
  recognise: [/\.authkit\.app(?:\/|$)/, /^api\.workos\.com(?:\/|$)/],
  fields: [
    server("https://acme-12.authkit.app", "Domains › AuthKit domain"),
    ...client("client_01HXYZCONNECT", "Connect › your OAuth application"),
    resource("https://api.example.com", "Connect › Configuration, MCP resource indicators; to the character"),
    scopes("openid profile email", "Connect › your OAuth application"),
    field("tokenIssuers", {
      example:
        "https://api.workos.com/user_management/{environment client id} and https://api.workos.com/sso/jwks/{environment client id}",
      where: "API keys, Client ID; for apps that bring AuthKit session tokens",
      needed: "embedded",
    }),
    acceptedClients("client_01HXYZCONNECT", "Client ids that session tokens without an audience may name"),
  ],
  checklist: [
    "Create an OAuth application under Connect with the redirect URI {callbackUrl}.",
    "Add the resource to the MCP resource indicators.",
  ],
  doors: { external: "JWT for the resource or the environment", embedded: "the same, and AuthKit session tokens" },
  limits: [
    "Session tokens have an issuer and keys of their own, which the profile lists in tokenIssuers.",
    "A session token with neither audience nor client id cannot be bound to an app and is refused.",
  ],
  hints: {
    RESOURCE_REJECTED: "WorkOS accepts only resources that are listed as MCP resource indicators.",
    CLIENT_SECRET_INVALID: "If the secret is right, set tokenEndpointAuthMethod to the method of the application.",
    KEY_UNKNOWN: "Session tokens are signed with keys of their own: list their issuer and key set in tokenIssuers.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oidc-append", "oauth-insert", "oauth-append"] },
  authorize: { ...usualPreset.authorize, audience: resourceAtEachStep },
  client: { methods: ["client_secret_post", "client_secret_basic", "private_key_jwt"] },
  answer: { ...usualPreset.answer, lifetime: 300 },
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
  errors: [{ error: "invalid_target", diagnosis: "RESOURCE_REJECTED" }],
};
