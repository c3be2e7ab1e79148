// Assertions as real client libraries sign them: each must prove its client as it is, with nothing set for the gateway.
import { createPrivateKeyJwtAuth as createOfTwo } from "@modelcontextprotocol/client";
import { createPrivateKeyJwtAuth as createOfOne } from "@modelcontextprotocol/sdk/client/auth-extensions.js";
import { exportJWK, generateKeyPair } from "jose";
import { PrivateKeyJwt } from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { judgeClientAssertion, verifyClientAssertion } from "../../src/worker/oauth/client-assertion.ts";
import { readClientCredentials } from "../../src/worker/oauth/client-credentials.ts";
import { authorizationServerMetadata } from "../../src/worker/oauth/metadata.ts";

const issuer = "https://mcp.example.com/s/support";
const tokenEndpoint = `${issuer}/token`;
const clientId = "https://app.example/client.json";
const metadata = authorizationServerMetadata({
  ...{
    name: "Support",
    issuer,
    endpoints: issuer,
    resource: `${issuer}/mcp`,
    scopes: [],
    tools: [],
    enterprise: false,
  },
  profile: {
    clientPolicy: {
      ...{ dynamicRegistration: true, metadataDocuments: true, allowedRedirectHosts: [], preregistered: [] },
    },
  },
});

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const privateJwk: Record<string, unknown> = { ...(await exportJWK(privateKey)) };
const publicJwk = { ...(await exportJWK(publicKey)), kid: "1" };
const options = { issuer: clientId, subject: clientId, privateKey: privateJwk, alg: "ES256" };

type Sign = (parameters: URLSearchParams) => unknown;
const libraries: [string, Sign][] = [
  [
    "the TypeScript SDK 1.x",
    (parameters) => createOfOne(options)(new Headers(), parameters, tokenEndpoint, metadata as never),
  ],
  [
    "the TypeScript SDK 1.x without metadata, for the token endpoint",
    (parameters) => createOfOne(options)(new Headers(), parameters, tokenEndpoint),
  ],
  [
    "the TypeScript SDK 2.x",
    (parameters) => createOfTwo(options)(new Headers(), parameters, tokenEndpoint, metadata as never),
  ],
  [
    "oauth4webapi",
    (parameters) =>
      PrivateKeyJwt({ key: privateKey, kid: "1" })(
        metadata as never,
        { client_id: clientId },
        parameters,
        new Headers(),
      ),
  ],
];

describe("P-69 an assertion of", () => {
  test.each(libraries)("%s", async (_, sign) => {
    const parameters = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "any" });
    await sign(parameters);
    const credentials = readClientCredentials(null, new Map(parameters));
    expect(credentials.clientId).toBe(clientId);
    if (!credentials.assertion) throw new Error("it sent none");
    const judged = judgeClientAssertion(
      credentials.assertion,
      { issuer, tokenEndpoint },
      Math.floor(Date.now() / 1000),
    );
    expect(judged.jti).not.toBe("");
    await verifyClientAssertion(credentials.assertion, [publicJwk]);
  });
});
