// The account's doors, and the names by which a person may call a server.
import { describe, expect, test } from "vitest";
import { slugNamed } from "../../src/worker/endpoints/account/server-name.ts";
import { doorOf } from "../../src/worker/resolve-server.ts";

const origin = "https://gateway.example.com";
const plain = { origin, serverHostSuffix: null };
const withHosts = { origin, serverHostSuffix: "mcp.example.com" };

describe("a server is named by its slug or its MCP URL", () => {
  test.each<[string, typeof plain | typeof withHosts, string | null]>([
    ["support-api", plain, "support-api"],
    ["  Support-API ", plain, "support-api"],
    [`${origin}/s/support-api/mcp`, plain, "support-api"],
    [`${origin}/s/support-api/mcp/`, plain, "support-api"],
    [`${origin}/s/support-api`, plain, "support-api"],
    ["https://support-api.mcp.example.com/mcp", withHosts, "support-api"],
    ["https://support-api.mcp.example.com/mcp", plain, null],
    ["https://a.b.mcp.example.com/mcp", withHosts, null],
    ["https://mcp.example.com/mcp", withHosts, null],
    ["https://evil.example/s/support-api/mcp", plain, null],
    ["https://gateway.example.com@evil.example/s/support-api/mcp", plain, null],
    ["https://gateway.example.com.evil.example/s/support-api/mcp", plain, null],
    ["http://gateway.example.com/s/support-api/mcp", plain, null],
    [`${origin}/dashboard`, plain, null],
    [`${origin}/s/../account`, plain, null],
    ["javascript:alert(1)", plain, null],
    ["//evil.example", plain, null],
    ["", plain, null],
  ])("%j", (typed, settings, slug) => {
    expect(slugNamed(typed, settings)).toBe(slug);
  });
});

describe("the account is on the main origin only", () => {
  const door = (url: string) => doorOf(new URL(url), { serverHostSuffix: "mcp.example.com", defaultServer: "support" });

  test.each([
    ["/account", ""],
    ["/account/return", "return"],
    ["/account/revoke", "revoke"],
    ["/account/revoke-all", "revoke-all"],
    ["/account/sign-out", "sign-out"],
  ])("%s", (path, page) => {
    expect(door(origin + path)).toEqual({ kind: "account", page });
    expect(door(`https://support.mcp.example.com${path}`)).toEqual({ kind: "nothing" });
  });

  test.each(["/account/", "/accounts", "/account/x", "/Account", "/s/support/account"])("%s is nothing", (path) => {
    expect(door(origin + path)).toEqual({ kind: "nothing" });
  });
});
