// mcp-remote, mcporter, the Inspector, ai-sdk, and the Python and oldest TypeScript SDKs: requests as recorded, replayed.
import { describe, expect, it } from "vitest";
import { errorOf, fetchUrl, openShop, origin, Person } from "../journey.ts";
import { bodies, registration, rows } from "../registering.ts";
import {
  calling,
  challengeOf,
  connected,
  discover,
  eventStream,
  goodbye,
  type Habits,
  initialize,
  knocked,
  listing,
  places,
  registeredAs,
  returned,
  sdkHeaders,
  send,
  tokensOf,
} from "./habits.ts";

const flow = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

const remote: Habits = {
  knock: { method: "GET", headers: { accept: "text/event-stream" } },
  looks: [
    "resource, path-inserted",
    "resource, at the root",
    "issuer, path-inserted",
    "issuer, at the root",
    "openid, path-inserted",
    "openid, below",
  ],
  lookingWith: { ...sdkHeaders, accept: "application/json" },
  registration: bodies["mcp-remote"],
  redirectUri: "http://localhost:3335/oauth/callback",
  // Repeats its scope; the early refresh spells the resource as a URL object does.
  refresh: ({ resource }) => ({ scope: "tickets.read", resource: new URL(resource).href }),
  greeting: [initialize("mcp-remote", "0.15.1"), eventStream(), listing],
};

describe("mcp-remote 0.15", () => {
  it("GET twice, then POST: each is challenged, and the whole way follows", async () => {
    const shop = await openShop();
    for (const knock of [remote.knock, remote.knock, initialize("mcp-remote", "0.15.1")]) await knocked(shop, knock);
    await connected(shop, remote);
  });

  it("an unauthenticated GET is never a 200, 404 or 405, which it takes for no sign-in or for HTTP+SSE", async () => {
    const shop = await openShop();
    for (const accept of ["text/event-stream", "*/*", "application/json"]) {
      expect((await send(shop, { method: "GET", headers: { accept } })).status).toBe(401);
    }
  });

  it("`openid email profile`, where it found no scope: the baseline, not invalid_scope", async () => {
    const shop = await openShop();
    const client = await registeredAs(shop, remote);
    const wish = { scope: "openid email profile" };
    const tokens = await tokensOf(await client.redeem(await returned(client, new Person(), wish)));
    expect(tokens.scope).toBe("tickets.read");
    await tokensOf(await client.refresh(tokens.refresh_token, wish));
  });

  it("preflights the authorize URL with Accept: application/json, and the browser then opens the same URL", async () => {
    const client = await registeredAs(await openShop(), remote);
    const url = await client.authorizeUrl();
    const preflight = await fetchUrl(url, { headers: { accept: "application/json" } });
    expect([preflight.status, new URL(preflight.headers.get("location") ?? "").pathname]).toEqual([303, "/consent"]);
    const { final } = await new Person().walk(url, { until: `${client.redirectUri}?` });
    await tokensOf(await client.redeem(final.searchParams.get("code") ?? ""));
  });

  it("a preflight of a registration that is gone is told so in JSON, and it registers again", async () => {
    const shop = await openShop();
    const client = await registeredAs(shop, remote);
    const known = client.clientId;
    client.clientId = "mcpstack_client_of-a-database-that-was-lost";
    const response = await fetchUrl(await client.authorizeUrl(), { headers: { accept: "application/json" } });
    expect([response.status, (await errorOf(response)).error]).toEqual([400, "invalid_client"]);
    expect((await registeredAs(shop, remote)).clientId).toBe(known);
  });

  it("asks the old scopes again when a challenge reads like the document: it never does", async () => {
    const scopes = ["tickets.write", "tickets.read", "tickets.admin"];
    const tools = [{ name: "purge", scopes: ["tickets.purge"] }];
    const shop = await openShop({ server: { scopes, tools } });
    const { documents, challenge, client, person, tokens } = await connected(shop, {
      ...remote,
      authorize: { scope: scopes.join(" ") },
      refresh: {},
      greeting: [listing],
    });
    const published = documents["resource, path-inserted"]?.scopes_supported;
    expect(published).toEqual(scopes);
    expect(challenge.parameters.scope?.split(" ").sort()).toEqual([...scopes].sort());
    expect(challenge.parameters.scope).not.toBe(scopes.join(" "));
    const refused = await send(shop, calling("purge"), tokens.access_token);
    const { scope } = challengeOf(refused).parameters;
    expect(scope).not.toBe(scopes.join(" "));
    const wider = await tokensOf(await client.redeem(await returned(client, person, { scope: scope ?? "" })));
    expect((await send(shop, calling("purge"), wider.access_token)).status).toBe(200);
  });

  it("keeps cookies and sends Mcp-Method in the old protocol too: both are harmless", async () => {
    const shop = await openShop();
    const { refreshed } = await connected(shop, remote);
    const headers = { ...listing.headers, cookie: "__cf_bm=1; other=2", "mcp-method": "tools/list" };
    expect((await send(shop, { ...listing, headers }, refreshed.access_token)).status).toBe(200);
  });
});

