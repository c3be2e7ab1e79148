// ai-sdk, and the Python and oldest TypeScript SDKs: requests as recorded or read in their code, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { fetchUrl, openShop, origin, Person } from "../journey.ts";
import { bodies, registration } from "../registering.ts";
import { connected, type Habits, knocked, registeredAs, returned, send, tokensOf } from "./habits.ts";
import { discover, eventStream, goodbye, initialize, listing } from "./requests.ts";

const ofAiSdk = (what: string) => tried("@ai-sdk/mcp", "2, requests replayed", what);
const ofPython = (what: string) => tried("Python SDK", "2.x, requests replayed", what);

const flow = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

describe("@ai-sdk/mcp 2", () => {
  const redirectUri = "https://app.client.example/api/mcp/callback";
  const aiSdk: Habits = {
    knock: discover("ai-sdk-mcp-client", "2.0.0"),
    looks: [
      "resource, path-inserted",
      "resource, at the root",
      "issuer, path-inserted",
      "issuer, at the root",
      "openid, path-inserted",
      "openid, below",
    ],
    lookingWith: { accept: "application/json", "mcp-protocol-version": "2025-11-25" },
    registration: {
      client_name: "Shop assistant",
      redirect_uris: [redirectUri],
      ...flow,
      token_endpoint_auth_method: "client_secret_post",
    },
    redirectUri,
    authorize: ({ resource }) => ({ resource }),
    greeting: [eventStream(), initialize("ai-sdk-mcp-client", "2.0.0"), eventStream(), listing],
  };

  it(
    "server/discover, then a GET stream before initialize and again after it",
    ofAiSdk("sign-in, tool call, refresh"),
    async () => {
      const { documents } = await connected(await openShop(), aiSdk);
      expect(documents["issuer, path-inserted"]).toMatchObject({
        code_challenge_methods_supported: ["S256"],
        grant_types_supported: expect.arrayContaining(["authorization_code", "refresh_token"]),
      });
    },
  );

  it(
    "Basic although registered as post, at the code and at every refresh",
    ofAiSdk("client secret in the header"),
    async () => {
      const client = await registeredAs(await openShop(), aiSdk);
      const code = await returned(client, new Person());
      const header = { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` };
      const proof = { code, code_verifier: client.verifier, redirect_uri: client.redirectUri };
      const bare = { client_id: null, client_secret: null };
      const redemption = { grant_type: "authorization_code", ...proof, ...bare };
      const tokens = await tokensOf(await client.post("token", redemption, header));
      const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token, ...bare };
      await tokensOf(await client.post("token", refresh, header));
    },
  );

  it("1.x: a GET stream is its first request, and gets the challenge", async () => {
    await knocked(await openShop(), eventStream("2025-06-18"));
  });

  it("DELETE when it closes, of a session that never was, ends nothing and shows nothing", async () => {
    const shop = await openShop();
    const { refreshed } = await connected(shop, aiSdk);
    expect((await send(shop, goodbye(), refreshed.access_token)).status).toBe(404);
    expect((await send(shop, listing, refreshed.access_token)).status).toBe(200);
  });
});

describe("the Python SDK 2.x", () => {
  const redirectUri = "http://localhost:3030/callback";
  const python: Habits = {
    knock: initialize("mcp", "0.1.0"),
    looks: ["resource, path-inserted", "resource, at the root", "issuer, path-inserted", "openid, path-inserted"],
    lookingWith: { accept: "*/*", "user-agent": "python-httpx/0.28.1", "mcp-protocol-version": "2025-11-25" },
    registration: {
      client_name: "Simple Auth Client",
      redirect_uris: [redirectUri],
      ...flow,
      token_endpoint_auth_method: "client_secret_basic",
      scope: "tickets.read",
    },
    redirectUri,
    greeting: [initialize("mcp", "0.1.0"), eventStream(), listing],
  };

  it("from initialize to a tool call and the next tokens", async () => {
    await connected(await openShop(), python);
  });

  it(
    "the client id in the body and in Basic at once, percent-encoded, and a verifier of 128 characters",
    ofPython("client id sent twice"),
    async () => {
      const client = await registeredAs(await openShop(), python);
      const verifier = "aZ09-._~".repeat(16);
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
      const text = btoa(String.fromCharCode(...new Uint8Array(digest)));
      const code_challenge = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      const code = await returned(client, new Person(), { code_challenge });
      const pair = `${encodeURIComponent(client.clientId)}:${encodeURIComponent(client.clientSecret ?? "")}`;
      const proof = { code, code_verifier: verifier, redirect_uri: client.redirectUri, client_secret: null };
      const form = { grant_type: "authorization_code", ...proof, resource: client.shop.resource };
      await tokensOf(await client.post("token", form, { authorization: `Basic ${btoa(pair)}` }));
    },
  );

  it(
    "goes by its own clock, so `expires_in` is always there, and `scope` after a step-up",
    ofPython("sign-in, tool call, refresh"),
    async () => {
      const { tokens, refreshed } = await connected(await openShop(), python);
      expect([tokens.expires_in, refreshed.expires_in, refreshed.scope]).toEqual([3600, 3600, "tickets.read"]);
    },
  );
});

describe("the TypeScript SDK ≤ 1.12", () => {
  it("no resource document, no resource, no scope: from the root's defaults of a server that is named by its path", async () => {
    const shop = await openShop();
    const redirectUri = "http://localhost:8090/callback";
    await connected(shop, {
      knock: initialize("old-app", "1.0.0", "2025-03-26"),
      looks: ["issuer, at the root", "issuer, path-inserted"],
      lookingWith: { "mcp-protocol-version": "2025-03-26" },
      registration: { client_name: "Old app", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" },
      redirectUri,
      authorize: { scope: null, resource: null },
      redeem: { resource: null },
      greeting: [initialize("old-app", "1.0.0", "2025-03-26"), listing],
    });
  });

  it("finds nothing at the root of a deployment of several servers, in words that it can read", async () => {
    for (const door of ["/register", "/token"]) {
      const response = await fetchUrl(`${origin}${door}`, registration(bodies.Codex));
      expect([response.status, response.headers.get("content-type")]).toEqual([404, "application/json"]);
    }
  });
});
