// Dynamic registration: what real clients send is taken, one row however often, and what could harm is refused by name.

import { env } from "cloudflare:workers";
import { OAuthClientInformationFullSchema } from "@modelcontextprotocol/sdk/shared/auth.js";
import { beforeAll, describe, expect, it } from "vitest";
import { Client, errorOf, fetchUrl, openShop, Person, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});

let senders = 0;

/** Each request from an address of its own, so that only the test of the limit meets the limit. */
function registration(body: unknown, headers: Record<string, string> = {}): RequestInit {
  const sender = ++senders;
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "cf-connecting-ip": `10.1.${sender >> 8}.${sender & 255}`,
      ...headers,
    },
    body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
  };
}

const register = (body: unknown, at: Shop = shop, headers: Record<string, string> = {}) =>
  fetchUrl(`${at.endpoints}/register`, registration(body, headers));

async function registered(body: unknown, at: Shop = shop): Promise<Record<string, unknown>> {
  const response = await register(body, at);
  expect(response.status).toBe(201);
  return response.json();
}

async function rows(at: Shop): Promise<number> {
  const statement = env.DB.prepare("SELECT count(*) AS total FROM clients WHERE server_id = ?").bind(at.serverId);
  return (await statement.first<{ total: number }>())?.total ?? -1;
}

/** One byte per character, which is not UTF-8 as soon as one is above 127. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function holdsNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === "object" && Object.values(value).some(holdsNull);
}

const flow = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
const open = { token_endpoint_auth_method: "none" };

/** As these clients send them. */
const bodies = {
  "VS Code": {
    client_name: "Visual Studio Code",
    client_uri: "https://code.visualstudio.com",
    redirect_uris: [
      "https://insiders.vscode.dev/redirect",
      "https://vscode.dev/redirect",
      "http://127.0.0.1/",
      "http://127.0.0.1:33418/",
    ],
    grant_types: [...flow.grant_types, "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code"],
    application_type: "native",
    ...open,
  },
  Cursor: {
    client_name: "Cursor",
    redirect_uris: [
      "http://localhost:8787/callback",
      "https://www.cursor.com/agents/mcp/oauth/callback",
      "cursor://anysphere.cursor-mcp/oauth/callback",
    ],
    ...flow,
    ...open,
  },
  "Claude Code": {
    client_name: "Claude Code (support)",
    redirect_uris: ["http://localhost:52123/callback"],
    ...flow,
    ...open,
  },
  "claude.ai": {
    client_name: "Claude",
    redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
    grant_types: [...flow.grant_types, "urn:ietf:params:oauth:grant-type:jwt-bearer"],
    response_types: ["code"],
    scope: "tickets.read",
    ...open,
  },
  "Gemini CLI": {
    client_name: "Gemini CLI MCP Client",
    redirect_uris: ["http://localhost:41999/oauth/callback"],
    scope: "",
    ...flow,
    ...open,
  },
  "mcp-remote": {
    client_name: "MCP CLI Proxy",
    client_uri: "https://github.com/modelcontextprotocol/mcp-cli",
    redirect_uris: ["http://localhost:3335/oauth/callback"],
    software_id: "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
    software_version: "0.15.1",
    ...flow,
    ...open,
  },
  Codex: { client_name: "Codex", redirect_uris: ["http://127.0.0.1:50321/callback"], ...flow, ...open },
  "use-mcp": {
    client_name: "use-mcp",
    client_uri: "http://localhost:5173",
    redirect_uris: ["http://localhost:5173/oauth/callback"],
    ...flow,
    ...open,
  },
  "a client that sends nulls": {
    client_name: null,
    logo_uri: null,
    contacts: null,
    redirect_uris: ["http://[::1]/cb"],
    ...open,
  },
} as const;

