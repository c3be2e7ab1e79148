// Auth0: an issuer that ends in a slash, two token profiles, opaque and encrypted tokens where no audience was asked for.
import type { ProviderCases } from "./provider-cases.ts";

export const auth0: ProviderCases = {
  preset: "auth0",
  metadata: {
    issuer: "https://acme-dev.us.auth0.com/",
    authorization_endpoint: "https://acme-dev.us.auth0.com/authorize",
    token_endpoint: "https://acme-dev.us.auth0.com/oauth/token",
    code_challenge_methods_supported: ["S256", "plain"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    scopes_supported: [
      "openid",
      "profile",
      "offline_access",
      "name",
      "given_name",
      "family_name",
      "nickname",
      "email",
      "email_verified",
      "picture",
      "created_at",
      "identities",
      "phone",
      "address",
    ],
  },
  keys: [
    {
      use: "sig",
      kid: "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg",
      alg: "RS256",
    },
    {
      use: "sig",
      kid: "4xYq7TzUe0nB1cKf2vH9s",
      alg: "RS256",
    },
  ],
  profile: {
    clientId: "kT3mJ0q2Zb9vQ1xYc7Lr5NfW8sHd4uEa",
    resource: "https://api.acme.example",
    acceptedClientIds: ["kT3mJ0q2Zb9vQ1xYc7Lr5NfW8sHd4uEa"],
  },
  scopes: ["read:items"],
  cases: [
    {
      name: "an API and userinfo as audiences, azp",
      header: {
        alg: "RS256",
        typ: "JWT",
        kid: "4xYq7TzUe0nB1cKf2vH9s",
      },
      claims: {
        iss: "https://acme-dev.us.auth0.com/",
        sub: "auth0|6553da60a54af58e29493993",
        iat: 1795262340,
        exp: 1795348740,
        aud: ["https://api.acme.example", "https://acme-dev.us.auth0.com/userinfo"],
        azp: "kT3mJ0q2Zb9vQ1xYc7Lr5NfW8sHd4uEa",
        scope: "openid profile email read:items offline_access",
        permissions: ["read:items"],
      },
      expected: {
        subject: "auth0|6553da60a54af58e29493993",
        workspace: null,
        scope: "read:items",
      },
    },
    {
      name: "the profile of RFC 9068 inside an organization",
      header: {
        alg: "RS256",
        typ: "at+jwt",
        kid: "4xYq7TzUe0nB1cKf2vH9s",
      },
      claims: {
        iss: "https://acme-dev.us.auth0.com/",
        sub: "google-oauth2|103547991597142817347",
        iat: 1795262340,
        exp: 1795348740,
        aud: "https://api.acme.example",
        client_id: "kT3mJ0q2Zb9vQ1xYc7Lr5NfW8sHd4uEa",
        jti: "73WakrfVbNJBaAmhQtEeDv",
        scope: "read:items",
        org_id: "org_9ybsU1dN2dKfDkBi",
        org_name: "acme",
      },
      expected: {
        subject: "google-oauth2|103547991597142817347",
        workspace: "org_9ybsU1dN2dKfDkBi",
        scope: "read:items",
      },
    },
    {
      name: "a custom domain as issuer",
      header: {
        alg: "RS256",
        typ: "JWT",
        kid: "4xYq7TzUe0nB1cKf2vH9s",
      },
      claims: {
        iss: "https://login.acme.example/",
        sub: "auth0|6553da60a54af58e29493993",
        iat: 1795262340,
        exp: 1795348740,
        aud: "https://api.acme.example",
        azp: "kT3mJ0q2Zb9vQ1xYc7Lr5NfW8sHd4uEa",
        scope: "read:items",
      },
      expected: "app_token_issuer",
    },
    {
      name: "an ID token with a nonce",
      header: {
        alg: "RS256",
        typ: "JWT",
        kid: "4xYq7TzUe0nB1cKf2vH9s",
      },
      claims: {
        iss: "https://acme-dev.us.auth0.com/",
        sub: "auth0|6553da60a54af58e29493993",
        iat: 1795262340,
        exp: 1795348740,
        aud: "kT3mJ0q2Zb9vQ1xYc7Lr5NfW8sHd4uEa",
        nonce: "n-0S6_WzA2Mj",
        sid: "Xy7",
        email: "ada@acme.example",
      },
      expected: "app_token_id_token",
    },
    {
      name: "no audience asked for: opaque",
      token: "aX3kQbWv9sN0tL7uYdPzR2mEoHcJ5gFi",
      expected: "app_token_opaque",
    },
    {
      name: "no audience asked for: encrypted",
      token:
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiaXNzIjoiaHR0cHM6Ly9hY21lLWRldi51cy5hdXRoMC5jb20vIn0..0h9Zc1o2mXq7b3Vt.q9yQmR0xT2sK.JmN2yC8rU1dF5aG7hK9lQw",
      expected: "app_token_encrypted",
    },
  ],
};
