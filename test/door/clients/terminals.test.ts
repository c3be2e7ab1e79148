// Codex CLI, goose and Copilot CLI: requests as measured or read in their code, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { openShop, Person, runtimeSaw, type Shop } from "../journey.ts";
import { connected, type Habits, registeredAs, returned, send, tokensOf } from "./habits.ts";
import { initialize, listing } from "./requests.ts";

const ofCodex = (what: string) => tried("Codex CLI", "0.169, requests replayed", what);
const ofGoose = (what: string) => tried("goose", "requests as in its code, replayed", what);
const ofCopilot = (what: string) => tried("Copilot CLI", "reported requests, replayed", what);

const flow = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

/** Measured with 0.169: the library that it is built on looks around with a GET in the oldest protocol. */
function codex(port: number): Habits {
  const redirectUri = `http://127.0.0.1:${port}/callback`;
  return {
    knock: { method: "GET", headers: { "mcp-protocol-version": "2024-11-05", accept: "*/*" } },
    looks: [
      "resource, path-inserted",
      "resource, below the MCP URL",
      "resource, at the root",
      "issuer, path-inserted",
      "openid, path-inserted",
      "openid, below",
      "issuer, below",
      "issuer, at the root",
    ],
    lookingWith: { "mcp-protocol-version": "2024-11-05", accept: "*/*" },
    registration: {
      client_name: "Codex",
      redirect_uris: [redirectUri],
      ...flow,
      token_endpoint_auth_method: "none",
      application_type: "native",
    },
    redirectUri,
    authorize: { scope: "tickets.read offline_access" },
    refresh: ({ resource }) => ({ resource, scope: "tickets.read" }),
    greeting: [initialize("codex-mcp-client", "0.169.0", "2025-06-18"), listing],
  };
}

describe("Codex 0.169", () => {
  it(
    "GET with MCP-Protocol-Version 2024-11-05, then the whole way to a tool call and the next tokens",
    ofCodex("sign-in, tool call, refresh"),
    async () => {
      const { documents } = await connected(await openShop(), codex(50_321));
      // It has no default endpoints, so a document without one of these ends its login.
      expect(documents["issuer, path-inserted"]).toMatchObject({
        authorization_endpoint: expect.any(String),
        token_endpoint: expect.any(String),
        authorization_response_iss_parameter_supported: true,
      });
      expect(documents["resource, below the MCP URL"]).toEqual(documents["resource, path-inserted"]);
    },
  );

  it("offline_access without prompt=consent: granted without it, asked once", ofCodex("offline_access"), async () => {
    const shop = await openShop();
    const person = new Person();
    const client = await registeredAs(shop, codex(50_322));
    const wish = { scope: "tickets.read offline_access" };
    for (const asked of [true, false]) {
      const tokens = await tokensOf(await client.redeem(await returned(client, person, wish)));
      expect(tokens.scope).toBe("tickets.read");
      expect(person.steps.some(({ html }) => html.includes('name="decision"'))).toBe(asked);
    }
  });

  it(
    "scope and resource on every refresh; versions before it left the resource out",
    ofCodex("scope and resource at refresh"),
    async () => {
      const shop = await openShop();
      const { client, refreshed } = await connected(shop, codex(50_323));
      const named = { scope: "tickets.read", resource: shop.resource };
      const next = await tokensOf(await client.refresh(refreshed.refresh_token, named));
      expect(next.scope).toBe("tickets.read");
      await tokensOf(await client.refresh(next.refresh_token, { scope: "tickets.read" }));
    },
  );

  it("the next login comes from another port of 127.0.0.1, as the same client", async () => {
    const shop = await openShop();
    const ids = [50_321, 61_000].map(async (port) => (await registeredAs(shop, codex(port))).clientId);
    expect(new Set(await Promise.all(ids)).size).toBe(1);
  });

  it("DELETE when it closes reaches the runtime, with its protocol version", async () => {
    const shop = await openShop();
    const { refreshed } = await connected(shop, codex(50_324));
    const headers = { "mcp-protocol-version": "2025-06-18" };
    expect((await send(shop, { method: "DELETE", headers }, refreshed.access_token)).status).toBe(200);
    const last = (await runtimeSaw(shop)).at(-1);
    expect(last).toMatchObject({ method: "DELETE", headers: { "mcp-protocol-version": "2025-06-18" } });
  });
});

/** Read in its code: the same library as Codex, another callback. */
function goose(port: number): Habits {
  const redirectUri = `http://127.0.0.1:${port}/oauth_callback`;
  return {
    ...codex(port),
    registration: { client_name: "goose", redirect_uris: [redirectUri], ...flow, token_endpoint_auth_method: "none" },
    redirectUri,
    authorize: { scope: "tickets.read tickets.write" },
    refresh: {},
    greeting: [initialize("goose", "1.12.0", "2025-03-26"), listing],
  };
}

describe("goose", () => {
  it("from its GET to a tool call and the next tokens", ofGoose("sign-in, tool call, refresh"), async () => {
    await connected(await openShop(), goose(44_001));
  });

  it(
    "refreshes at every start: ten starts in a row, each with the token of the one before",
    ofGoose("refresh at every start"),
    async () => {
      const { client, refreshed } = await connected(await openShop(), goose(44_002));
      let token = refreshed.refresh_token;
      for (let start = 0; start < 10; start++) token = (await tokensOf(await client.refresh(token))).refresh_token;
    },
  );

  it("two windows that start at once share one token and one successor", async () => {
    const { client, refreshed } = await connected(await openShop(), goose(44_003));
    const answers = await Promise.all([1, 2].map(() => client.refresh(refreshed.refresh_token)));
    const [one, two] = await Promise.all(answers.map(tokensOf));
    expect(one?.refresh_token).toBe(two?.refresh_token);
    // The window whose answer was lost starts once more with the old one.
    await tokensOf(await client.refresh(refreshed.refresh_token));
  });
});

describe("Copilot CLI", () => {
  it(
    "registers one port of 127.0.0.1 and comes back on another",
    ofCopilot("another port than registered"),
    async () => {
      const shop: Shop = await openShop();
      const registered = { ...(codex(33_000).registration as object), client_name: "GitHub Copilot CLI" };
      const client = await registeredAs(shop, {
        registration: registered,
        redirectUri: "http://127.0.0.1:58122/callback",
      });
      await tokensOf(await client.redeem(await returned(client, new Person())));
    },
  );
});
