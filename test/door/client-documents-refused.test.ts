// Metadata documents that do not count, ids that lead nowhere allowed, hosts that are away, and limits on all of it.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { ask, expectOnlyText, expectPage, Visitor } from "./consent-form.ts";
import { DocumentClient } from "./document-host.ts";
import { Client, errorOf, openShop, origin, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const json = { headers: { accept: "application/json" } };

describe("P-39 group 14: a document", () => {
  it.each([
    ["is a redirect inside", { status: 301, headers: { location: "http://169.254.169.254/latest" } }],
    ["is a redirect to a good one", { status: 302, headers: { location: "/oauth/good.json" } }],
    ["is 204", { status: 204, headers: {} }],
    ["is 404", { status: 404 }],
    ["is 500", { status: 500 }],
  ])("that %s is away, and a good one right after it is believed", async (_, answer) => {
    const client = await new DocumentClient(shop).publish({}, answer);
    await expectPage(await new Visitor().request(await client.authorizeUrl()), 503, "client_document_unavailable");
    await client.publish();
    await ask(new Visitor(), await client.authorizeUrl());
  });

  it.each([
    ["is larger than 5 KB", { pad: "x".repeat(5 * 1024) }, {}],
    ["is HTML", {}, { headers: { "content-type": "text/html" } }],
    ["is plain text", {}, { headers: { "content-type": "text/plain" } }],
    ["is no JSON", {}, { headers: {}, body: "{" }],
    ["differs by one character in client_id", { client_id: "x" }, {}],
    ["has a symmetric method", { token_endpoint_auth_method: "client_secret_basic" }, {}],
    [
      "has a symmetric method among others",
      { token_endpoint_auth_methods_supported: ["none", "client_secret_jwt"] },
      {},
    ],
    ["has a client_secret", { client_secret: "s3cret-value" }, {}],
    ["has client_secret_expires_at", { client_secret_expires_at: 0 }, {}],
    ["has no name", { client_name: undefined }, {}],
    ["has no redirect URIs", { redirect_uris: [] }, {}],
    ["has a redirect URI on http", { redirect_uris: ["http://client.example/callback"] }, {}],
    ["has a private key", { jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", d: "s3cret-value" }] } }, {}],
    ["has its keys on the metadata service", { jwks_uri: "ftp://169.254.169.254/keys" }, {}],
  ])("that %s is refused, and a good one right after it is believed", async (_, members, answer) => {
    const client = new DocumentClient(shop);
    if ("client_id" in members) members.client_id = `${client.clientId}x`;
    await client.publish(members, answer);
    const refused = await new Visitor().request(await client.authorizeUrl());
    const html = await expectPage(refused, 400, "client_document_invalid");
    expectOnlyText(html);
    expect(html).not.toContain("s3cret-value");
    await client.publish();
    await ask(new Visitor(), await client.authorizeUrl());
  });

  it("that drips is cut off in time", async () => {
    const client = await new DocumentClient(shop).publish({}, { drip: true });
    const began = Date.now();
    const html = await expectPage(
      await new Visitor().request(await client.authorizeUrl()),
      503,
      "client_document_unavailable",
    );
    expect(html).toContain("no answer in time");
    expect(Date.now() - began).toBeLessThan(9_000);
  });
});

describe("P-37 P-39 group 13: what an id may lead to", () => {
  const gateway = "https://gateway.example.com";
  const { ALLOW_PRIVATE_NETWORK: _, ...rest } = env;
  const strict = { ...rest, PUBLIC_ORIGIN: gateway };
  const id = "https://client.example/oauth/client.json";

  async function authorize(clientId: string) {
    const client = new Client(shop, "https://client.example/callback");
    client.clientId = clientId;
    const { pathname, search } = await client.authorizeUrl({ resource: null });
    return knock(strict, `${gateway}${pathname}${search}`, json);
  }

  it("a public https URL is fetched once, with GET, without cookies, and no redirect is followed", async () => {
    const document = { client_id: id, client_name: "Pilot", redirect_uris: ["https://client.example/callback"] };
    const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json(document));
    expect((await authorize(id)).status).toBe(303);
    expect(fetched).toHaveBeenCalledTimes(1);
    const [url, init] = fetched.mock.calls[0] ?? [];
    expect(url).toBe(id);
    expect(init).toMatchObject({ method: "GET", redirect: "manual" });
    expect(Object.keys(init?.headers ?? {}).sort()).toEqual(["accept", "user-agent"]);
  });

  it.each([`${id}?1`, "https://client.example/oauth/2.json"])(
    "a document whose keys are inside a network is refused without a look there: %s",
    async (clientId) => {
      const document = {
        client_id: clientId,
        client_name: "Pilot",
        redirect_uris: ["https://client.example/callback"],
      };
      const inside = { ...document, jwks_uri: "https://169.254.169.254/keys" };
      const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json(inside));
      const refused = await authorize(clientId);
      expect(await errorOf(refused)).toMatchObject({ reason: "client_document_invalid", field: "jwks_uri" });
      expect(fetched.mock.calls.map(([url]) => url)).toEqual([clientId]);
    },
  );

  it("a name that resolves to a private address is refused by the platform: fetch is strictly public", () => {
    const flags = (globalThis as unknown as { Cloudflare: { compatibilityFlags: Record<string, boolean> } }).Cloudflare;
    expect(flags.compatibilityFlags.global_fetch_strictly_public).toBe(true);
  });

  it.each([
    ["the gateway itself", `${origin}/s/x/client.json`],
    ["a loopback URL without a path", "http://127.0.0.1:8080"],
    ["a loopback URL with dots", "http://127.0.0.1:8080/a/../b"],
  ])("development does not allow %s either", async (_, clientId) => {
    const client = new Client(shop);
    client.clientId = clientId;
    await expectPage(await new Visitor().request(await client.authorizeUrl()), 400, "client_url_refused");
  });
});

describe("a host that is away", () => {
  it("is named on a page of 503 with what each side can do, and nobody is redirected or told to forget", async () => {
    const client = new Client(shop);
    client.clientId = `${inject("deadUrl")}/oauth/client.json`;
    const response = await new Visitor().request(await client.authorizeUrl());
    expect(response.headers.get("retry-after")).toBe("60");
    const html = await expectPage(response, 503, "client_document_unavailable");
    expect(html).toContain(new URL(client.clientId).host);
    expect(html).toContain("connect again in a minute");
    expect(html).toContain("register the app by hand");
    expect(html).not.toContain("How to make an app forget");
  });

  it.each(["application/json", "application/json, text/plain, */*", "text/html;q=0.3, application/json;q=0.9"])(
    "is told as JSON where that is preferred: %s",
    async (accept) => {
      const client = new Client(shop);
      client.clientId = `${inject("deadUrl")}/oauth/client.json`;
      const response = await new Visitor().request(await client.authorizeUrl(), { headers: { accept } });
      expect(response.status).toBe(503);
      expect(await errorOf(response)).toMatchObject({
        error: "temporarily_unavailable",
        reason: "client_document_unavailable",
        field: "client_id",
        seen: expect.stringContaining(inject("deadUrl")),
      });
    },
  );

  it("a well-known client goes on with its pinned document, an unknown one on the same host does not", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("blocked", { status: 403 }));
    const authorize = async (clientId: string, redirectUri: string) => {
      const client = new Client(shop, redirectUri);
      client.clientId = clientId;
      return knock(deployment({}), await client.authorizeUrl(), json);
    };
    const known = await authorize(
      "https://claude.ai/oauth/claude-code-client-metadata",
      "http://localhost:54545/callback",
    );
    expect(known.headers.get("location")).toMatch(/\/consent\?ticket=/);
    const hosted = await authorize(
      "https://chatgpt.com/oauth/client.json",
      "https://chatgpt.com/connector_platform_oauth_redirect",
    );
    expect(hosted.headers.get("location")).toMatch(/\/consent\?ticket=/);
    const connector = await authorize(
      "https://chatgpt.com/oauth/IbUR3zxyNQ16/client.json",
      "https://chatgpt.com/connector/oauth/IbUR3zxyNQ16",
    );
    expect([connector.status, await errorOf(connector)]).toMatchObject([
      503,
      { reason: "client_document_unavailable" },
    ]);
    const elsewhere = await authorize(
      "https://claude.ai/oauth/claude-code-client-metadata",
      "https://evil.example/callback",
    );
    expect(await errorOf(elsewhere)).toMatchObject({ reason: "redirect_uri_unregistered" });
  });
});

describe("limits", () => {
  it("count fetches by who asks and by host, and not what is known already", async () => {
    const keys: string[] = [];
    let open = true;
    const LIMIT_REGISTER = {
      limit: async ({ key }: { key: string }) => {
        keys.push(key);
        return { success: open || !key.startsWith("documents ") };
      },
    };
    const bindings = deployment({ LIMIT_REGISTER });
    const visit = async (client: DocumentClient) =>
      knock(bindings, await client.authorizeUrl(), {
        headers: { "cf-connecting-ip": "2001:db8:1:2:3::4", ...json.headers },
      });
    const [one, other] = [await new DocumentClient(shop).publish(), await new DocumentClient(shop).publish()];
    expect((await visit(one)).status).toBe(303);
    expect(keys).toEqual(["documents for 2001:db8:1:2::/64", `documents at ${new URL(one.clientId).host}`]);
    open = false;
    expect((await visit(one)).status).toBe(303);
    expect(keys).toHaveLength(2);
    const refused = await visit(other);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(await errorOf(refused)).toMatchObject({ error: "temporarily_unavailable", reason: "rate_limited" });
    expect(await other.asked()).toBe(0);
  });
});
