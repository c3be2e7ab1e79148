// What a server publishes about itself: exact at every URL that clients ask, and a plain JSON 404 everywhere else.

import { env } from "cloudflare:workers";
import {
  OAuthMetadataSchema as newestIssuerSchema,
  OAuthProtectedResourceMetadataSchema as newestResourceSchema,
} from "@modelcontextprotocol/core";
import { OAuthMetadataSchema, OAuthProtectedResourceMetadataSchema } from "@modelcontextprotocol/sdk/shared/auth.js";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bindings } from "../../src/worker/settings.ts";
import { api, fetchUrl, openShop, origin, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";

let shop: Shop;
let other: Shop;
let detached: Shop;
let headersOnly: string;
let closed: Shop;

beforeAll(async () => {
  shop = await openShop();
  other = await openShop({ server: { name: "Other API", scopes: ["other.read"], tools: [] } });
  closed = await openShop({ gateway: { clientPolicy: { dynamicRegistration: false } } });
  detached = await openShop();
  const servers = `/organizations/${detached.organizationId}/mcp-servers`;
  await api("DELETE", `${servers}/${detached.serverId}/gateway`, detached.token);
  headersOnly = `static-${crypto.randomUUID().slice(0, 8)}`;
  await api("POST", servers, detached.token, {
    name: "Static",
    slug: headersOnly,
    runtimeUrl: "http://127.0.0.1:9/mcp",
    authentication: "static_headers",
    staticHeaders: { "x-key": "value" },
  });
});

/** What a server publishes, written out once: nothing more, nothing null, in whatever place it is asked for. */
function resourceDocument(resource: string, issuer: string, scopes = ["tickets.read"], name = "Support API") {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: scopes,
    bearer_methods_supported: ["header"],
    resource_name: name,
  };
}

function issuerDocument(
  issuer: string,
  endpoints: string,
  scopes = ["tickets.read", "tickets.write"],
  registration = true,
) {
  const methods = ["none", "client_secret_basic", "client_secret_post"];
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
    revocation_endpoint_auth_methods_supported: methods,
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: false,
    protected_resources: [`${issuer}/mcp`],
  };
}

async function documentAt(response: Response): Promise<unknown> {
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  expect(response.headers.get("cache-control")).toBe("public, max-age=60");
  return response.json();
}

async function isPlain404(response: Response): Promise<void> {
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  const body: Record<string, unknown> = await response.json();
  expect(body).toMatchObject({ error: "invalid_request", request_id: expect.any(String) });
  expect(["not_found", "server_unknown", "gateway_detached"]).toContain(body.reason);
}

const resourceForm = (slug: string) => `${origin}/.well-known/oauth-protected-resource/s/${slug}/mcp`;
const issuerForm = (slug: string) => `${origin}/.well-known/oauth-authorization-server/s/${slug}`;