describe("what real clients send is taken", () => {
  it.each(Object.entries(bodies))("P-44 %s: 201, its metadata, no null, no secret", async (_, body) => {
    const response = await register(body);
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const answer: Record<string, unknown> = await response.json();
    expect(OAuthClientInformationFullSchema.parse(answer)).toBeTruthy();
    expect(holdsNull(answer)).toBe(false);
    expect(Object.values(answer)).not.toContain("");
    expect(answer).toMatchObject({
      client_id: expect.stringMatching(/^mcpstack_client_[A-Za-z0-9_-]{43}$/),
      client_id_issued_at: expect.any(Number),
      redirect_uris: body.redirect_uris,
      token_endpoint_auth_method: "none",
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token"],
    });
    expect(answer).not.toHaveProperty("client_secret");
    expect(answer).not.toHaveProperty("client_secret_expires_at");
  });

  it("P-44 everything that was registered is answered, and P-45 unknown members and types are let be", async () => {
    const kept = {
      client_uri: "http://localhost:5173",
      logo_uri: "https://client.example/logo.png",
      tos_uri: "https://client.example/tos",
      policy_uri: "https://client.example/policy",
      contacts: ["ops@client.example"],
      scope: "tickets.read offline_access",
      application_type: "web",
      software_id: "software",
      software_version: "1",
    };
    const unknown = { subject_type: "public", dpop_bound_access_tokens: true, deep: { a: [1, { b: null }] } };
    const answer = await registered({ redirect_uris: ["https://client.example/cb"], ...open, ...kept, ...unknown });
    expect(answer).toMatchObject(kept);
    for (const member of Object.keys(unknown)) expect(answer).not.toHaveProperty(member);
  });

  it("P-47 nothing of the client at the provider appears", async () => {
    const response = await register(bodies.Codex);
    expect(await response.text()).not.toMatch(/post-client|post-secret/);
  });

  it.each(["javascript://alert(1)", "<script>", "x".repeat(2000)])(
    "a client_uri is never fetched or judged: %s",
    async (uri) => {
      const answer = await registered({ ...bodies.Codex, client_uri: uri });
      expect(answer.client_uri).toBe(uri);
    },
  );
});

describe("the same public registration is one client", () => {
  it("P-47 one row, however often, from whichever loopback port and in whatever order", async () => {
    const own = await openShop();
    const ids = new Set<unknown>();
    for (const port of [1024, 33418, 49152, 65535]) {
      const uris = [`http://127.0.0.1:${port}/cb`, "https://client.example/cb", `http://localhost:${port}/cb`];
      for (const redirect_uris of [uris, uris.toReversed()]) {
        const answer = await registered({ client_name: "One", redirect_uris, ...open }, own);
        expect(answer.redirect_uris).toEqual(redirect_uris);
        ids.add(answer.client_id);
      }
    }
    expect([ids.size, await rows(own)]).toEqual([1, 1]);
  });

  it("another name, path, host, method, kind or server is another client", async () => {
    const [own, other] = [await openShop(), await openShop()];
    const first = { client_name: "One", redirect_uris: ["http://127.0.0.1/cb"], ...open };
    const variants = [
      first,
      { ...first, client_name: "Two" },
      { ...first, redirect_uris: ["http://127.0.0.1/other"] },
      { ...first, redirect_uris: ["http://localhost/cb"] },
      { ...first, redirect_uris: ["http://127.0.0.1/cb", "https://client.example/cb"] },
      { ...first, redirect_uris: ["https://client.example:8443/cb"] },
      { ...first, redirect_uris: ["https://client.example/cb"] },
      { ...first, application_type: "web" },
    ];
    const ids = new Set<unknown>();
    for (const body of variants) ids.add((await registered(body, own)).client_id);
    ids.add((await registered(first, other)).client_id);
    expect([ids.size, await rows(own), await rows(other)]).toEqual([variants.length + 1, variants.length, 1]);
  });

  it("keeps the time of its first registration", async () => {
    const first = await registered(bodies.Cursor);
    const again = await registered(bodies.Cursor);
    expect(again).toEqual(first);
  });
});

describe("confidential clients", () => {
  it.each([
    ["P-44 no method named", undefined, "client_secret_basic"],
    ["client_secret_basic", "client_secret_basic", "client_secret_basic"],
    ["client_secret_post", "client_secret_post", "client_secret_post"],
  ])("%s: a secret of URL-safe characters, told once and kept as a hash", async (_, asked, method) => {
    const own = await openShop();
    const body = {
      client_name: "LibreChat",
      redirect_uris: ["https://client.example/cb"],
      ...(asked !== undefined && { token_endpoint_auth_method: asked }),
    };
    const [one, two] = [await registered(body, own), await registered(body, own)];
    expect(one).toMatchObject({
      token_endpoint_auth_method: method,
      client_secret: expect.stringMatching(/^[A-Za-z0-9_-]{40,}$/),
      client_secret_expires_at: 0,
    });
    expect(one.client_id).not.toBe(two.client_id);
    expect(one.client_secret).not.toBe(two.client_secret);
    const kept = await env.DB.prepare("SELECT * FROM clients WHERE server_id = ?").bind(own.serverId).all();
    expect(kept.results).toHaveLength(2);
    expect(JSON.stringify(kept.results)).not.toContain(one.client_secret);
  });
});

