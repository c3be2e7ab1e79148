// Cognito: no audience by default, a key for each kind of token.
import type { ProviderCases } from "./provider-cases.ts";

export const cognito: ProviderCases = {
  preset: "cognito",
  metadata: {
    issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
    authorization_endpoint: "https://acme-prod.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
    token_endpoint: "https://acme-prod.auth.eu-west-1.amazoncognito.com/oauth2/token",
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    scopes_supported: ["openid", "email", "phone", "profile"],
  },
  keys: [
    {
      kid: "5678example=",
      use: "sig",
      alg: "RS256",
    },
    {
      kid: "1234example=",
      use: "sig",
      alg: "RS256",
    },
  ],
  profile: {
    clientId: "1example23456789",
    resource: "https://api.acme.example",
    acceptedClientIds: ["1example23456789"],
  },
  scopes: ["acme-api/items.read"],
  cases: [
    {
      name: "no audience, a client id that is listed",
      header: {
        kid: "1234example=",
        alg: "RS256",
      },
      claims: {
        sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "cognito:groups": ["eu-west-1_AbCdEf123_okta", "admins"],
        iss: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        version: 2,
        client_id: "1example23456789",
        origin_jti: "bbbbbbbb-0000-4000-8000-000000000001",
        token_use: "access",
        scope: "openid profile email acme-api/items.read",
        iat: 1795262340,
        exp: 1795265940,
        jti: "dddddddd-0000-4000-8000-000000000003",
        username: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
      },
      expected: {
        subject: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        workspace: null,
        scope: "acme-api/items.read",
      },
    },
    {
      name: "an audience by resource binding",
      header: {
        kid: "1234example=",
        alg: "RS256",
      },
      claims: {
        sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "cognito:groups": ["eu-west-1_AbCdEf123_okta", "admins"],
        iss: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        version: 2,
        client_id: "1example23456789",
        origin_jti: "bbbbbbbb-0000-4000-8000-000000000001",
        token_use: "access",
        scope: "openid profile email acme-api/items.read",
        iat: 1795262340,
        exp: 1795265940,
        jti: "dddddddd-0000-4000-8000-000000000003",
        username: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        aud: "https://api.acme.example",
      },
      expected: {
        subject: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        workspace: null,
        scope: "acme-api/items.read",
      },
    },
    {
      name: "another client of the pool",
      header: {
        kid: "1234example=",
        alg: "RS256",
      },
      claims: {
        sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "cognito:groups": ["eu-west-1_AbCdEf123_okta", "admins"],
        iss: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        version: 2,
        client_id: "otherclient999",
        origin_jti: "bbbbbbbb-0000-4000-8000-000000000001",
        token_use: "access",
        scope: "openid profile email acme-api/items.read",
        iat: 1795262340,
        exp: 1795265940,
        jti: "dddddddd-0000-4000-8000-000000000003",
        username: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
      },
      expected: "app_token_audience",
    },
    {
      name: "an ID token by token_use",
      header: {
        kid: "5678example=",
        alg: "RS256",
      },
      claims: {
        sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        iss: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        aud: "1example23456789",
        token_use: "id",
        "cognito:username": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        email: "ada@acme.example",
        iat: 1795262340,
        exp: 1795265940,
      },
      expected: "app_token_id_token",
    },
  ],
};
