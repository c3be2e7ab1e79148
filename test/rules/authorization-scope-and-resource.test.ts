// Scopes and resource indicators: what is granted, and whether a client means this server.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalResource, meansServer } from "../../src/worker/oauth/resource.ts";
import { allScopes, grantableScope, holdsAll, parseScope } from "../../src/worker/oauth/scope.ts";
import { narrowScope } from "../../src/worker/store/grant-object/proof.ts";

describe("scope strings (RFC 6749 §3.3)", () => {
  test.each([
    [undefined, []],
    [null, []],
    ["", []],
    ["  ", []],
    ["a", ["a"]],
    ["a b a", ["a", "b"]],
    [" a   b ", ["a", "b"]],
    ["https://api.example.com/tickets.read", ["https://api.example.com/tickets.read"]],
    ["__proto__ constructor", ["__proto__", "constructor"]],
  ])("%j is read", (value, scopes) => {
    expect(parseScope(value)).toEqual(scopes);
  });

  test.each(['a"b', "a\\b", "a\tb", "a\nb", "ä", "a\u00a0b", "a\0", "a\x7f"])("%j is malformed", (value) => {
    expect(parseScope(value)).toBeNull();
  });
});

describe("P-63 what an authorization is for", () => {
  const server = { scopes: ["tickets.read", "profile"], tools: [{ scopes: ["tickets.write", "tickets.read"] }] };

  test.each([
    ["nothing asked: the baseline", "", ["tickets.read", "profile"]],
    ["only unknown ones (mcp-remote without metadata): the baseline", "openid email", ["tickets.read", "profile"]],
    ["offline_access alone: the baseline", "offline_access", ["tickets.read", "profile"]],
    ["unknown ones beside known ones are dropped", "openid tickets.write nonsense", ["tickets.write"]],
    ["a tool's scope can be asked for", "tickets.read tickets.write", ["tickets.read", "tickets.write"]],
    ["case matters", "Tickets.Read", ["tickets.read", "profile"]],
    ["narrowing is the person's right", "profile", ["profile"]],
  ])("%s", (_, asked, granted) => {
    expect(grantableScope(parseScope(asked) ?? [], server)).toEqual(granted);
  });

  test.each(["openid", "offline_access", "offline_access openid"])(
    "P-72 a hint asks for nothing of its own, even where the server lists it: %s",
    (asked) => {
      const listing = { scopes: ["openid", "offline_access", "tickets.read"], tools: [] };
      expect(grantableScope(asked.split(" "), listing)).toContain("tickets.read");
    },
  );

  test("every scope of a server is listed once, the baseline first", () => {
    expect(allScopes(server)).toEqual(["tickets.read", "profile", "tickets.write"]);
  });

  test("what is granted exists at the server, and the baseline is not the server's own array", () => {
    const name = fc.constantFrom("a", "b", "c", "openid", "offline_access", "zz");
    const list = fc.uniqueArray(name);
    fc.assert(
      fc.property(list, list, list, (asked, scopes, tool) => {
        const described = { scopes, tools: [{ scopes: tool }] };
        const granted = grantableScope(asked, described);
        return holdsAll(allScopes(described), granted) && granted !== scopes;
      }),
    );
  });
});

describe("P-71 a refresh narrows and never widens", () => {
  test.each([
    ["absent", null, ["a", "b"]],
    ["the same", ["a", "b"], ["a", "b"]],
    ["another order", ["b", "a"], ["a", "b"]],
    ["narrower", ["b"], ["b"]],
    ["wider", ["a", "b", "c"], ["a", "b"]],
    ["overlapping", ["b", "c"], ["b"]],
    ["disjoint, as clients repeat their defaults", ["openid"], ["a", "b"]],
    ["empty", [], ["a", "b"]],
  ])("%s", (_, wished, scope) => {
    expect(narrowScope(["a", "b"], wished)).toEqual(scope);
  });

  test("never more than was granted, never nothing while something was", () => {
    const list = fc.uniqueArray(fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(list, fc.option(list), (granted, wished) => {
        const scope = narrowScope(granted, wished);
        return holdsAll(granted, scope) && scope.length > 0 === granted.length > 0;
      }),
    );
  });
});

