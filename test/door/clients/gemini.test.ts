// Gemini CLI: requests as measured, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { fetchUrl, openShop, Person } from "../journey.ts";
import { registration, rows } from "../registering.ts";
import {
  challengeOf,
  connected,
  type Habits,
  knocked,
  lookAt,
  registeredAs,
  returned,
  send,
  tokensOf,
} from "./habits.ts";
import { initialize, listing } from "./requests.ts";

const flow = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

const ofGemini = (what: string) => tried("Gemini CLI", "0.61, requests replayed", what);

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
  it(
    "HEAD on the MCP URL gets the challenge, and the whole way follows",
    ofGemini("sign-in, tool call, refresh"),
    async () => {
      const shop = await openShop();
      const { documents, tokens } = await connected(shop, gemini(41_999));
      // `/mcp/` is not `/mcp` to it.
      expect(documents["resource, path-inserted"]?.resource).toBe(shop.resource);
      expect(tokens.scope.split(" ")).toEqual(documents["issuer, path-inserted"]?.scopes_supported);
    },
  );

  it("HEAD with Accept: text/event-stream, for a URL that it takes for HTTP+SSE", async () => {
    const { parameters } = await knocked(await openShop(), {
      method: "HEAD",
      headers: { accept: "text/event-stream" },
    });
    expect(parameters.scope).toBe("tickets.read");
  });

  it(
    "a user who typed /mcp/ gets a document whose resource is /mcp/, and a token that works there",
    ofGemini("/mcp/"),
    async () => {
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
    },
  );

  it("`scope` empty and no secret asked for: neither an empty scope nor a secret, which it would send", async () => {
    const shop = await openShop();
    const response = await fetchUrl(`${shop.endpoints}/register`, registration(gemini(42_001).registration));
    const answer: Record<string, unknown> = await response.json();
    expect(answer).not.toHaveProperty("client_secret");
    expect(answer.scope).not.toBe("");
  });

  it("a registration for each login is one row", ofGemini("registration per login"), async () => {
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
