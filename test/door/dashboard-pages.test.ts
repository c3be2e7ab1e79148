// What the dashboard's pages let an operator do: forms, their errors, and what is asked before something is gone.
import { beforeAll, describe, expect, test } from "vitest";
import { formOn, Operator } from "./operator.ts";
import { api, openShop, type Shop } from "./shop.ts";

let shop: Shop;
let home: string;
let admin: Operator;

beforeAll(async () => {
  shop = await openShop();
  home = `/dashboard/${shop.organizationId}`;
  admin = new Operator();
  await admin.signIn(shop.token);
});

const rest = <T>(path: string) => api<T>("GET", `/organizations/${shop.organizationId}${path}`, shop.token);

describe("a gateway", () => {
  test("is created, shows its callback URL, and a change names only what changed", async () => {
    const path = `${home}/gateways/new`;
    const made = await admin.submit(`${path}?provider=manual`, path, {
      name: "From the form",
      authorizationServerUrl: shop.provider,
      clientId: "post-client",
      clientSecret: "post-secret-1234567890",
    });
    const [, id = ""] = /gateways\/(gw_[\w-]+)\?done=gateway_created$/.exec(made.location ?? "") ?? [];
    const stored = await rest<Record<string, unknown>>(`/gateways/${id}`);
    expect(stored).toMatchObject({
      name: "From the form",
      scopes: ["openid", "profile", "email"],
      hasClientSecret: true,
      pinnedIssuer: shop.provider,
      clientPolicy: { dynamicRegistration: true, metadataDocuments: true, advertiseIss: true },
    });
    const page = await admin.get(`${home}/gateways/${id}`);
    expect(page.html).toContain(`/callback/${id}`);
    expect(page.html).not.toContain("post-secret");

    await admin.submit(`${home}/gateways/${id}`, `${home}/gateways/${id}`, { scopes: "openid email" });
    const { items } = await rest<{ items: { action: string; fields: string[] }[] }>("/audit");
    expect(items[0]).toMatchObject({ action: "gateway.update", fields: ["scopes"] });
  });

  test.each<[string, Record<string, string>, string, RegExp]>([
    ["an empty name", { name: "" }, "name", /Must not be empty/],
    ["an address that is none", { authorizationServerUrl: "auth example" }, "authorizationServerUrl", /absolute URL/],
    ["an address that may not be called", { tokenEndpoint: "ftp://x.example" }, "tokenEndpoint", /absolute URL/],
    ["a lifetime that is too short", { accessTokenTtl: "5" }, "accessTokenTtl", /60/],
    ["idle longer than at most", { grantIdleTtl: "8000000", grantMaxTtl: "7000000" }, "grantIdleTtl", /grantMaxTtl/],
    [
      "a redirect host with a scheme",
      { "clientPolicy.allowedRedirectHosts": "a.example\nhttps://x" },
      "clientPolicy.allowedRedirectHosts",
      /Line 2/,
    ],
  ])(
    "with %s is not saved: the error stands at its field, what was typed is kept, the secret is not",
    async (_, wrong, field, message) => {
      const path = `${home}/gateways/new`;
      const typed = { name: "Kept name", clientId: "kept-client", clientSecret: "typed-secret-0123456789" };
      const again = await admin.submit(`${path}?provider=manual`, path, { ...typed, ...wrong });
      expect(again.status).toBe(422);
      const [, error = ""] = new RegExp(`id="${field}-error">([^<]*)<`).exec(again.html) ?? [];
      expect(error).toMatch(message);
      expect(formOn(again.html, path).clientId).toBe("kept-client");
      expect(again.html).not.toContain("typed-secret");
    },
  );

  test("is looked for before it is saved, with and without script", async () => {
    const path = `${home}/gateways/new`;
    const found = await admin.submit(`${path}?provider=manual`, path, {
      ...{ intent: "check", authorizationServerUrl: shop.provider },
    });
    expect(found.status).toBe(200);
    expect(found.html).toContain(`Its issuer is ${shop.provider}`);
    const [, token = ""] = /data-token="([^"]*)"/.exec((await admin.get(`${path}?provider=manual`)).html) ?? [];
    const asked = { form_token: token, providerType: "manual", authorizationServerUrl: `${shop.provider}/nothing` };
    const missing = JSON.parse((await admin.post(`${home}/gateways/discovery`, asked)).html);
    expect(missing).toMatchObject({ ok: false, text: expect.stringContaining("404") });
  });

  test("is deleted only when no server uses it, after a page that counts what it touches", async () => {
    const path = `${home}/gateways/${shop.gatewayId}/delete`;
    const asked = await admin.get(path);
    expect(asked.html).toContain("It touches 1 server and no grant.");
    expect(asked.html).toContain(`attached to ${shop.slug}`);
    const { form_token: token = "" } = formOn(asked.html, path);
    expect((await admin.post(path, { form_token: token })).status).toBe(409);
  });
});