describe("a server on the main origin", () => {
  it.each([
    ["P-1 P-3 the path-inserted form", () => resourceForm(shop.slug)],
    ["Codex's form below the MCP URL", () => `${shop.resource}/.well-known/oauth-protected-resource`],
  ])("P-4 publishes its resource document, exact, at %s", async (_, url) => {
    expect(await documentAt(await fetchUrl(url()))).toEqual(resourceDocument(shop.resource, shop.issuer));
  });

  it("P-4 names the MCP URL with a slash where it was asked with one; the issuer stays one", async () => {
    const document = await documentAt(await fetchUrl(`${resourceForm(shop.slug)}/`));
    expect(document).toEqual(resourceDocument(`${shop.resource}/`, shop.issuer));
  });

  it.each([
    ["the path-inserted form", () => issuerForm(shop.slug)],
    ["the form below the issuer", () => `${shop.issuer}/.well-known/oauth-authorization-server`],
  ])("P-26 P-27 publishes its issuer document, exact, at %s", async (_, url) => {
    expect(await documentAt(await fetchUrl(url()))).toEqual(issuerDocument(shop.issuer, shop.endpoints));
  });

  it("P-4 two servers of one host never shadow each other", async () => {
    const read = ["other.read"];
    expect(await documentAt(await fetchUrl(resourceForm(other.slug)))).toEqual(
      resourceDocument(other.resource, other.issuer, read, "Other API"),
    );
    expect(await documentAt(await fetchUrl(issuerForm(other.slug)))).toEqual(
      issuerDocument(other.issuer, other.endpoints, read),
    );
    expect(await documentAt(await fetchUrl(resourceForm(shop.slug)))).toEqual(
      resourceDocument(shop.resource, shop.issuer),
    );
  });

  it("P-32 names no registration endpoint while registration is closed", async () => {
    const scopes = ["tickets.read", "tickets.write"];
    const document = await documentAt(await fetchUrl(issuerForm(closed.slug)));
    expect(document).toEqual(issuerDocument(closed.issuer, closed.endpoints, scopes, false));
  });

  it("P-2 the challenge of the MCP URL names the document of exactly the URL that was called", async () => {
    for (const slash of ["", "/"]) {
      const challenged = await fetchUrl(`${shop.resource}${slash}`, { method: "POST" });
      expect(challenged.status).toBe(401);
      const named = /resource_metadata="([^"]+)"/.exec(challenged.headers.get("www-authenticate") ?? "")?.[1] ?? "";
      const document = await documentAt(await fetchUrl(named));
      expect(document).toEqual(resourceDocument(`${shop.resource}${slash}`, shop.issuer));
    }
  });

  it.each([
    ["2025-03-26", "2025-03-26"],
    ["2024-11-05", "2024-11-05"],
    ["2026-07-28", "2026-07-28"],
    ["a version nobody knows", "9999-99-99"],
  ])("P-9 answers without a token, whatever protocol version the client names: %s", async (_, version) => {
    const headers = { "mcp-protocol-version": version, accept: "*/*", "content-type": "application/json" };
    await documentAt(await fetchUrl(resourceForm(shop.slug), { headers }));
  });
});

describe("the official SDKs accept the documents", () => {
  it.each([
    ["1.x", OAuthProtectedResourceMetadataSchema, OAuthMetadataSchema],
    ["2.x", newestResourceSchema, newestIssuerSchema],
  ])("%s", async (_, resourceSchema, issuerSchema) => {
    const resource = await (await fetchUrl(resourceForm(shop.slug))).json();
    expect(resourceSchema.parse(resource)).toEqual(resource);
    const issuer = await (await fetchUrl(issuerForm(shop.slug))).json();
    expect(issuerSchema.parse(issuer)).toEqual(issuer);
  });
});

