// node-oidc-provider: servers that people run themselves on this library.
import { usualAccessToken } from "./access-token.ts";
import { client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, resourceAtEachStep, usualPreset } from "./preset.ts";

export const oidcProvider: ProviderPreset = {
  ...usualPreset,
  id: "oidc-provider",
  name: "node-oidc-provider",
  fields: [
    server("https://auth.example.com", "The issuer that the provider is built with"),
    ...client("mcp-gateway", "clients, or the adapter's Client model"),
    resource("https://api.example.com", "What getResourceServerInfo knows"),
    scopes("openid profile email items:read", "scopes, and those of the resource server"),
  ],
  checklist: [
    "Register a client with the redirect URI {callbackUrl} and the grants authorization_code and refresh_token.",
    "Enable features.resourceIndicators and let getResourceServerInfo answer accessTokenFormat jwt.",
    "Behind a proxy, set provider.proxy, or the metadata names http.",
  ],
  doors: { external: "JWT for the resource, or opaque", embedded: "JWT; opaque where introspection is on" },
  limits: ["Every invalid_grant says the same; the cause is in the server's own log only."],
  hints: {
    AUDIENCE_UNKNOWN: "getResourceServerInfo does not know the resource.",
    CODE_USED_OR_EXPIRED:
      "The library says the same for a callback URL or verifier that differs; the cause is in its log.",
    TOKEN_OPAQUE: "Let getResourceServerInfo answer accessTokenFormat jwt.",
  },
  discovery: { ...usualPreset.discovery, forms: ["oidc-append", "oauth-insert", "oauth-append"] },
  authorize: { ...usualPreset.authorize, audience: resourceAtEachStep },
  refresh: { ask: { by: "scope", when: "always", consent: true }, graceSeconds: 0 },
  accessToken: usualAccessToken,
};
