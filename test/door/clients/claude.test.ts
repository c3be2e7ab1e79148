// claude.ai (with Desktop and mobile, which sign in through it) and Claude Code: requests as recorded, replayed.
import { describe, expect, it } from "vitest";
import { Client, errorOf, fetchUrl, openShop, Person } from "../journey.ts";
import { registration, rows } from "../registering.ts";
import {
  calling,
  challengeOf,
  connected,
  discover,
  eventStream,
  type Habits,
  initialize,
  issuerOf,
  knocked,
  listing,
  newSdkHeaders,
  registeredAs,
  returned,
  send,
  tokensOf,
} from "./habits.ts";

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
  it("from its first POST to a tool call and the next tokens", async () => {
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

  it("a fresh registration for each connection is the same row, and its jwt-bearer grant type is let be", async () => {
    const shop = await openShop();
    const ids = new Set<string>();
    for (let connection = 0; connection < 3; connection++) ids.add((await registeredAs(shop, hosted)).clientId);
    expect([ids.size, await rows(shop)]).toEqual([1, 1]);
    const response = await fetchUrl(`${shop.endpoints}/register`, registration(hosted.registration));
    expect(await response.json()).toMatchObject({ grant_types: ["authorization_code", "refresh_token"] });
  });

  it("200 connections in a minute from its shared addresses shut nobody out", async () => {
    const shop = await openShop();
    await registeredAs(shop, hosted);
    const one = { "cf-connecting-ip": "160.79.104.10" };
    for (let connection = 0; connection < 200; connection++) {
      const response = await fetchUrl(`${shop.endpoints}/register`, registration(hosted.registration, one));
      expect(response.status).toBe(201);
      await response.body?.cancel();
    }
  });

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

  it("after a 403 asks for what it had and what the challenge names, and the old grant lives on beside the new one", async () => {
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
  });

  it("reads `invalid_grant` at a refresh as: connect again", async () => {
    const shop = await openShop();
    const { client, refreshed } = await connected(shop, hosted);
    await client.post("revoke", { token: refreshed.refresh_token });
    const response = await client.refresh(refreshed.refresh_token);
    expect([response.status, (await errorOf(response)).error]).toEqual([400, "invalid_grant"]);
  });
});

/** Measured with 2.1.330, which opens on a random high port and registers that port. */
function coder(port: number): Habits {
  const redirectUri = `http://localhost:${port}/callback`;
  return {
    knock: discover("claude-code", "2.1.330"),
    looks: [
      "resource, path-inserted",
      "resource, at the root",
      "issuer, path-inserted",
      "openid, path-inserted",
      "openid, below",
      // Where it found no resource document it takes the MCP URL itself for an issuer.
      "issuer of the MCP URL, path-inserted",
      "openid of the MCP URL, path-inserted",
      "openid of the MCP URL, below",
    ],
    lookingWith: newSdkHeaders,
    registration: {
      client_name: "Claude Code (shop)",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      application_type: "native",
    },
    redirectUri,
    greeting: [discover("claude-code", "2.1.330"), initialize("claude-code", "2.1.330"), eventStream(), listing],
  };
}

describe("Claude Code", () => {
  it("2.1.330: from server/discover to a tool call and the next tokens", async () => {
    const { documents } = await connected(await openShop(), coder(52_123));
    // It adds offline_access and prompt=consent to every sign-in where this list has it.
    expect(documents["issuer, path-inserted"]?.scopes_supported).not.toContain("offline_access");
  });

  it("2.1.330: the next login comes from another port, as the same client", async () => {
    const shop = await openShop();
    const ids = [52_123, 60_001].map(async (port) => (await registeredAs(shop, coder(port))).clientId);
    expect(new Set(await Promise.all(ids)).size).toBe(1);
  });

  it("2.1.229: the same from 127.0.0.1", async () => {
    const redirectUri = "http://127.0.0.1:49200/callback";
    const registered = coder(49_200).registration as Record<string, unknown>;
    const older = { ...coder(49_200), redirectUri, registration: { ...registered, redirect_uris: [redirectUri] } };
    await connected(await openShop(), { ...older, knock: initialize("claude-code", "2.1.229") });
  });

  it("offline_access and prompt=consent: the person is asked each time, and the scope stays the server's", async () => {
    const shop = await openShop();
    const person = new Person();
    const client = await registeredAs(shop, coder(52_124));
    const wish = { scope: "tickets.read offline_access", prompt: "consent" };
    for (let login = 0; login < 2; login++) {
      const tokens = await tokensOf(await client.redeem(await returned(client, person, wish)));
      expect(tokens.scope).toBe("tickets.read");
      expect(person.steps.some(({ url }) => url.includes("/consent"))).toBe(true);
    }
  });

  it("treats a token with five minutes left as expired: a fresh one has an hour", async () => {
    const { tokens } = await connected(await openShop(), coder(52_125));
    expect(tokens.expires_in).toBeGreaterThan(300);
  });

  it("--client-id with a fixed callback port, the secret left out", async () => {
    const redirectUri = "http://localhost:3118/callback";
    const preregistered = [{ clientId: "team-cli", clientName: "Team", redirectUris: ["http://localhost/callback"] }];
    const shop = await openShop({ gateway: { clientPolicy: { preregistered } } });
    const client = new Client(shop, redirectUri);
    client.clientId = "team-cli";
    await tokensOf(await client.redeem(await returned(client, new Person())));
  });

  it("a registration that is gone: invalid_client at the token endpoint, then it registers and is back", async () => {
    const shop = await openShop();
    const client = await registeredAs(shop, coder(52_126));
    const known = client.clientId;
    client.clientId = "mcpstack_client_of-a-database-that-was-lost";
    const dead = await client.refresh("mcpstack_rt_from.before");
    expect([dead.status, (await errorOf(dead)).error]).toEqual([401, "invalid_client"]);
    expect((await registeredAs(shop, coder(52_126))).clientId).toBe(known);
  });

  it("≤ 2.1.258: four processes refresh with one token at once and go on with one successor", async () => {
    const { client, refreshed } = await connected(await openShop(), coder(52_127));
    const answers = await Promise.all([1, 2, 3, 4].map(() => client.refresh(refreshed.refresh_token)));
    const successors = await Promise.all(answers.map(async (answer) => (await tokensOf(answer)).refresh_token));
    expect(new Set(successors).size).toBe(1);
  });

  it("reads only the challenge of the first answer, whatever protocol it began with", async () => {
    const shop = await openShop();
    const first = await knocked(shop, discover("claude-code", "2.1.330"));
    expect(await knocked(shop, initialize("claude-code", "2.1.330"))).toEqual(first);
  });
});
