// Any server of OAuth 2 or OpenID Connect that publishes, or is told, where its endpoints are.
import { audienceIsResource, clientIsAccepted, originIsAgents, usualAccessToken } from "./access-token.ts";
import { acceptedClients, client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, resourceAtEachStep, usualPreset } from "./preset.ts";

export const manual: ProviderPreset = {
  ...usualPreset,
  id: "manual",
  name: "Any OAuth 2 or OpenID Connect server",
  fields: [
    server("https://auth.example.com", "The issuer, as the server's metadata names it"),
    ...client("mcp-gateway", "The client that is registered for the gateway", "The same; empty for a public client"),
    resource("https://api.example.com", "The audience that the API expects in tokens", { needed: "optional" }),
    scopes("openid profile email", "What people are asked for"),
    acceptedClients("embedded-app", "Client ids whose tokens are taken where tokens have no audience"),
  ],
  checklist: [
    "Register a web application with the redirect URI {callbackUrl}.",
    "Allow authorization code with PKCE (S256), and refresh tokens.",
  ],
  doors: { external: "JWT or opaque", embedded: "JWT, or opaque where introspection is offered" },
  limits: ["A provider that goes its own ways needs its own preset."],
  discovery: { ...usualPreset.discovery, forms: ["oidc-append", "oauth-insert", "oauth-append", "oidc-insert"] },
  authorize: { ...usualPreset.authorize, audience: resourceAtEachStep },
  refresh: { ask: { by: "scope", when: "advertised", consent: true }, graceSeconds: 0 },
  accessToken: { ...usualAccessToken, audience: [audienceIsResource, clientIsAccepted, originIsAgents] },
  identity: {
    ...usualPreset.identity,
    workspace: [
      ["org_id"],
      ["organization_id"],
      ["tid"],
      ["organization"],
      ["organization", "*"],
      ["organization", "*key"],
    ],
  },
};
