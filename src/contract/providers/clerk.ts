// Clerk: no audience anywhere; OAuth tokens name their client, session tokens the page's origin.
import { audienceIsResource, clientIsAccepted, originIsAgents, usualAccessToken } from "./access-token.ts";
import { acceptedClients, client, resource, scopes, server } from "./fields.ts";
import { type ProviderPreset, usualPreset } from "./preset.ts";

export const clerk: ProviderPreset = {
  ...usualPreset,
  id: "clerk",
  name: "Clerk",
  recognise: [/\.clerk\.accounts\.dev(?:\/|$)/, /^clerk\.[^/]+/],
  fields: [
    server("https://clerk.example.com", "API keys › Frontend API URL"),
    ...client("aBcDeFgHiJkLmNoP", "OAuth applications › your application"),
    resource("https://api.example.com", "Only where a JWT template writes it into aud", { needed: "optional" }),
    scopes("openid profile email user:org:read", "OAuth applications › your application › Scopes"),
    acceptedClients("aBcDeFgHiJkLmNoP", "OAuth client ids whose tokens may be exchanged"),
  ],
  checklist: [
    "Create an OAuth application with the redirect URI {callbackUrl} and tick its scopes.",
    "Tick user:org:read where people choose an organization.",
    "Leave the access token format at JWT.",
  ],
  doors: {
    external: "JWT, or opaque",
    embedded: "JWT of listed client ids, and session tokens of the agent's origins",
  },
  limits: [
    "A session token without azp is bound to nothing and is refused.",
    "Scopes of servers and tools must be ones that the OAuth application has.",
  ],
  hints: {
    SCOPE_NOT_ALLOWED: "Tick the scope on the OAuth application.",
    CLIENT_AUTH_METHOD:
      "Clerk takes the secret in the header only: set tokenEndpointAuthMethod to client_secret_basic.",
    AUDIENCE_ABSENT: "Clerk's tokens have no audience: list the OAuth client id in acceptedClientIds.",
    TOKEN_OPAQUE: "Switch the application's access tokens to JWT, or leave the profile its secret for introspection.",
    WORKSPACE_NONE: "Clerk adds the organization to OAuth tokens with the scope user:org:read.",
  },
  authorize: { ...usualPreset.authorize, audience: { kind: "none" } },
  client: { methods: ["client_secret_basic"] },
  refresh: { ask: { by: "scope", when: "always", consent: false }, graceSeconds: 0 },
  answer: { ...usualPreset.answer, lifetime: 86_400 },
  accessToken: {
    ...usualAccessToken,
    refuse: [{ claim: ["sts"], matches: /^pending$/, is: "other" }],
    audience: [audienceIsResource, clientIsAccepted, originIsAgents],
    needsResource: false,
  },
  identity: { ...usualPreset.identity, workspace: [["org_id"], ["o", "id"]] },
  errors: [{ description: "not allowed to request scope", diagnosis: "SCOPE_NOT_ALLOWED" }],
};
