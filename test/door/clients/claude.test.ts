// claude.ai, with Desktop and mobile, which sign in through it: requests as documented, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { Client, errorOf, fetchUrl, openShop, Person } from "../journey.ts";
import { registration, rows } from "../registering.ts";
import { challengeOf, connected, type Habits, issuerOf, registeredAs, returned, send, tokensOf } from "./habits.ts";
import { calling, initialize, listing } from "./requests.ts";

const ofHosted = (what: string) => tried("claude.ai, Desktop, mobile", "documented requests, replayed", what);
/** Documented by its vendor and in its issue threads; its servers call from 160.79.104.0/21. */
const hosted: Habits = {
  knock: {
    ...initialize("claude-ai", "0.1.0"),
    headers: {
      ...initialize("claude-ai", "0.1.0").headers,
      "user-agent": "python-httpx/0.28.1",
      "cf-connecting-ip": "160.79.104.10",
    },
  },
  looks: ["resource, path-inserted", "issuer, path-inserted"],
  lookingWith: { accept: "*/*", "user-agent": "python-httpx/0.28.1" },
  registration: {
    client_name: "Claude",
    redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
    response_types: ["code"],
    scope: "tickets.read",
    token_endpoint_auth_method: "none",
  },
  redirectUri: "https://claude.ai/api/mcp/auth_callback",
  greeting: [initialize("claude-ai", "0.1.0"), listing],
};

describe("claude.ai, Desktop, mobile", () => {
  it("from its first POST to a tool call and the next tokens", ofHosted("sign-in, tool call, refresh"), async () => {
    const shop = await openShop();
    const { documents, challenge } = await connected(shop, hosted);
    // It compares `resource` with the URL as typed, and reads the first authorization server only.
    expect(documents["resource, path-inserted"]?.resource).toBe(shop.resource);
    expect(issuerOf(documents)).toBe(shop.issuer);
    expect(challenge.parameters.resource_metadata).toMatch(/^https?:\/\//);
  });

  it("takes a document's URL for its client id only where `none` is offered: it is", async () => {
    const { documents } = await connected(await openShop(), hosted);
    expect(documents["issuer, path-inserted"]?.token_endpoint_auth_methods_supported).toContain("none");
  });

  it(
    "a fresh registration for each connection is the same row, and its jwt-bearer grant type is let be",
    ofHosted("registration per connection"),
    async () => {
      const shop = await openShop();
      const ids = new Set<string>();
      for (let connection = 0; connection < 3; connection++) ids.add((await registeredAs(shop, hosted)).clientId);
      expect([ids.size, await rows(shop)]).toEqual([1, 1]);
      const response = await fetchUrl(`${shop.endpoints}/register`, registration(hosted.registration));
      expect(await response.json()).toMatchObject({ grant_types: ["authorization_code", "refresh_token"] });
    },
  );

  it(
    "200 connections in a minute from its shared addresses shut nobody out",
    ofHosted("shared addresses"),
    async () => {
      const shop = await openShop();
      await registeredAs(shop, hosted);
      const one = { "cf-connecting-ip": "160.79.104.10" };
      for (let connection = 0; connection < 200; connection++) {
        const response = await fetchUrl(`${shop.endpoints}/register`, registration(hosted.registration, one));
        expect(response.status).toBe(201);
        await response.body?.cancel();
      }
    },
  );

  it.each(["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"])(
    "a client id and secret that its user typed, returning to %s",
    async (redirectUri) => {
      const clientSecret = "typed-in-by-hand-0123456789abcdef";
      const preregistered = [{ clientId: "claude", clientName: "Claude", clientSecret, redirectUris: [redirectUri] }];
      const shop = await openShop({ gateway: { clientPolicy: { preregistered } } });
      const client = new Client(shop, redirectUri);
      client.clientId = "claude";
      client.clientSecret = clientSecret;
      await tokensOf(await client.redeem(await returned(client, new Person())));
    },
  );

  it("leaves `resource` out of either request, as some of its users report", async () => {
    await connected(await openShop(), { ...hosted, authorize: { resource: null }, redeem: { resource: null } });
  });

  it(
    "after a 403 asks for what it had and what the challenge names, and the old grant lives on beside the new one",
    ofHosted("step-up"),
    async () => {
      const shop = await openShop();
      const { client, person, refreshed } = await connected(shop, hosted);
      const refused = await send(shop, calling("create_ticket"), refreshed.access_token);
      expect(refused.status).toBe(403);
      const { error, scope = "" } = challengeOf(refused).parameters;
      expect(error).toBe("insufficient_scope");
      const union = [...new Set([...refreshed.scope.split(" "), ...scope.split(" ")])].join(" ");
      const wider = await tokensOf(await client.redeem(await returned(client, person, { scope: union })));
      expect(wider.scope.split(" ").sort()).toEqual(["tickets.read", "tickets.write"]);
      expect((await send(shop, calling("create_ticket"), wider.access_token)).status).toBe(200);
      for (const { access_token } of [refreshed, wider]) {
        expect((await send(shop, calling("list_tickets"), access_token)).status).toBe(200);
      }
    },
  );

  it("reads `invalid_grant` at a refresh as: connect again", async () => {
    const shop = await openShop();
    const { client, refreshed } = await connected(shop, hosted);
    await client.post("revoke", { token: refreshed.refresh_token });
    const response = await client.refresh(refreshed.refresh_token);
    expect([response.status, (await errorOf(response)).error]).toEqual([400, "invalid_grant"]);
  });
});
