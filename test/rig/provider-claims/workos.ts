// WorkOS AuthKit: its own tokens and the session tokens of another issuer with other keys.
import type { ProviderCases } from "./provider-cases.ts";

export const workos: ProviderCases = {
  preset: "workos",
  metadata: {
    issuer: "https://acme-12.authkit.app",
    authorization_endpoint: "https://acme-12.authkit.app/oauth2/authorize",
    token_endpoint: "https://acme-12.authkit.app/oauth2/token",
    introspection_endpoint: "https://acme-12.authkit.app/oauth2/introspection",
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none", "client_secret_post", "client_secret_basic"],
    scopes_supported: ["email", "offline_access", "openid", "profile"],
  },
  keys: [
    {
      use: "sig",
      kid: "sso_oidc_key_pair_01ABC",
      alg: "RS256",
    },
  ],
  profile: {
    clientId: "client_01HXYZCONNECTAPP",
    resource: "https://gateway.example.com/mcp/acme",
    acceptedClientIds: ["client_01HXYZCONNECTAPP"],
  },
  scopes: [],
  cases: [
    {
      name: "a Connect token for a resource indicator",
      header: {
        alg: "RS256",
        typ: "JWT",
        kid: "sso_oidc_key_pair_01ABC",
      },
      claims: {
        iss: "https://acme-12.authkit.app",
        aud: "https://gateway.example.com/mcp/acme",
        sub: "user_01HXYZ",
        org_id: "org_01HXYZ",
        sid: "app_consent_01HXYZ",
        jti: "01HXYZ",
        iat: 1795262340,
        exp: 1795262640,
      },
      expected: {
        subject: "user_01HXYZ",
        workspace: "org_01HXYZ",
        scope: "",
      },
    },
    {
      name: "a Connect token for the environment",
      header: {
        alg: "RS256",
        typ: "JWT",
        kid: "sso_oidc_key_pair_01ABC",
      },
      claims: {
        iss: "https://acme-12.authkit.app",
        aud: "client_01HXYZENVIRONMENT",
        sub: "user_01HXYZ",
        org_id: "org_01HXYZ",
        sid: "app_consent_01HXYZ",
        jti: "01HXYZ",
        iat: 1795262340,
        exp: 1795262640,
      },
      expected: {
        subject: "user_01HXYZ",
        workspace: "org_01HXYZ",
        scope: "",
      },
    },
    {
      name: "a session token of the other issuer, without audience",
      header: {
        alg: "RS256",
        kid: "sso_oidc_key_pair_01DEF",
      },
      claims: {
        iss: "https://api.workos.com/user_management/client_01HXYZENVIRONMENT",
        sub: "user_01HXYZ",
        sid: "session_01HXYZ",
        org_id: "org_01HXYZ",
        role: "member",
        permissions: ["items:read"],
        client_id: "client_01HXYZCONNECTAPP",
        jti: "01HXZZ",
        iat: 1795262340,
        exp: 1795262640,
      },
      expected: {
        subject: "user_01HXYZ",
        workspace: "org_01HXYZ",
        scope: "",
      },
    },
  ],
  furtherIssuer: {
    issuer: "https://api.workos.com/user_management/client_01HXYZENVIRONMENT",
    keys: [
      {
        kid: "sso_oidc_key_pair_01DEF",
        use: "sig",
        alg: "RS256",
      },
    ],
  },
};
