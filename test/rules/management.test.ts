// The schemas of the management API: what each field accepts, and that the route table is sound.
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { gatewayCreate, gatewayUpdate, gatewayView } from "../../src/contract/management/gateways.ts";
import { revocationQuery } from "../../src/contract/management/grants.ts";
import { listQuery } from "../../src/contract/management/page.ts";
import { type Route, routes } from "../../src/contract/management/routes.ts";
import { serverCreate, serverUpdate } from "../../src/contract/management/servers.ts";
import { tokenCreate } from "../../src/contract/management/tokens.ts";

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;
const server = { name: "Support API", slug: "support-api", runtimeUrl: "https://runtime.example.com/mcp" };

describe("an allowed origin is what browsers send", () => {
  it.each([
    ["https://app.example.com", true],
    ["http://localhost:5173", true],
    ["https://[::1]:8443", true],
    ["https://app.example.com:8443", true],
    ["https://app.example.com:443", false],
    ["http://app.example.com:80", false],
    ["https://app.example.com/", false],
    ["https://APP.example.com", false],
    ["https://user@app.example.com", false],
    ["app.example.com", false],
    ["null", false],
    ["*", true],
  ])("%s: %s", (origin, fits) => {
    expect(accepts(serverCreate, { ...server, allowedOrigins: [origin] })).toBe(fits);
  });
});

describe("a scope is one token of RFC 6749 §3.3", () => {
  it.each([
    ["tickets.read", true],
    ["api://app/.default", true],
    ["https://www.googleapis.com/auth/calendar", true],
    ["", false],
    ["a b", false],
    ['a"b', false],
    ["a\\b", false],
    ["é", false],
  ])("%s: %s", (scope, fits) => {
    expect(accepts(serverCreate, { ...server, scopes: [scope] })).toBe(fits);
    expect(accepts(gatewayCreate, { name: "g", scopes: [scope] })).toBe(fits);
  });

  it.each(["openid", "offline_access"])("P-8 %s is a gateway's scope and never a server's or a tool's", (scope) => {
    expect(accepts(gatewayCreate, { name: "g", scopes: [scope] })).toBe(true);
    expect(accepts(serverCreate, { ...server, scopes: [scope] })).toBe(false);
    expect(accepts(serverCreate, { ...server, tools: [{ name: "t", scopes: [scope] }] })).toBe(false);
  });
});

describe("a slug is part of a URL", () => {
  it.each(["support-api", "a", "0", "a".repeat(63)])("%s fits", (slug) => {
    expect(accepts(serverCreate, { ...server, slug })).toBe(true);
  });

  it.each(["", "-a", "a-", "A", "a_b", "a/b", "a.b", "a".repeat(64), "ä"])("%s is refused", (slug) => {
    expect(accepts(serverCreate, { ...server, slug })).toBe(false);
  });

  it("never changes", () => {
    expect(accepts(serverUpdate, { name: "x" })).toBe(true);
    expect(accepts(serverUpdate, { slug: "support-api" })).toBe(false);
  });
});

it("a change may be empty and fills in nothing; a create needs its name", () => {
  expect(gatewayUpdate.parse({})).toEqual({});
  expect(accepts(gatewayCreate, {})).toBe(false);
  expect(accepts(gatewayCreate, { name: "g", dropPreviousClientSecret: true })).toBe(false);
});

it("a gateway's view has no member for a secret", () => {
  expect(Object.keys(gatewayView.shape).filter((name) => /secret/i.test(name))).toEqual([
    "hasClientSecret",
    "hasPreviousClientSecret",
  ]);
});

it.each(["admin", "viewer", "caller"])("the role %s exists", (role) => {
  expect(accepts(tokenCreate, { name: "t", role })).toBe(true);
});

it.each(["owner", "Admin", ""])("the role %s does not exist", (role) => {
  expect(accepts(tokenCreate, { name: "t", role })).toBe(false);
});

it("a list begins at page 1 with 50 items, and has 200 at most", () => {
  expect(listQuery.parse({})).toEqual({ page: 1, pageSize: 50 });
  expect(listQuery.parse({ page: "2", pageSize: "200" })).toEqual({ page: 2, pageSize: 200 });
  for (const query of [{ page: "0" }, { page: "1.5" }, { page: "" }, { pageSize: "201" }, { pageSize: "all" }]) {
    expect(accepts(listQuery, query)).toBe(false);
  }
});

it("a revocation names one selection", () => {
  for (const query of [{ user: "usr_a" }, { client: "c" }, { all: "true" }])
    expect(accepts(revocationQuery, query)).toBe(true);
  for (const query of [{}, { all: "false" }, { all: "1" }, { user: "a", client: "b" }, { user: "" }, { grant: "g" }]) {
    expect(accepts(revocationQuery, query)).toBe(false);
  }
});

describe("the route table", () => {
  const rows = Object.entries<Route>(routes);

  it("has each method and path once", () => {
    const keys = rows.map(([, route]) => `${route.method} ${route.path}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(rows)("%s: reading needs a viewer, changing an admin or the deployment", (_, route) => {
    expect(route.access === "viewer").toBe(route.method === "get");
  });

  it.each(rows)("%s: the path's parameters are the schema's", (_, route) => {
    const named = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
    expect(accepts(route.params, Object.fromEntries(named.map((name) => [name, "x"])))).toBe(true);
    for (const name of named) {
      const without = Object.fromEntries(named.filter((other) => other !== name).map((other) => [other, "x"]));
      expect(accepts(route.params, without)).toBe(false);
    }
  });
});
