// Okta, a custom authorization server: headers without typ, scopes as a list, a login name as sub.
import type { ProviderCases } from "./provider-cases.ts";

export const okta: ProviderCases = {
  preset: "okta",
  metadata: {
    issuer: "https://acme-dev.okta.com/oauth2/ausabc123DEF456gh5d7",
    authorization_endpoint: "https://acme-dev.okta.com/oauth2/ausabc123DEF456gh5d7/v1/authorize",
    token_endpoint: "https://acme-dev.okta.com/oauth2/ausabc123DEF456gh5d7/v1/token",
    introspection_endpoint: "https://acme-dev.okta.com/oauth2/ausabc123DEF456gh5d7/v1/introspect",
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: [
      "client_secret_basic",
      "client_secret_post",
      "client_secret_jwt",
      "private_key_jwt",
      "none",
    ],
    scopes_supported: ["openid", "profile", "email", "address", "phone", "offline_access", "device_sso"],
  },
  keys: [
    {
      kid: "U5R8cHbGw445Qbq8zVO1PcCpXL8yG6IcovVa3laCoxM",
      use: "sig",
      alg: "RS256",
    },
  ],
  profile: {
    clientId: "0oa1gjh63g214q0Hq0g4",
    resource: "api://acme",
    acceptedClientIds: ["0oa1gjh63g214q0Hq0g4"],
  },
  scopes: ["items.read"],
  cases: [
    {
      name: "a custom server: no typ, scp as a list, uid",
      header: {
        kid: "U5R8cHbGw445Qbq8zVO1PcCpXL8yG6IcovVa3laCoxM",
        alg: "RS256",
      },
      claims: {
        ver: 1,
        jti: "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        iss: "https://acme-dev.okta.com/oauth2/ausabc123DEF456gh5d7",
        aud: "api://acme",
        iat: 1795262340,
        exp: 1795265940,
        cid: "0oa1gjh63g214q0Hq0g4",
        uid: "00ujmkLgagxeRrAg20g3",
        scp: ["openid", "email", "items.read", "offline_access"],
        sub: "ada@acme.example",
      },
      expected: {
        subject: "00ujmkLgagxeRrAg20g3",
        workspace: null,
        scope: "items.read",
      },
    },
    {
      name: "the organization's own server",
      header: {
        kid: "not-published",
        alg: "RS256",
      },
      claims: {
        ver: 1,
        jti: "AT.x",
        iss: "https://acme-dev.okta.com",
        aud: "https://acme-dev.okta.com",
        sub: "ada@acme.example",
        iat: 1795262340,
        exp: 1795265940,
        cid: "0oa1gjh63g214q0Hq0g4",
        uid: "00ujmkLgagxeRrAg20g3",
        scp: ["openid"],
      },
      expected: "app_token_issuer",
    },
    {
      name: "the server called default",
      header: {
        kid: "other",
        alg: "RS256",
      },
      claims: {
        ver: 1,
        jti: "AT.y",
        iss: "https://acme-dev.okta.com/oauth2/default",
        aud: "api://default",
        sub: "ada@acme.example",
        iat: 1795262340,
        exp: 1795265940,
        cid: "0oa1gjh63g214q0Hq0g4",
        uid: "00ujmkLgagxeRrAg20g3",
        scp: ["openid"],
      },
      expected: "app_token_issuer",
    },
  ],
};