/** Another port each time it starts, and one state for all its logins. */
function porter(port: number): Habits {
  const redirectUri = `http://127.0.0.1:${port}/callback`;
  return {
    knock: initialize("mcporter", "0.12.0"),
    looks: ["resource, path-inserted", "issuer, path-inserted", "openid, path-inserted", "openid, below"],
    lookingWith: sdkHeaders,
    registration: {
      client_name: "mcporter (support)",
      redirect_uris: [redirectUri],
      ...flow,
      token_endpoint_auth_method: "none",
    },
    redirectUri,
    authorize: { state: "0b7c8f2e-7d0e-4c43-9d0e-1f7d2a5b8c11" },
    greeting: [initialize("mcporter", "0.12.0"), listing],
  };
}

describe("mcporter 0.12", () => {
  it("from its first POST to a tool call and the next tokens", async () => {
    const shop = await openShop();
    await knocked(shop, porter(50_100).knock);
    await connected(shop, porter(50_100));
  });

  it("a new port at each start is the same client here, so the token of the last start still refreshes", async () => {
    const shop = await openShop();
    const { refreshed } = await connected(shop, porter(50_101));
    const restarted = await registeredAs(shop, porter(50_999));
    await tokensOf(await restarted.refresh(refreshed.refresh_token));
    expect(await rows(shop)).toBe(1);
  });
});

describe("Inspector", () => {
  const page = "http://localhost:6274";
  const uris = [`${page}/oauth/callback`, `${page}/oauth/callback/debug`];
  const inspector: Habits = {
    knock: initialize("inspector-client", "1.0.3"),
    looks: ["resource, path-inserted", "resource, at the root", "issuer, path-inserted", "openid, path-inserted"],
    lookingWith: { ...sdkHeaders, origin: page, "content-type": "application/json" },
    registration: {
      client_name: "MCP Inspector",
      client_uri: "https://github.com/modelcontextprotocol/inspector",
      redirect_uris: uris,
      ...flow,
      token_endpoint_auth_method: "none",
      scope: "tickets.read",
    },
    redirectUri: `${page}/oauth/callback`,
    greeting: [initialize("inspector-client", "1.0.3"), listing],
  };

  it.each(uris)("1.0.3: two redirect URIs in one registration, returning to %s", async (redirectUri) => {
    await connected(await openShop(), { ...inspector, redirectUri });
  });

  it("1.0.3 direct, from its page: challenge, documents and tokens are readable there, the page's origin allowed", async () => {
    const shop = await openShop({ server: { allowedOrigins: [page] } });
    const { headers, ...knock } = inspector.knock;
    const refused = await send(shop, { ...knock, headers: { ...headers, origin: page } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
    expect(refused.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("www-authenticate");
    for (const place of inspector.looks) {
      const looked = await fetchUrl(places[place](shop), { headers: inspector.lookingWith });
      expect(looked.headers.get("access-control-allow-origin")).toBe("*");
    }
    const { tokens } = await connected(shop, inspector);
    const called = await send(
      shop,
      { ...listing, headers: { ...listing.headers, origin: page, "mcp-protocol-version": "2025-11-25" } },
      tokens.access_token,
    );
    expect([called.status, called.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
  });

  it.each([
    ["the MCP URL", "POST", "authorization, content-type, mcp-protocol-version, mcp-session-id"],
    ["/register", "POST", "content-type"],
    ["/token", "POST", "authorization"],
  ])("1.0.3 direct: its preflight of %s is answered with the headers that it names", async (door, method, asked) => {
    const shop = await openShop();
    const url = door === "the MCP URL" ? shop.resource : `${shop.endpoints}${door}`;
    const headers = { origin: page, "access-control-request-method": method, "access-control-request-headers": asked };
    const response = await fetchUrl(url, { method: "OPTIONS", headers });
    expect(response.status).toBe(204);
    const allowed = response.headers.get("access-control-allow-headers")?.toLowerCase().split(/, */);
    expect(allowed).toEqual(expect.arrayContaining(asked.split(", ")));
    expect(response.headers.get("access-control-allow-methods")).toContain(method);
  });

  it("2.12: its command line listens on 127.0.0.1:6276", async () => {
    const redirectUri = "http://127.0.0.1:6276/oauth/callback";
    const registered = {
      ...(inspector.registration as object),
      redirect_uris: [redirectUri],
      application_type: "native",
    };
    await connected(await openShop(), { ...inspector, redirectUri, registration: registered });
  });
});

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

  it("server/discover, then a GET stream before initialize and again after it", async () => {
    const { documents } = await connected(await openShop(), aiSdk);
    expect(documents["issuer, path-inserted"]).toMatchObject({
      code_challenge_methods_supported: ["S256"],
      grant_types_supported: expect.arrayContaining(["authorization_code", "refresh_token"]),
    });
  });

  it("Basic although registered as post, at the code and at every refresh", async () => {
    const client = await registeredAs(await openShop(), aiSdk);
    const code = await returned(client, new Person());
    const header = { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` };
    const proof = { code, code_verifier: client.verifier, redirect_uri: client.redirectUri };
    const bare = { client_id: null, client_secret: null };
    const redemption = { grant_type: "authorization_code", ...proof, ...bare };
    const tokens = await tokensOf(await client.post("token", redemption, header));
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token, ...bare };
    await tokensOf(await client.post("token", refresh, header));
  });

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

  it("the client id in the body and in Basic at once, percent-encoded, and a verifier of 128 characters", async () => {
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
  });

  it("goes by its own clock, so `expires_in` is always there, and `scope` after a step-up", async () => {
    const { tokens, refreshed } = await connected(await openShop(), python);
    expect([tokens.expires_in, refreshed.expires_in, refreshed.scope]).toEqual([3600, 3600, "tickets.read"]);
  });
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