describe("a server", () => {
  test("is created together with a gateway; one that is refused afterwards leaves that gateway chosen", async () => {
    const path = `${home}/servers/new`;
    const fields = {
      name: "Wiki",
      slug: shop.slug,
      runtimeUrl: "http://127.0.0.1:9/mcp",
      tools: "read_page: wiki.read\nping",
      broaderScopes: "wiki.admin: wiki.read wiki.write",
      "gateway.name": "Made inline",
      "gateway.authorizationServerUrl": shop.provider,
      "gateway.clientId": "post-client",
    };
    const refused = await admin.submit(path, path, fields);
    expect(refused.status).toBe(409);
    expect(refused.html).toContain('id="slug-error"');
    const again = formOn(refused.html, path);
    expect(again).toMatchObject({ gatewayId: expect.stringMatching(/^gw_/), "gateway.name": "" });
    const slug = `wiki-${crypto.randomUUID().slice(0, 8)}`;
    expect((await admin.post(path, { ...again, slug })).location).toContain("done=attached");
    const server = await rest<Record<string, unknown>>(`/mcp-servers/${slug}`);
    expect(server).toMatchObject({
      gatewayId: again.gatewayId,
      tools: [
        { name: "read_page", scopes: ["wiki.read"] },
        { name: "ping", scopes: [] },
      ],
      broaderScopes: [{ name: "wiki.admin", scopes: ["wiki.read", "wiki.write"] }],
    });
  });

  test("of the static headers kind says so, takes no gateway and never shows its headers", async () => {
    const path = `${home}/servers/new`;
    const slug = `static-${crypto.randomUUID().slice(0, 8)}`;
    const made = await admin.submit(path, path, {
      ...{ name: "Shared", slug, runtimeUrl: "http://127.0.0.1:9/mcp", authentication: "static_headers" },
      staticHeaders: "Authorization: Bearer hidden-credential",
    });
    const page = await admin.get(made.location ?? "");
    expect(page.html).toContain("static headers");
    expect(page.html).toContain("A gateway cannot be attached");
    expect(page.html).not.toContain("hidden-credential");
    expect(await rest(`/mcp-servers/${slug}`)).toMatchObject({ hasStaticHeaders: true });
  });

  test("P-99 may be called from every page by one star, and by null never", async () => {
    const page = `${home}/servers/${shop.serverId}`;
    const refused = await admin.submit(page, page, { allowedOrigins: "*\r\nnull" });
    expect(refused.html).toMatch(/Line 2 must be an origin/);
    await admin.submit(page, page, { allowedOrigins: "*" });
    expect(await rest(`/mcp-servers/${shop.serverId}`)).toMatchObject({ allowedOrigins: ["*"] });
    const { html } = await admin.get(page);
    expect(formOn(html, page).allowedOrigins).toBe("*");
    expect(html).toContain("* lets every page call it");
    await admin.submit(page, page, { allowedOrigins: "" });
  });

  test("loses its gateway only after a page that asks", async () => {
    const other = await openShop();
    const operator = new Operator();
    await operator.signIn(other.token);
    const page = `/dashboard/${other.organizationId}/servers/${other.serverId}`;
    const asked = await operator.submit(page, `${page}/gateway`, { gatewayId: "" });
    expect(asked.html).toContain("It touches 1 server and no grant, which end at once.");
    const done = await operator.post(`${page}/gateway`, formOn(asked.html, `${page}/gateway`));
    expect(done.location).toBe(`${page}?done=detached`);
    expect((await operator.get(done.location ?? "")).html).toContain("Without a gateway nobody can sign in");
  });
});

test("an agent is created with a server, its key rotated and ended, its server taken away", async () => {
  const path = `${home}/agents/new`;
  const fields = { name: "Support", allowedOrigins: "https://app.example.com", servers: shop.serverId };
  const page = (await admin.submit(path, path, fields)).location?.split("?")[0] ?? "";
  const key = /mcpstack_pk_[\w-]+/.exec((await admin.get(page)).html)?.[0] ?? "none";
  await admin.submit(page, `${page}/keys`, { overlapSeconds: "3600" });
  const rotated = (await admin.get(page)).html;
  expect(rotated).toContain(key);
  const end = /action="([^"]*\/end)"/.exec(rotated)?.[1] ?? "";
  await admin.submit(page, end, {});
  expect((await admin.get(page)).html).not.toContain(key);
  const unlink = `${page}/unlink?server=${shop.serverId}`;
  expect((await admin.submit(unlink, `${page}/unlink`, {})).location).toContain("done=unlinked");
  expect((await admin.get(page)).html).toContain("None yet");
});

test("a token's text is shown once, and revoking it is asked about", async () => {
  const path = `${home}/tokens`;
  const made = await admin.submit(path, path, { name: "CI", role: "viewer" });
  expect(made.status).toBe(201);
  const text = /mcpstack_sk_[\w-]+/.exec(made.html)?.[0] ?? "none";
  const list = (await admin.get(path)).html;
  expect(list).not.toContain(text);
  expect((await new Operator().signIn(text)).status).toBe(303);
  const revoke = /href="([^"]*\/revoke)"/.exec(list.slice(list.indexOf("<bdi>CI</bdi>")))?.[1] ?? "";
  expect((await admin.submit(revoke, revoke, {})).location).toContain("done=token_revoked");
  expect((await new Operator().signIn(text)).status).toBe(401);
});

test("an attempt to use a filter that does not exist is told, and the notice in an address is from a fixed list", async () => {
  const logs = await admin.get(`${home}/gateways/${shop.gatewayId}/logs?event=nonsense`);
  expect(logs.status).toBe(200);
  expect(logs.html).toContain('id="event-error"');
  const page = await admin.get(`${home}/gateways?done=You+have+won`);
  expect(page.html).not.toContain("You have won");
});

test("assets are named after their content and kept for a year; another name is not kept", async () => {
  const { html } = await admin.get(`${home}/gateways`);
  const paths = [...html.matchAll(/(?:href|src)="(\/dashboard\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(paths).toHaveLength(2);
  for (const path of paths) {
    expect((await new Operator().get(path)).headers.get("cache-control")).toContain("immutable");
    const former = path.replace(/\.[\w-]{12}\./, ".aaaaaaaaaaaa.");
    expect((await new Operator().get(former)).headers.get("cache-control")).toBe("no-store");
  }
});
