// Who may see and change what in the dashboard, on every page; and names from outside, which stay text.
import { beforeAll, describe, expect, test } from "vitest";
import { Operator, tokenFor } from "./operator.ts";
import { api, openShop, type Shop } from "./shop.ts";

const markup = `<script>alert("x")</script>&amp;'`;
const shownMarkup = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;amp;&#39;";

let shop: Shop;
let home: string;
let admin: Operator;
let viewer: Operator;

beforeAll(async () => {
  shop = await openShop();
  home = `/dashboard/${shop.organizationId}`;
  const tokens = `/organizations/${shop.organizationId}/tokens`;
  const { token } = await api("POST", tokens, shop.token, { name: "reader", role: "viewer" });
  admin = new Operator();
  viewer = new Operator();
  await admin.signIn(shop.token);
  await viewer.signIn(token ?? "");
});

function pages(): string[] {
  const gateway = `/gateways/${shop.gatewayId}`;
  return [
    ...[
      "/gateways",
      gateway,
      `${gateway}/servers`,
      `${gateway}/connect`,
      `${gateway}/check`,
      `${gateway}/grants`,
      `${gateway}/logs`,
    ],
    ...["/servers", `/servers/${shop.serverId}`, "/agents", "/users", "/audit", "/tokens", "/organization"],
  ];
}

describe("every page", () => {
  test("answers with one h1, a strict policy and nothing for caches", async () => {
    for (const path of pages()) {
      const { status, html, headers } = await admin.get(home + path);
      expect(status, path).toBe(200);
      expect(html.match(/<h1>/g), path).toHaveLength(1);
      expect(headers.get("cache-control"), path).toBe("no-store");
      expect(headers.get("content-security-policy"), path).toContain(
        "default-src 'none'; style-src 'self'; script-src 'self'",
      );
      expect(html, path).not.toMatch(/ style="| on\w+="|<script>/);
    }
  });

  test("shows a viewer everything and no way to change it", async () => {
    for (const path of pages()) {
      const { status, html } = await viewer.get(home + path);
      expect(status, path).toBe(200);
      const posting = [...html.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, action]) => action);
      expect(posting, path).toEqual(["/dashboard/sign-out"]);
    }
  });

  test("of another organization is 404", async () => {
    const other = await openShop();
    const theirs = `/dashboard/${other.organizationId}`;
    expect((await admin.get(`${theirs}/gateways`)).status).toBe(404);
    const ids = [`/gateways/${other.gatewayId}`, `/gateways/${other.gatewayId}/logs`, `/servers/${other.serverId}`];
    for (const path of [...ids, "/agents/ag_unknown000", "/nothing", `/tokens/tok_unknown0/revoke`]) {
      const { status, html } = await admin.get(home + path);
      expect(status, path).toBe(404);
      expect(html, path).toContain("<h1>Not found</h1>");
    }
  });
});

test("a viewer's forms are refused with 403, even with the token that the form would carry", async () => {
  const gateway = `/gateways/${shop.gatewayId}`;
  const paths = ["/gateways/new", "/gateways/discovery", gateway, `${gateway}/revoke`, "/tokens", "/organization"];
  for (const path of [
    ...paths,
    `/servers/${shop.serverId}/delete`,
    `/servers/${shop.serverId}/gateway`,
    "/agents/new",
  ]) {
    const forged = { form_token: await tokenFor(viewer, home + path), name: "x", all: "true", gatewayId: "" };
    const refused = await viewer.post(home + path, forged);
    expect(refused.status, path).toBe(403);
    expect(refused.html, path).toContain("may only read");
  }
});

test("a viewer is not shown a page that is there to change something", async () => {
  const paths = ["/gateways/new", `/gateways/${shop.gatewayId}/delete`, `/gateways/${shop.gatewayId}/revoke?all=true`];
  for (const path of [
    ...paths,
    "/servers/new",
    `/servers/${shop.serverId}/delete`,
    "/agents/new",
    "/organization/delete",
  ]) {
    expect((await viewer.get(home + path)).status, path).toBe(403);
  }
  expect((await admin.get(`${home}/organization/delete`)).status).toBe(403);
});

test("markup in names is shown as text, wherever they stand", async () => {
  const other = await openShop({ gateway: { name: markup }, server: { name: markup } });
  const base = `/organizations/${other.organizationId}`;
  await api("PATCH", base, other.token, { name: markup });
  await api("POST", `${base}/agents`, other.token, { name: markup, allowedOrigins: [] });
  await api("POST", `${base}/tokens`, other.token, { name: markup, role: "viewer" });
  const operator = new Operator();
  await operator.signIn(other.token);
  const theirs = `/dashboard/${other.organizationId}`;
  const gateway = `/gateways/${other.gatewayId}`;
  const paths = [
    "/gateways",
    gateway,
    `${gateway}/connect`,
    `${gateway}/delete`,
    `/servers`,
    `/servers/${other.serverId}`,
  ];
  for (const path of [...paths, "/agents", "/tokens", "/organization"]) {
    const { html } = await operator.get(theirs + path);
    expect(html, path).not.toContain("<script>alert");
    expect(html, path).toContain(shownMarkup);
  }
});
