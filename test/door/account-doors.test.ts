// Which server a person names at their account, and bad input at its doors.
import { describe, expect, it } from "vitest";
import { account, open } from "./account-visit.ts";
import { expectOnlyText, Visitor } from "./consent-form.ts";
import { api, openShop } from "./journey.ts";

describe("the server that is named decides where to sign in, and nothing else", () => {
  it.each([
    ...[
      "https://evil.example/",
      "//evil.example",
      "https://evil.example/s/x/mcp",
      "/\\evil.example",
      "javascript:alert(1)",
    ],
    ...[
      "../../evil",
      "a b",
      "x".repeat(64),
      "-",
      "http://localhost:8787@evil.example/s/x/mcp",
      `"><script>alert(1)</script>`,
    ],
    ...["no-such-server", "constructor"],
  ])("%s leads nowhere and is shown as text", async (server) => {
    const { response, html, text } = await open(new Visitor(), `?server=${encodeURIComponent(server)}`);
    expect(response.status).toBe(404);
    expect(response.headers.get("location")).toBeNull();
    expect(text).toContain("There is no server of this name here");
    expectOnlyText(html);
  });

  it("a slug in any case and the MCP URL of this deployment are names of the server", async () => {
    const shop = await openShop();
    for (const server of [shop.slug, ` ${shop.slug.toUpperCase()} `, shop.resource, `${shop.resource}/`]) {
      const { response } = await open(new Visitor(), `?server=${encodeURIComponent(server)}`);
      expect(response.headers.get("location")?.split("?")[0], server).toBe(`${shop.issuer}/authorize`);
    }
  });

  it("a static headers server and one without a profile say so", async () => {
    const shop = await openShop();
    const slug = `${shop.slug}-static`;
    const base = `/organizations/${shop.organizationId}/mcp-servers`;
    const shared = { authentication: "static_headers", staticHeaders: { authorization: "Bearer x" } };
    await api("POST", base, shop.token, { name: "Shared", slug, runtimeUrl: "http://127.0.0.1:9/mcp", ...shared });
    const people = await open(new Visitor(), `?server=${slug}`);
    expect([people.response.status, people.text]).toEqual([400, expect.stringContaining("People do not sign in")]);
    await api("DELETE", `${base}/${shop.serverId}/gateway`, shop.token);
    const detached = await open(new Visitor(), `?server=${shop.slug}`);
    expect([detached.response.status, detached.text]).toEqual([503, expect.stringContaining("switched off")]);
  });
});

describe("bad input at the account's doors", () => {
  it.each([
    ["POST", "", "GET"],
    ["DELETE", "", "GET"],
    ["POST", "/return", "GET"],
    ["PUT", "/revoke", "GET, POST"],
    ["GET", "/sign-out", "POST"],
    ["HEAD", "/revoke-all", "GET, POST"],
  ])("%s /account%s is a 405 that says what is allowed", async (method, path, allow) => {
    const response = await new Visitor().request(`${account}${path}`, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
  });

  it.each(["?server=a&server=b", "?server=a%00b", `?server=${"x".repeat(20_000)}`])(
    "a server that cannot be read is a 400: %.20s",
    async (query) => {
      expect((await open(new Visitor(), query)).response.status).toBe(400);
    },
  );

  it("there is nothing beside, and no other page may read it", async () => {
    for (const path of ["/", "/grants", "/return/", "s"]) {
      expect((await new Visitor().request(`${account}${path}`)).status, path).toBe(404);
    }
    const response = await new Visitor().request(account, { headers: { origin: "https://evil.example" } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});