describe("redirect URIs", () => {
  it.each([
    "https://client.example/cb",
    "https://client.example:8443/cb?tenant=1",
    "http://localhost/cb",
    "http://localhost:3000",
    "http://127.0.0.1:33418/",
    "http://127.8.9.10/cb",
    "http://[::1]:8080/cb",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://saoudrizwan.claude-dev/mcp-auth/callback/abc",
    "com.example.app:/oauth",
  ])("P-46 taken: %s", async (uri) => {
    expect((await registered({ redirect_uris: [uri], ...open })).redirect_uris).toEqual([uri]);
  });

  it.each([
    "javascript:alert(1)",
    "JavaScript:alert(1)//https://client.example",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://client.example/1",
    "view-source:https://client.example/",
    "ws://localhost/cb",
    "http://client.example/cb",
    "http://localhost.client.example/cb",
    "http://127.0.0.1.client.example/cb",
    "http://0.0.0.0/cb",
    "http://192.168.0.1/cb",
    "https://client.example/cb#fragment",
    "https://client.example/cb#",
    "https://user@client.example/cb",
    "https://client.example@evil.example/cb",
    "https://client.example/a/../cb",
    "https://client.example/%2e%2e/cb",
    "https://client.example/c b",
    "https://client.example/\u0000",
    "https://clïent.example/cb",
    "https:client.example/cb",
    "https:///cb",
    "//client.example/cb",
    "/cb",
    "cb",
    "https://",
    "",
    " ",
    `https://client.example/${"a".repeat(2048)}`,
  ])("P-46 refused by name: %j", async (uri) => {
    const response = await register({ redirect_uris: ["https://client.example/ok", uri], ...open });
    expect(response.status).toBe(400);
    const error = await errorOf(response);
    expect(error).toMatchObject({
      error: "invalid_redirect_uri",
      reason: "redirect_uri_invalid",
      field: "redirect_uris.1",
    });
  });

  it("P-46 a private-use scheme is kept beside the others and refused when it is asked for", async () => {
    const uri = "cursor://anysphere.cursor-mcp/oauth/callback";
    const client = await new Client(shop, uri).register(bodies.Cursor);
    const response = await fetchUrl(await client.authorizeUrl(), { headers: { accept: "application/json" } });
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
    expect(await errorOf(response)).toMatchObject({ reason: "redirect_uri_invalid" });
  });

  it("where the operator listed hosts, others are refused, and loopback is not", async () => {
    const strict = await openShop({ gateway: { clientPolicy: { allowedRedirectHosts: ["claude.ai"] } } });
    expect((await register(bodies["claude.ai"], strict)).status).toBe(201);
    expect((await register(bodies.Codex, strict)).status).toBe(201);
    const foreign = await register({ redirect_uris: ["https://claude.ai.evil.example/cb"], ...open }, strict);
    expect(foreign.status).toBe(400);
    expect(await errorOf(foreign)).toMatchObject({ error: "invalid_redirect_uri", expected: "a host of claude.ai" });
  });
});

