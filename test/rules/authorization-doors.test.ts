// Which door a URL is, and which URLs a server has: from the configuration, never from the request.
import { describe, expect, test } from "vitest";
import type { Settings } from "../../src/worker/oauth/deployment.ts";
import { doorOf, serverOf } from "../../src/worker/resolve-server.ts";
import type { ServerSnapshot } from "../../src/worker/store/promises/snapshot.ts";

const nothing = { kind: "nothing" };
const plain: Pick<Settings, "serverHostSuffix" | "defaultServer"> = { serverHostSuffix: null, defaultServer: null };
const withHosts = { serverHostSuffix: "mcp.example.com", defaultServer: null };
const withDefault = { serverHostSuffix: null, defaultServer: "support" };
const door = (url: string, settings = plain) => doorOf(new URL(url, "https://gateway.example.com"), settings);
const support = (name: string, ownHost = false) => ({ kind: "server", slug: "support", door: name, ownHost });

describe("doors on the main origin", () => {
  test.each([
    ["/s/support/mcp", "mcp"],
    ["/s/support/mcp/", "mcp/"],
    ["/s/support/mcp?x=1", "mcp"],
    ["/s/support/authorize", "authorize"],
    ["/s/support/token", "token"],
    ["/s/support/register", "register"],
    ["/s/support/revoke", "revoke"],
    ["/s/support/.well-known/oauth-authorization-server", "server-metadata"],
    ["/.well-known/oauth-authorization-server/s/support", "server-metadata"],
    ["/.well-known/oauth-protected-resource/s/support/mcp", "resource-metadata"],
    ["/.well-known/oauth-protected-resource/s/support/mcp/", "resource-metadata/"],
    ["/s/support/mcp/.well-known/oauth-protected-resource", "resource-metadata"],
  ])("%s", (url, name) => {
    expect(door(url)).toEqual(support(name));
  });

  test.each([
    ["/consent", { kind: "consent" }],
    ["/callback/gw_A-b_9", { kind: "callback", gatewayId: "gw_A-b_9" }],
    ["/.well-known/jwks.json", { kind: "jwks" }],
    ["/healthz", { kind: "health" }],
    ["/api/v1/gateways", { kind: "management" }],
  ])("%s", (url, expected) => {
    expect(door(url)).toEqual(expected);
  });

  test.each([
    ["P-26 an OpenID document is not pretended", "/s/support/.well-known/openid-configuration"],
    ["P-26 nor in the inserted form", "/.well-known/openid-configuration/s/support"],
    ["P-11 no resource document at a shared root", "/.well-known/oauth-protected-resource"],
    ["no authorization server at a shared root", "/.well-known/oauth-authorization-server"],
    ["no endpoints at a shared root", "/authorize"],
    ["no token endpoint at a shared root", "/token"],
    ["no registration at a shared root", "/register"],
    ["P-27 an issuer has no trailing slash", "/.well-known/oauth-authorization-server/s/support/"],
    ["the resource document names the MCP URL, not its parent", "/.well-known/oauth-protected-resource/s/support"],
    ["nothing below the MCP URL", "/s/support/mcp/more"],
    ["two slashes", "/s/support//mcp"],
    ["two slashes at the end", "/s/support/mcp//"],
    ["an empty slug", "/s//mcp"],
    ["no slug", "/s/mcp"],
    ["another case", "/s/support/MCP"],
    ["an encoded letter", "/s/support/m%63p"],
    ["an encoded slash", "/s/support%2fmcp"],
    ["a name that every object has", "/s/support/__proto__"],
    ["a name that every object has, alone", "/constructor"],
    ["a callback without a profile", "/callback/"],
    ["a callback with a path", "/callback/gw_1/x"],
    ["a callback with other characters", "/callback/gw%2f1"],
    ["the consent page with a slash", "/consent/"],
    ["the API without a version", "/api/gateways"],
    ["the root", "/"],
  ])("%s", (_, url) => {
    expect(door(url)).toEqual(nothing);
  });

  test("dot segments are resolved before a door is looked for", () => {
    expect(door("/s/other/../support/token")).toEqual(support("token"));
    expect(door("/s/other/%2e%2e/support/token")).toEqual(support("token"));
  });
});

describe("a deployment with a default server (2025-03-26)", () => {
  test.each([
    ["/authorize", "authorize"],
    ["/token", "token"],
    ["/register", "register"],
    ["/revoke", "revoke"],
    ["/.well-known/oauth-authorization-server", "server-metadata"],
    ["/.well-known/oauth-protected-resource", "resource-metadata"],
  ])("%s is the default server's", (url, name) => {
    expect(door(url, withDefault)).toEqual(support(name));
  });

  test.each(["/mcp", "/mcp/", "/.well-known/oauth-protected-resource/mcp"])(
    "P-4 %s is not: its MCP URL stays below /s, and a document must name the URL that it was built from",
    (url) => {
      expect(door(url, withDefault)).toEqual(nothing);
    },
  );
});

