// What a server publishes, written out in full, and how a test reads it at a URL.
import { expect } from "vitest";
import { origin } from "./journey.ts";

/** What a server publishes, written out once: nothing more, nothing null, in whatever place it is asked for. */
export function resourceDocument(resource: string, issuer: string, scopes = ["tickets.read"], name = "Support API") {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: scopes,
    bearer_methods_supported: ["header"],
    resource_name: name,
  };
}

export function issuerDocument(
  issuer: string,
  endpoints: string,
  scopes = ["tickets.read", "tickets.write"],
  registration = true,
) {
  const methods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
  const algorithms = [
    ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
    ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
  ];
  return {
    issuer,
    authorization_endpoint: `${endpoints}/authorize`,
    token_endpoint: `${endpoints}/token`,
    revocation_endpoint: `${endpoints}/revoke`,
    ...(registration && { registration_endpoint: `${endpoints}/register` }),
    scopes_supported: scopes,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    protected_resources: [`${issuer}/mcp`],
  };
}

export async function documentAt(response: Response): Promise<unknown> {
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  expect(response.headers.get("cache-control")).toBe("public, max-age=60");
  return response.json();
}

export async function isPlain404(response: Response): Promise<void> {
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  const body: Record<string, unknown> = await response.json();
  expect(body).toMatchObject({ error: "invalid_request", request_id: expect.any(String) });
  expect(["not_found", "server_unknown", "gateway_detached", "static_headers_server"]).toContain(body.reason);
}

export const resourceForm = (slug: string) => `${origin}/.well-known/oauth-protected-resource/s/${slug}/mcp`;
export const issuerForm = (slug: string) => `${origin}/.well-known/oauth-authorization-server/s/${slug}`;
