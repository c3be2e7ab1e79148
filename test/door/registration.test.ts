// Dynamic registration: what real clients send is taken, and the same registration is one row however often it comes.

import { env } from "cloudflare:workers";
import { OAuthClientInformationFullSchema } from "@modelcontextprotocol/sdk/shared/auth.js";
import { beforeAll, describe, expect, it } from "vitest";
import { errorOf, openShop, type Shop } from "./journey.ts";
import { bodies, holdsNull, open, register as registerAt, registered as registeredAt, rows } from "./registering.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});

const register = (body: unknown, at = shop, headers: Record<string, string> = {}) => registerAt(body, at, headers);
const registered = (body: unknown, at = shop) => registeredAt(body, at);

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

describe("when registration is not offered", () => {
  it("closed: 403 with its reason, and nothing is kept", async () => {
    const closed = await openShop({ gateway: { clientPolicy: { dynamicRegistration: false } } });
    const response = await register(bodies.Codex, closed);
    expect(response.status).toBe(403);
    expect(await errorOf(response)).toMatchObject({ error: "access_denied", reason: "registration_closed" });
    expect(await rows(closed)).toBe(0);
  });
});