describe("what a registration may not hold", () => {
  const uris = { redirect_uris: ["https://client.example/cb"] };
  it.each<[string, unknown, string, string]>([
    ["no redirect URI", { ...open }, "invalid_redirect_uri", "redirect_uris"],
    ["an empty list of them", { redirect_uris: [] }, "invalid_redirect_uri", "redirect_uris"],
    ["one that is no text", { redirect_uris: [7] }, "invalid_redirect_uri", "redirect_uris.0"],
    [
      "a text in place of the list",
      { redirect_uris: "https://client.example/cb" },
      "invalid_redirect_uri",
      "redirect_uris",
    ],
    [
      "33 of them",
      { redirect_uris: Array(33).fill("https://client.example/cb") },
      "invalid_redirect_uri",
      "redirect_uris",
    ],
    ["a name of 257 characters", { ...uris, client_name: "n".repeat(257) }, "invalid_client_metadata", "client_name"],
    ["a name that is no text", { ...uris, client_name: { toString: 1 } }, "invalid_client_metadata", "client_name"],
    [
      "private_key_jwt",
      { ...uris, token_endpoint_auth_method: "private_key_jwt" },
      "invalid_client_metadata",
      "token_endpoint_auth_method",
    ],
    ["17 contacts", { ...uris, contacts: Array(17).fill("a") }, "invalid_client_metadata", "contacts"],
    ["an endless scope", { ...uris, scope: "s".repeat(4097) }, "invalid_client_metadata", "scope"],
    ["a list", [uris], "invalid_client_metadata", "the body"],
    ["null", "null", "invalid_client_metadata", "the body"],
    ["a number", "1", "invalid_client_metadata", "the body"],
    ["broken JSON", "{", "invalid_client_metadata", "body"],
    ["nothing", "", "invalid_client_metadata", "body"],
    [
      "a name that is no UTF-8",
      latin1('{"redirect_uris":["https://client.example/cb"],"client_name":"caf\xe9"}'),
      "invalid_client_metadata",
      "body",
    ],
  ])("P-44 %s: 400 that names the member", async (_, body, error, field) => {
    const before = await rows(shop);
    const response = await register(body);
    expect([response.status, response.headers.get("cache-control")]).toEqual([400, "no-store"]);
    expect(await errorOf(response)).toMatchObject({ error, field, request_id: expect.any(String) });
    expect(await rows(shop)).toBe(before);
  });

  it("P-47 a body over 64 KB is not read: 413", async () => {
    const response = await register({ ...bodies.Codex, padding: "x".repeat(65_536) });
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({ error: "invalid_client_metadata", reason: "request_too_large" });
  });

  it("P-47 a name cannot carry markup, direction marks or line breaks into the consent page", async () => {
    const name = "A\u202egood\u0000\r\n<img src=x onerror=alert(1)>\u200b app";
    const client = await new Client(shop).register({ client_name: name });
    const page = await new Person().walk(await client.authorizeUrl(), { until: "http://localhost:8787/consent?" });
    const { html } = await showPage(page.final);
    expect(html).toContain("Agood &lt;img src=x onerror=alert(1)&gt; app");
    for (const hidden of ["<img", "\u202e", "\u200b", "\u0000"]) expect(html).not.toContain(hidden);
  });

  async function showPage(url: URL): Promise<{ html: string }> {
    const response = await fetchUrl(url, { headers: { accept: "text/html" } });
    return { html: await response.text() };
  }
});

describe("when registration is not offered", () => {
  it("closed: 403 with its reason, and nothing is kept", async () => {
    const closed = await openShop({ gateway: { clientPolicy: { dynamicRegistration: false } } });
    const response = await register(bodies.Codex, closed);
    expect(response.status).toBe(403);
    expect(await errorOf(response)).toMatchObject({ error: "access_denied", reason: "registration_closed" });
    expect(await rows(closed)).toBe(0);
  });

  it("P-47 the limit of a server and address: 429 as JSON with Retry-After, others go on", async () => {
    const own = await openShop();
    const flood = { "cf-connecting-ip": "203.0.113.9" };
    let refused: Response | null = null;
    // More than twice the limit, so that a minute that ends in between does not hide it.
    for (let i = 0; i < 125 && !refused; i++) {
      const response = await register(bodies.Codex, own, flood);
      if (response.status === 429) refused = response;
      else await response.body?.cancel();
    }
    expect(refused?.headers.get("retry-after")).toBe("60");
    expect(refused?.headers.get("access-control-allow-origin")).toBe("*");
    expect(refused && (await errorOf(refused))).toMatchObject({ reason: "rate_limited" });
    expect((await register(bodies.Codex, own, { "cf-connecting-ip": "203.0.113.10" })).status).toBe(201);
    expect((await register(bodies.Codex, shop, flood)).status).toBe(201);
  });

  it("P-47 an IPv6 subscriber is counted as one, whatever address of the /64 it takes", async () => {
    const counted: string[] = [];
    const limit = { limit: async ({ key }: { key: string }) => ({ success: counted.push(key) < 0 }) };
    for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"]) {
      const request = registration(bodies.Codex, { "cf-connecting-ip": address });
      const response = await knock(deployment({ LIMIT_REGISTER: limit }), `${shop.endpoints}/register`, request);
      expect(response.status).toBe(429);
    }
    expect(new Set(counted).size).toBe(1);
  });
});
