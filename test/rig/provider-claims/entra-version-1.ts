// Entra ID, version 1 metadata: the issuer lives on another host than the document, and ends in a slash.
import type { ProviderCases } from "./provider-cases.ts";

export const entraVersion1: ProviderCases = {
  preset: "entra",
  metadata: {
    issuer: "https://sts.windows.net/11111111-2222-4333-8444-555555555555/",
    authorization_endpoint: "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/oauth2/authorize",
    token_endpoint: "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/oauth2/token",
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    scopes_supported: ["openid"],
  },
  keys: [
    {
      use: "sig",
      kid: "Bk-h32Urc3C1ZntJiF1dYvh3CBw",
    },
  ],
  profile: {
    clientId: "12345678-1234-4234-8234-123456789abc",
    resource: "api://aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    acceptedClientIds: ["12345678-1234-4234-8234-123456789abc"],
    allowedTenants: ["11111111-2222-4333-8444-555555555555"],
  },
  scopes: ["access_as_user", "items.read"],
  cases: [
    {
      name: "a version 1 token",
      header: {
        typ: "JWT",
        alg: "RS256",
        x5t: "Bk-h32Urc3C1ZntJiF1dYvh3CBw",
        kid: "Bk-h32Urc3C1ZntJiF1dYvh3CBw",
      },
      claims: {
        aud: "api://aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        iss: "https://sts.windows.net/11111111-2222-4333-8444-555555555555/",
        iat: 1795262340,
        nbf: 1795262340,
        exp: 1795266900,
        amr: ["pwd"],
        appid: "12345678-1234-4234-8234-123456789abc",
        oid: "f00dcafe-1234-4abc-9def-0123456789ab",
        scp: "access_as_user",
        sub: "pA1rWiSe",
        tid: "11111111-2222-4333-8444-555555555555",
        unique_name: "ada@acme.example",
        upn: "ada@acme.example",
        ver: "1.0",
      },
      expected: {
        subject: "11111111-2222-4333-8444-555555555555:f00dcafe-1234-4abc-9def-0123456789ab",
        workspace: "11111111-2222-4333-8444-555555555555",
        scope: "access_as_user",
      },
    },
  ],
};
