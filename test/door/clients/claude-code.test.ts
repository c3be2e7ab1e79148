// Claude Code: requests as measured, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { Client, errorOf, openShop, Person } from "../journey.ts";
import { connected, type Habits, knocked, registeredAs, returned, tokensOf } from "./habits.ts";
import { discover, eventStream, initialize, listing, newSdkHeaders } from "./requests.ts";

const ofCoder = (what: string) => tried("Claude Code", "2.1.330, requests replayed", what);

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
  it(
    "2.1.330: from server/discover to a tool call and the next tokens",
    ofCoder("sign-in, tool call, refresh"),
    async () => {
      const { documents } = await connected(await openShop(), coder(52_123));
      // It adds offline_access and prompt=consent to every sign-in where this list has it.
      expect(documents["issuer, path-inserted"]?.scopes_supported).not.toContain("offline_access");
    },
  );

  it(
    "2.1.330: the next login comes from another port, as the same client",
    ofCoder("another port each time"),
    async () => {
      const shop = await openShop();
      const ids = [52_123, 60_001].map(async (port) => (await registeredAs(shop, coder(port))).clientId);
      expect(new Set(await Promise.all(ids)).size).toBe(1);
    },
  );

  it("2.1.229: the same from 127.0.0.1", async () => {
    const redirectUri = "http://127.0.0.1:49200/callback";
    const registered = coder(49_200).registration as Record<string, unknown>;
    const older = { ...coder(49_200), redirectUri, registration: { ...registered, redirect_uris: [redirectUri] } };
    await connected(await openShop(), { ...older, knock: initialize("claude-code", "2.1.229") });
  });

  it(
    "offline_access and prompt=consent: the person is asked each time, and the scope stays the server's",
    ofCoder("offline_access"),
    async () => {
      const shop = await openShop();
      const person = new Person();
      const client = await registeredAs(shop, coder(52_124));
      const wish = { scope: "tickets.read offline_access", prompt: "consent" };
      for (let login = 0; login < 2; login++) {
        const tokens = await tokensOf(await client.redeem(await returned(client, person, wish)));
        expect(tokens.scope).toBe("tickets.read");
        expect(person.steps.some(({ url }) => url.includes("/consent"))).toBe(true);
      }
    },
  );

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

  it(
    "a registration that is gone: invalid_client at the token endpoint, then it registers and is back",
    ofCoder("lost client"),
    async () => {
      const shop = await openShop();
      const client = await registeredAs(shop, coder(52_126));
      const known = client.clientId;
      client.clientId = "mcpstack_client_of-a-database-that-was-lost";
      const dead = await client.refresh("mcpstack_rt_from.before");
      expect([dead.status, (await errorOf(dead)).error]).toEqual([401, "invalid_client"]);
      expect((await registeredAs(shop, coder(52_126))).clientId).toBe(known);
    },
  );

  it(
    "≤ 2.1.258: four processes refresh with one token at once and go on with one successor",
    ofCoder("four refreshes at once"),
    async () => {
      const { client, refreshed } = await connected(await openShop(), coder(52_127));
      const answers = await Promise.all([1, 2, 3, 4].map(() => client.refresh(refreshed.refresh_token)));
      const successors = await Promise.all(answers.map(async (answer) => (await tokensOf(answer)).refresh_token));
      expect(new Set(successors).size).toBe(1);
    },
  );

  it("reads only the challenge of the first answer, whatever protocol it began with", async () => {
    const shop = await openShop();
    const first = await knocked(shop, discover("claude-code", "2.1.330"));
    expect(await knocked(shop, initialize("claude-code", "2.1.330"))).toEqual(first);
  });
});