describe("a server's own host", () => {
  const at = (path: string) => door(`https://support.mcp.example.com${path}`, withHosts);

  test.each([
    ["/mcp", "mcp"],
    ["/mcp/", "mcp/"],
    ["/authorize", "authorize"],
    ["/token", "token"],
    ["/.well-known/oauth-authorization-server", "server-metadata"],
    ["/.well-known/oauth-protected-resource", "resource-metadata"],
    ["/.well-known/oauth-protected-resource/mcp", "resource-metadata"],
    ["/.well-known/oauth-protected-resource/mcp/", "resource-metadata/"],
  ])("%s", (path, name) => {
    expect(at(path)).toEqual(support(name, true));
  });

  test.each([
    ["another server's MCP URL", "/s/sales/mcp"],
    ["its own by path", "/s/support/mcp"],
    ["the consent page: one cookie jar, on the main origin", "/consent"],
    ["callbacks", "/callback/gw_1"],
    ["management", "/api/v1/gateways"],
    ["OpenID", "/.well-known/openid-configuration"],
  ])("has no %s", (_, path) => {
    expect(at(path)).toEqual(nothing);
  });

  test.each([
    ["case of the host does not matter", "https://SUPPORT.mcp.example.com/mcp", support("mcp", true)],
    ["the suffix alone is the main origin", "https://mcp.example.com/mcp", nothing],
    ["a host that only ends alike is none", "https://supportmcp.example.com/mcp", nothing],
    ["a port belongs to the host", "https://support.mcp.example.com:8443/mcp", nothing],
    ["an empty label is no slug", "https://.mcp.example.com/mcp", nothing],
  ])("%s", (_, url, expected) => {
    expect(door(url, withHosts)).toEqual(expected);
  });

  test("two labels are one name, which no slug can be", () => {
    expect(door("https://a.b.mcp.example.com/mcp", withHosts)).toMatchObject({ slug: "a.b" });
  });
});

describe("the URLs of a server", () => {
  const snapshot = (): ServerSnapshot => ({
    v: 3,
    revision: 1,
    id: "srv_1",
    organizationId: "org_1",
    slug: "support",
    name: "Support",
    runtimeUrl: "https://runtime.example.com/mcp",
    scopes: [],
    tools: [],
    broaderScopes: [],
    allowedOrigins: [],
    authentication: "gateway",
    gateway: null,
    staticHeaders: null,
    epoch: 0,
    agents: [],
    endedGrants: [],
    signingKey: { kid: "k", privateJwkSealed: "" },
  });

  test("by path", () => {
    expect(serverOf(snapshot(), { origin: "https://gateway.example.com", serverHostSuffix: null })).toMatchObject({
      issuer: "https://gateway.example.com/s/support",
      resource: "https://gateway.example.com/s/support/mcp",
      endpoints: "https://gateway.example.com/s/support",
      resourceMetadata: "https://gateway.example.com/.well-known/oauth-protected-resource/s/support/mcp",
    });
  });

  test("by host, the endpoints staying on the main origin", () => {
    const settings = { origin: "https://gateway.example.com", serverHostSuffix: "mcp.example.com" };
    expect(serverOf(snapshot(), settings)).toMatchObject({
      issuer: "https://support.mcp.example.com",
      resource: "https://support.mcp.example.com/mcp",
      endpoints: "https://gateway.example.com/s/support",
      resourceMetadata: "https://support.mcp.example.com/.well-known/oauth-protected-resource/mcp",
    });
  });

  test.each([
    { origin: "https://gateway.example.com", serverHostSuffix: null, defaultServer: null },
    { origin: "https://gateway.example.com", serverHostSuffix: "mcp.example.com", defaultServer: null },
    { origin: "http://localhost:8787", serverHostSuffix: "mcp.localhost:8787", defaultServer: null },
    { origin: "http://localhost:8787", serverHostSuffix: null, defaultServer: "support" },
  ])("P-3 every URL that a server publishes leads back to it: $serverHostSuffix on $origin", (settings) => {
    const server = serverOf(snapshot(), settings);
    const { origin, pathname } = new URL(server.issuer);
    const metadata = `${origin}/.well-known/oauth-authorization-server${pathname === "/" ? "" : pathname}`;
    const doors = [
      server.resource,
      `${server.resource}/`,
      server.resourceMetadata,
      `${server.resourceMetadata}/`,
      metadata,
    ];
    expect(doors.map((url) => doorOf(new URL(url), settings))).toMatchObject([
      { slug: "support", door: "mcp" },
      { slug: "support", door: "mcp/" },
      { slug: "support", door: "resource-metadata" },
      { slug: "support", door: "resource-metadata/" },
      { slug: "support", door: "server-metadata" },
    ]);
    for (const name of ["authorize", "token", "register", "revoke"]) {
      expect(doorOf(new URL(`${server.endpoints}/${name}`), settings)).toMatchObject(support(name));
    }
  });
});