describe("how a document is asked for", () => {
  const urls = (): string[] => [
    resourceForm(shop.slug),
    `${resourceForm(shop.slug)}/`,
    `${shop.resource}/.well-known/oauth-protected-resource`,
    issuerForm(shop.slug),
    `${shop.issuer}/.well-known/oauth-authorization-server`,
    `${origin}/.well-known/jwks.json`,
  ];

  it("HEAD answers as GET does, without a body", async () => {
    for (const url of urls()) {
      const got = await fetchUrl(url);
      const head = await fetchUrl(url, { method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([200, ""]);
      for (const name of ["content-type", "cache-control", "access-control-allow-origin"]) {
        expect(head.headers.get(name)).toBe(got.headers.get(name));
      }
    }
  });

  it("P-9 a preflight is answered 204 and repeats the headers that were asked for", async () => {
    for (const url of urls()) {
      const asked = "mcp-protocol-version, content-type";
      const headers = { "access-control-request-method": "GET", "access-control-request-headers": asked };
      const response = await fetchUrl(url, { method: "OPTIONS", headers });
      expect(response.status).toBe(204);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("access-control-allow-headers")).toBe(asked);
      expect(response.headers.get("access-control-max-age")).toBe("7200");
    }
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])(
    "%s is refused with 405, as JSON that a page may read",
    async (method) => {
      for (const url of urls()) {
        const response = await fetchUrl(url, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
        expect(response.headers.get("access-control-allow-origin")).toBe("*");
        expect(await response.json()).toMatchObject({ reason: "method_not_allowed" });
      }
    },
  );
});

describe("P-10 nothing is published elsewhere", () => {
  it.each([
    ["P-26 openid-configuration, inserted", () => `/.well-known/openid-configuration/s/${shop.slug}`],
    ["P-26 openid-configuration, below the issuer", () => `/s/${shop.slug}/.well-known/openid-configuration`],
    ["openid-configuration at the root", () => "/.well-known/openid-configuration"],
    ["P-11 the resource document at the root", () => "/.well-known/oauth-protected-resource"],
    ["P-11 the resource document of a root MCP URL", () => "/.well-known/oauth-protected-resource/mcp"],
    ["the issuer document at the root", () => "/.well-known/oauth-authorization-server"],
    ["the issuer document of the MCP URL", () => `/.well-known/oauth-authorization-server/s/${shop.slug}/mcp`],
    ["the issuer document with a slash", () => `/.well-known/oauth-authorization-server/s/${shop.slug}/`],
    ["the resource document of the issuer", () => `/.well-known/oauth-protected-resource/s/${shop.slug}`],
    ["the resource document below the issuer", () => `/s/${shop.slug}/.well-known/oauth-protected-resource`],
    ["an unknown slug", () => "/.well-known/oauth-protected-resource/s/nobody/mcp"],
    ["an unknown slug's issuer", () => "/.well-known/oauth-authorization-server/s/nobody"],
    ["something that is no slug", () => "/.well-known/oauth-protected-resource/s/No%20Body/mcp"],
    ["a slug in upper case", () => `/.well-known/oauth-protected-resource/s/${shop.slug.toUpperCase()}/mcp`],
    ["a detached server's resource", () => `/.well-known/oauth-protected-resource/s/${detached.slug}/mcp`],
    ["a detached server's issuer", () => `/.well-known/oauth-authorization-server/s/${detached.slug}`],
    ["a static_headers server's resource", () => `/.well-known/oauth-protected-resource/s/${headersOnly}/mcp`],
    ["a static_headers server's issuer", () => `/s/${headersOnly}/.well-known/oauth-authorization-server`],
    ["a document nobody defined", () => "/.well-known/mcp"],
  ])("%s", async (_, path) => {
    await isPlain404(await fetchUrl(origin + path()));
  });

  it("a browser may ask for a document that does not exist, and is told so", async () => {
    const headers = { "access-control-request-headers": "mcp-protocol-version" };
    const url = `${origin}/.well-known/openid-configuration/s/${shop.slug}`;
    expect((await fetchUrl(url, { method: "OPTIONS", headers })).status).toBe(204);
  });
});

describe("a deployment with a default server", () => {
  const bindings = () => deployment({ DEFAULT_SERVER: shop.slug });

  it("P-118 publishes that server at the root, for clients that look nowhere else", async () => {
    const root = `${origin}/.well-known`;
    expect(await documentAt(await knock(bindings(), `${root}/oauth-protected-resource`))).toEqual(
      resourceDocument(shop.resource, shop.issuer),
    );
    expect(await documentAt(await knock(bindings(), `${root}/oauth-authorization-server`))).toEqual(
      issuerDocument(shop.issuer, shop.endpoints),
    );
  });

  it("P-4 publishes every other server as before, and the default one at its own URLs too", async () => {
    expect(await documentAt(await knock(bindings(), issuerForm(other.slug)))).toMatchObject({ issuer: other.issuer });
    expect(await documentAt(await knock(bindings(), resourceForm(shop.slug)))).toMatchObject({
      resource: shop.resource,
    });
  });

  it("openid-configuration stays absent, and a default server that is gone is a plain 404", async () => {
    await isPlain404(await knock(bindings(), `${origin}/.well-known/openid-configuration`));
    const gone = deployment({ DEFAULT_SERVER: "nobody-here" });
    await isPlain404(await knock(gone, `${origin}/.well-known/oauth-authorization-server`));
  });
});

describe("a deployment whose servers have hosts of their own", () => {
  const hosted = (): Bindings =>
    deployment({
      PUBLIC_ORIGIN: "https://gateway.example.com",
      ALLOW_PRIVATE_NETWORK: "",
      SERVER_HOST_SUFFIX: "mcp.example.test",
    });
  const host = (slug: string) => `https://${slug}.mcp.example.test`;
  const endpoints = (slug: string) => `https://gateway.example.com/s/${slug}`;

  it.each([
    ["the root", "/.well-known/oauth-protected-resource", ""],
    ["the path-inserted form", "/.well-known/oauth-protected-resource/mcp", ""],
    ["the path-inserted form with a slash", "/.well-known/oauth-protected-resource/mcp/", "/"],
    ["Codex's form", "/mcp/.well-known/oauth-protected-resource", ""],
  ])("P-4 the resource document at %s of the host", async (_, path, slash) => {
    const { slug } = shop;
    expect(await documentAt(await knock(hosted(), host(slug) + path))).toEqual(
      resourceDocument(`${host(slug)}/mcp${slash}`, host(slug)),
    );
  });

  it("P-27 the issuer document at the root of the host, its endpoints on the main origin", async () => {
    const url = `${host(shop.slug)}/.well-known/oauth-authorization-server`;
    expect(await documentAt(await knock(hosted(), url))).toEqual(issuerDocument(host(shop.slug), endpoints(shop.slug)));
  });

  it("P-2 the challenge names the document of the host, and it is there", async () => {
    const challenged = await knock(hosted(), `${host(shop.slug)}/mcp`, { method: "POST" });
    const value = challenged.headers.get("www-authenticate") ?? "";
    const named = /resource_metadata="([^"]+)"/.exec(value)?.[1] ?? "";
    expect(named).toBe(`${host(shop.slug)}/.well-known/oauth-protected-resource/mcp`);
    expect(await documentAt(await knock(hosted(), named))).toMatchObject({ resource: `${host(shop.slug)}/mcp` });
  });

  it.each([
    ["openid-configuration", () => `${host(shop.slug)}/.well-known/openid-configuration`],
    ["a host that no server has", () => `${host("nobody")}/.well-known/oauth-authorization-server`],
    ["a host below a server's", () => `https://a.${shop.slug}.mcp.example.test/.well-known/oauth-authorization-server`],
    [
      "another server's path on this host",
      () => `${host(shop.slug)}/.well-known/oauth-authorization-server/s/${other.slug}`,
    ],
    [
      "P-27 the issuer document where its URL would not be its issuer",
      () => `https://gateway.example.com/.well-known/oauth-authorization-server/s/${shop.slug}`,
    ],
    [
      "P-4 the resource document where its URL would not be its resource",
      () => `https://gateway.example.com/.well-known/oauth-protected-resource/s/${shop.slug}/mcp`,
    ],
    ["the key set on a server's host", () => `${host(shop.slug)}/.well-known/jwks.json`],
  ])("P-10 a plain 404: %s", async (_, url) => {
    await isPlain404(await knock(hosted(), url()));
  });

  it("one cookie jar: authorize on a server's host leads to the main origin, with its query", async () => {
    const response = await knock(hosted(), `${host(shop.slug)}/authorize?client_id=a&state=b%20c`);
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(`${endpoints(shop.slug)}/authorize?client_id=a&state=b%20c`);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("a forged host changes nothing (CVE-2025-66414)", () => {
  const forged: Record<string, string> = {
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "gopher",
    "x-original-host": "evil.example",
    forwarded: "host=evil.example;proto=http",
    "x-host": "evil.example",
  };

  async function said(response: Response): Promise<string> {
    return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  }

  it.each([
    ["the resource document", () => `/.well-known/oauth-protected-resource/s/${shop.slug}/mcp`, "GET"],
    ["the issuer document", () => `/.well-known/oauth-authorization-server/s/${shop.slug}`, "GET"],
    ["the challenge", () => `/s/${shop.slug}/mcp`, "POST"],
    ["the authorization page", () => `/s/${shop.slug}/authorize`, "GET"],
    ["the token endpoint", () => `/s/${shop.slug}/token`, "POST"],
    ["the key set", () => "/.well-known/jwks.json", "GET"],
    ["the API's description", () => "/api/v1/openapi.json", "GET"],
    ["health", () => "/healthz", "GET"],
    ["nothing", () => "/nothing", "GET"],
  ])("%s", async (_, path, method) => {
    const headers = { ...forged, accept: "application/json" };
    expect(await said(await fetchUrl(origin + path(), { method, headers }))).not.toMatch(/evil|gopher/);
    // A rebound name: the request itself is made to another host, which a Worker sees as its URL.
    const rebound = await knock(env, `http://evil.example${path()}`, {
      method,
      headers: { ...headers, host: "evil.example" },
    });
    expect(await said(rebound)).not.toMatch(/evil|gopher/);
  });
});
