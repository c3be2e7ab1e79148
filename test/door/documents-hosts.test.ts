// The same documents where a deployment has a default server or hosts of its own, and under hosts that are forged.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bindings } from "../../src/worker/settings.ts";
import { fetchUrl, openShop, origin, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";
import { documentAt, isPlain404, issuerDocument, issuerForm, resourceDocument, resourceForm } from "./published.ts";

let shop: Shop;
let other: Shop;

beforeAll(async () => {
  shop = await openShop();
  other = await openShop({ server: { name: "Other API", scopes: ["other.read"], tools: [] } });
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
