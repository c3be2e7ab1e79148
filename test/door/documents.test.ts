// What a server publishes about itself: exact at every URL that clients ask, and a plain JSON 404 everywhere else.

import {
  OAuthMetadataSchema as newestIssuerSchema,
  OAuthProtectedResourceMetadataSchema as newestResourceSchema,
} from "@modelcontextprotocol/core";
import { OAuthMetadataSchema, OAuthProtectedResourceMetadataSchema } from "@modelcontextprotocol/sdk/shared/auth.js";
import { beforeAll, describe, expect, it } from "vitest";
import { api, fetchUrl, openShop, origin, type Shop } from "./journey.ts";
import { documentAt, isPlain404, issuerDocument, issuerForm, resourceDocument, resourceForm } from "./published.ts";

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