describe("P-52 which resource means this server", () => {
  const resource = "https://mcp.example.com/s/support/mcp";

  test.each([
    "https://mcp.example.com/s/support/mcp",
    "https://mcp.example.com/s/support/mcp/",
    "HTTPS://MCP.Example.COM/s/support/mcp",
    "https://mcp.example.com:443/s/support/mcp",
  ])("%s does", (value) => {
    expect(meansServer(value, resource)).toBe(true);
  });

  test.each([
    ["the gateway's base URL (CVE-2025-69196)", "https://mcp.example.com"],
    ["the base URL with a slash (CVE-2025-69196)", "https://mcp.example.com/"],
    ["the issuer (CVE-2025-69196)", "https://mcp.example.com/s/support"],
    ["another server", "https://mcp.example.com/s/sales/mcp"],
    ["a longer path", "https://mcp.example.com/s/support/mcp/x"],
    ["a longer name", "https://mcp.example.com/s/support/mcp2"],
    ["two slashes", "https://mcp.example.com/s/support/mcp//"],
    ["case of the path", "https://mcp.example.com/s/Support/mcp"],
    ["a query", "https://mcp.example.com/s/support/mcp?x=1"],
    ["an empty query", "https://mcp.example.com/s/support/mcp?"],
    ["a fragment (RFC 8707 §2)", "https://mcp.example.com/s/support/mcp#x"],
    ["an empty fragment", "https://mcp.example.com/s/support/mcp#"],
    ["http", "http://mcp.example.com/s/support/mcp"],
    ["another port", "https://mcp.example.com:8443/s/support/mcp"],
    ["a trailing dot", "https://mcp.example.com./s/support/mcp"],
    ["a sub-domain", "https://x.mcp.example.com/s/support/mcp"],
    ["userinfo", "https://x@mcp.example.com/s/support/mcp"],
    ["dot segments", "https://mcp.example.com/s/sales/../support/mcp"],
    ["encoded dot segments", "https://mcp.example.com/s/sales/%2e%2e/support/mcp"],
    ["an encoded letter", "https://mcp.example.com/s/support/m%63p"],
    ["backslashes", "https://mcp.example.com\\s\\support\\mcp"],
    ["a backslash at the end", "https://mcp.example.com/s/support/mcp\\"],
    ["a blank at the end", "https://mcp.example.com/s/support/mcp "],
    ["a relative URI", "/s/support/mcp"],
    ["no URI", "support"],
    ["another scheme", "urn:mcp:support"],
  ])("%s does not", (_, value) => {
    expect(meansServer(value, resource)).toBe(false);
  });

  test("a server at the root of its host", () => {
    expect(canonicalResource("https://support.example.com/")).toBe("https://support.example.com");
    expect(canonicalResource("https://support.example.com")).toBe("https://support.example.com");
    expect(canonicalResource("https://support.example.com/#x")).toBeNull();
  });

  test("P-53 however it is written, only the MCP URL's own origin and path mean the server", () => {
    const piece = fc.constantFrom(
      "https:",
      "//",
      "/",
      "mcp.example.com",
      "s",
      "support",
      "mcp",
      "..",
      "%2e",
      "?",
      "@",
      ":443",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(3), (pieces, cut) => {
        const value = cut === 0 ? pieces.join("") : `${resource.slice(0, resource.length - cut)}${pieces.join("")}`;
        if (!meansServer(value, resource)) return true;
        const { origin, pathname, search, hash } = new URL(value);
        return `${origin}${pathname}` === resource + (pathname.endsWith("/") ? "/" : "") && `${search}${hash}` === "";
      }),
      { numRuns: 3000 },
    );
  });
});
