// The published documents: exact, complete, and without anything a strict client could stumble over.
import { describe, expect, test } from "vitest";
import {
  authorizationServerMetadata,
  type PublishedServer,
  protectedResourceMetadata,
} from "../../src/worker/oauth/metadata.ts";
import type { ClientPolicy } from "../../src/worker/oauth/profile.ts";

const clientPolicy: ClientPolicy = {
  dynamicRegistration: true,
  metadataDocuments: false,
  allowedRedirectHosts: [],
  preregistered: [],
};
const server: PublishedServer = {
  name: "Support",
  issuer: "https://mcp.example.com/s/support",
  resource: "https://mcp.example.com/s/support/mcp",
  endpoints: "https://mcp.example.com/s/support",
  scopes: ["openid", "tickets.read", "offline_access"],
  tools: [{ scopes: ["tickets.write", "tickets.read"] }],
  profile: { clientPolicy },
  enterprise: false,
};

function leaves(value: unknown): unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [value];
}

describe("protected resource metadata", () => {
  const document = protectedResourceMetadata(server);

  test.each([server.resource, `${server.resource}/`])(
    "P-4 resource is the URL that was asked about: %s",
    (resource) => {
      expect(protectedResourceMetadata({ ...server, resource }).resource).toBe(resource);
    },
  );

  test("P-27 exactly one authorization server, byte-equal to the issuer", () => {
    expect(document.authorization_servers).toEqual([server.issuer]);
    expect(authorizationServerMetadata(server).issuer).toBe(server.issuer);
  });

  test("P-6 and P-7 the baseline only, without openid and offline_access", () => {
    expect(document.scopes_supported).toEqual(["tickets.read"]);
  });

  test("P-8 tokens go into the header, and the resource has a name", () => {
    expect(document).toMatchObject({ bearer_methods_supported: ["header"], resource_name: "Support" });
  });
});

describe("authorization server metadata", () => {
  const document = authorizationServerMetadata(server);

  test("P-28, P-29, P-31 what strict clients demand", () => {
    expect(document).toMatchObject({
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
      protected_resources: [server.resource],
    });
  });

  test.each([
    ["unless it is told", {}, true],
    ["when it is told", { advertiseIss: true }, true],
    ["but not where clients lose a correct iss and then miss it", { advertiseIss: false }, undefined],
  ])("P-29 says that answers carry iss %s", (_, policy, expected) => {
    const told = authorizationServerMetadata({ ...server, profile: { clientPolicy: { ...clientPolicy, ...policy } } });
    expect(told.authorization_response_iss_parameter_supported).toBe(expected);
    expect(JSON.stringify(told).includes("authorization_response_iss")).toBe(expected === true);
  });

  test("P-31 both authentication lists are written out, and public clients are in them", () => {
    const methods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
    expect(document.token_endpoint_auth_methods_supported).toEqual(methods);
    expect(document.revocation_endpoint_auth_methods_supported).toEqual(methods);
  });

  test("P-34 where private_key_jwt is offered, its algorithms are written out, asymmetric ones only", () => {
    const algorithms = document.token_endpoint_auth_signing_alg_values_supported;
    expect(algorithms).toEqual(expect.arrayContaining(["RS256", "ES256"]));
    expect(algorithms.filter((name) => /^(?:HS|none)/i.test(name))).toEqual([]);
    expect(document.revocation_endpoint_auth_signing_alg_values_supported).toEqual(algorithms);
  });

  test("P-32 a registration endpoint only while registration is open", () => {
    expect(document.registration_endpoint).toBe(`${server.endpoints}/register`);
    const closed = { ...server, profile: { clientPolicy: { ...clientPolicy, dynamicRegistration: false } } };
    expect(authorizationServerMetadata(closed)).not.toHaveProperty("registration_endpoint");
  });

  test("scopes are all that a person may be asked for, since some clients ask for all of them", () => {
    expect(document.scopes_supported).toEqual(["tickets.read", "tickets.write"]);
  });

  test("CVE-2025-6514 every address is absolute http(s) on the configured origin, and none holds a shell's characters", () => {
    const addresses = Object.entries(document).filter(([name]) => name === "issuer" || name.endsWith("_endpoint"));
    expect(addresses).toHaveLength(5);
    for (const [, address] of addresses) {
      expect(address).toMatch(/^https:\/\/mcp\.example\.com\/s\/support[a-z/]*$/);
    }
  });

  test.each([
    ["protected resource", protectedResourceMetadata(server)],
    ["authorization server", document],
  ])("no null, no undefined and no empty text anywhere: %s", (_, value) => {
    expect(leaves(value)).not.toContain(null);
    expect(leaves(value)).not.toContain(undefined);
    expect(leaves(value)).not.toContain("");
  });
});
