// Codex, Gemini CLI, goose and Copilot CLI: requests as recorded or read in their code, replayed.
import { describe, expect, it } from "vitest";
import { fetchUrl, openShop, Person, runtimeSaw, type Shop } from "../journey.ts";
import { registration, rows } from "../registering.ts";
import {
  challengeOf,
  connected,
  type Habits,
  initialize,
  knocked,
  listing,
  lookAt,
  registeredAs,
  returned,
  send,
  tokensOf,
} from "./habits.ts";

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
  it("GET with MCP-Protocol-Version 2024-11-05, then the whole way to a tool call and the next tokens", async () => {
    const { documents } = await connected(await openShop(), codex(50_321));
    // It has no default endpoints, so a document without one of these ends its login.
    expect(documents["issuer, path-inserted"]).toMatchObject({
      authorization_endpoint: expect.any(String),
      token_endpoint: expect.any(String),
      authorization_response_iss_parameter_supported: true,
    });
    expect(documents["resource, below the MCP URL"]).toEqual(documents["resource, path-inserted"]);
  });

  it("offline_access without prompt=consent: granted without it, asked once", async () => {
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

  it("scope and resource on every refresh; versions before it left the resource out", async () => {
    const shop = await openShop();
    const { client, refreshed } = await connected(shop, codex(50_323));
    const named = { scope: "tickets.read", resource: shop.resource };
    const next = await tokensOf(await client.refresh(refreshed.refresh_token, named));
    expect(next.scope).toBe("tickets.read");
    await tokensOf(await client.refresh(next.refresh_token, { scope: "tickets.read" }));
  });

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

/** Measured with 0.61. */
function gemini(port: number): Habits {
  const redirectUri = `http://localhost:${port}/oauth/callback`;
  return {
    knock: { method: "HEAD", headers: { accept: "application/json" } },
    looks: [
      "resource, path-inserted",
      "resource, at the root",
      // For its registration it begins at the origin.
      "issuer, at the root",
      "openid, at the root",
      "issuer, path-inserted",
      "openid, path-inserted",
      "openid, below",
    ],
    lookingWith: { accept: "*/*", "user-agent": "node" },
    registration: {
      client_name: "Gemini CLI MCP Client",
      redirect_uris: [redirectUri],
      ...flow,
      token_endpoint_auth_method: "none",
      scope: "",
    },
    redirectUri,
    // All that the issuer document lists.
    authorize: { scope: "tickets.read tickets.write" },
    greeting: [initialize("gemini-cli-mcp-client", "0.61.0", "2025-06-18"), listing],
  };
}

describe("Gemini CLI 0.61", () => {
  it("HEAD on the MCP URL gets the challenge, and the whole way follows", async () => {
    const shop = await openShop();
    const { documents, tokens } = await connected(shop, gemini(41_999));
    // `/mcp/` is not `/mcp` to it.
    expect(documents["resource, path-inserted"]?.resource).toBe(shop.resource);
    expect(tokens.scope.split(" ")).toEqual(documents["issuer, path-inserted"]?.scopes_supported);
  });

  it("HEAD with Accept: text/event-stream, for a URL that it takes for HTTP+SSE", async () => {
    const { parameters } = await knocked(await openShop(), {
      method: "HEAD",
      headers: { accept: "text/event-stream" },
    });
    expect(parameters.scope).toBe("tickets.read");
  });

  it("a user who typed /mcp/ gets a document whose resource is /mcp/, and a token that works there", async () => {
    const shop = await openShop();
    const slashed = `${shop.resource}/`;
    const response = await send(shop, gemini(1).knock, undefined, slashed);
    expect(response.status).toBe(401);
    const named = challengeOf(response).parameters.resource_metadata ?? "";
    expect(await lookAt(named, gemini(1).lookingWith, 200)).toMatchObject({ resource: slashed });
    const client = await registeredAs(shop, gemini(42_000));
    const code = await returned(client, new Person(), { resource: slashed });
    const tokens = await tokensOf(await client.redeem(code, { resource: slashed }));
    expect((await send(shop, listing, tokens.access_token, slashed)).status).toBe(200);
  });

  it("`scope` empty and no secret asked for: neither an empty scope nor a secret, which it would send", async () => {
    const shop = await openShop();
    const response = await fetchUrl(`${shop.endpoints}/register`, registration(gemini(42_001).registration));
    const answer: Record<string, unknown> = await response.json();
    expect(answer).not.toHaveProperty("client_secret");
    expect(answer.scope).not.toBe("");
  });

  it("a registration for each login is one row", async () => {
    const shop = await openShop();
    for (const port of [42_002, 42_003, 42_004]) await registeredAs(shop, gemini(port));
    expect(await rows(shop)).toBe(1);
  });

  it("refuses an answer without `iss`: it is in errors too", async () => {
    const client = await registeredAs(await openShop(), gemini(42_005));
    const url = await client.authorizeUrl();
    const { final } = await new Person().walk(url, { decision: "deny", until: `${client.redirectUri}?` });
    expect(final.searchParams.get("error")).toBe("access_denied");
    expect(final.searchParams.get("iss")).toBe(client.shop.issuer);
  });

  it("a verifier of 86 characters, with all of -._~", async () => {
    const client = await registeredAs(await openShop(), gemini(42_006));
    const verifier = `${"aZ09-._~".repeat(10)}abcdef`;
    const code = await returned(client, new Person(), { code_challenge: await challengeFor(verifier) });
    await tokensOf(await client.redeem(code, { code_verifier: verifier }));
  });

  it("forgets its tokens when a refresh fails, so a fresh token has more than its margin of five minutes", async () => {
    const { tokens } = await connected(await openShop(), gemini(42_007));
    expect(tokens.expires_in).toBeGreaterThan(2 * 300);
  });
});

async function challengeFor(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const text = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

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
  it("from its GET to a tool call and the next tokens", async () => {
    await connected(await openShop(), goose(44_001));
  });

  it("refreshes at every start: ten starts in a row, each with the token of the one before", async () => {
    const { client, refreshed } = await connected(await openShop(), goose(44_002));
    let token = refreshed.refresh_token;
    for (let start = 0; start < 10; start++) token = (await tokensOf(await client.refresh(token))).refresh_token;
  });

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
  it("registers one port of 127.0.0.1 and comes back on another", async () => {
    const shop: Shop = await openShop();
    const registered = { ...(codex(33_000).registration as object), client_name: "GitHub Copilot CLI" };
    const client = await registeredAs(shop, {
      registration: registered,
      redirectUri: "http://127.0.0.1:58122/callback",
    });
    await tokensOf(await client.redeem(await returned(client, new Person())));
  });
});
