// An enterprise on loopback: an identity provider that exchanges ID tokens for ID-JAGs, and a runtime that trusts the gateway.
import type { IncomingMessage } from "node:http";
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { startRuntime } from "./doctor.ts";

/** Speaks OpenID discovery and the token exchange of RFC 8693; whoever it is asked for is `subject`. */
export async function startIdentityProvider(subject: string, mappedClient: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const keys = [{ ...(await exportJWK(publicKey)), kid: "key-1", alg: "ES256" }];
  const asked: URLSearchParams[] = [];
  let signed = "";
  const answer = ({ url }: IncomingMessage, body: string) => {
    if (url === "/.well-known/openid-configuration") return { status: 200, body: metadata() };
    if (url === "/jwks") return { status: 200, body: { keys } };
    if (url !== "/token") return { status: 404, body: {} };
    asked.push(new URLSearchParams(body));
    const issued = "urn:ietf:params:oauth:token-type:id-jag";
    return {
      status: 200,
      body: { issued_token_type: issued, access_token: signed, token_type: "N_A", expires_in: 300 },
    };
  };
  const started = await startRuntime(answer);
  const issuer = new URL(started.url).origin;
  const metadata = () => ({
    ...{
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    },
    ...{ response_types_supported: ["code"], subject_types_supported: ["public"] },
    id_token_signing_alg_values_supported: ["ES256"],
  });
  return {
    issuer,
    asked,
    close: started.close,
    /** What the next exchange answers with, for this authorization server and resource. */
    async prepare(audience: string, resource: string, scope: string): Promise<void> {
      signed = await new SignJWT({ client_id: mappedClient, resource, scope })
        .setProtectedHeader({ alg: "ES256", typ: "oauth-id-jag+jwt", kid: "key-1" })
        .setIssuer(issuer)
        .setSubject(subject)
        .setAudience(audience)
        .setJti(crypto.randomUUID())
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(privateKey);
    },
  };
}

/** An MCP server that acts on the gateway's assertion alone, and answers `whoami` with what it says. */
export async function startTrustingRuntime(gateway: string, mcpUrl: string) {
  const keys = createRemoteJWKSet(new URL(`${gateway}/.well-known/jwks.json`));
  const verified: { said: Record<string, unknown>; authorization: string | undefined }[] = [];
  const checks: Promise<unknown>[] = [];
  const tool = { name: "whoami", inputSchema: { type: "object" } };
  const results: Record<string, object> = {
    initialize: {
      protocolVersion: "2025-11-25",
      capabilities: { tools: {} },
      serverInfo: { name: "rig", version: "1" },
    },
    "tools/list": { tools: [tool] },
    "tools/call": { content: [{ type: "text", text: "as the gateway says" }] },
  };
  const started = await startRuntime(({ headers, method: verb }, body) => {
    const assertion = String(headers["x-mcpstack-assertion"]);
    const check = jwtVerify(assertion, keys, { issuer: gateway, audience: mcpUrl, typ: "mcpstack-assertion+jwt" });
    checks.push(check.then(({ payload }) => verified.push({ said: payload, authorization: headers.authorization })));
    if (verb !== "POST") return { status: 405, body: {} };
    const { id, method = "" } = JSON.parse(body) as { id?: number; method?: string };
    return id === undefined ? { status: 202 } : { status: 200, body: { jsonrpc: "2.0", id, result: results[method] } };
  });
  return {
    ...started,
    /** Every request's assertion, verified; rejects when one does not hold. */
    async callers() {
      await Promise.all(checks);
      return verified;
    },
  };
}
