// mcp-remote, mcporter and the Inspector: requests as recorded, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { errorOf, fetchUrl, openShop, Person } from "../journey.ts";
import { bodies, rows } from "../registering.ts";
import {
  challengeOf,
  connected,
  type Habits,
  knocked,
  places,
  registeredAs,
  returned,
  send,
  tokensOf,
} from "./habits.ts";
import { calling, eventStream, initialize, listing, sdkHeaders } from "./requests.ts";

const flow = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

const ofPorter = (what: string) => tried("mcporter", "0.12, requests replayed", what);

const ofInspector = (what: string) => tried("Inspector", "1.0.3, requests replayed", what);

const ofInspector2 = (what: string) => tried("Inspector", "2.12, requests replayed", what);

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

  it.each([[["tickets.read", "tickets.write"]], [["tickets.write", "tickets.read"]]])(
    "asks for the old scope again where a challenge reads like the document, here %j: it never does",
    async (scopes) => {
      const tools = [
        { name: "list_tickets", scopes: ["tickets.read"] },
        { name: "create_ticket", scopes: ["tickets.write"] },
      ];
      const shop = await openShop({ server: { scopes, tools } });
      const { documents, challenge, client, person, tokens } = await connected(shop, { ...remote, greeting: [] });
      expect(documents["resource, path-inserted"]?.scopes_supported).toEqual(scopes);
      const refused = await send(shop, calling("create_ticket"), tokens.access_token);
      for (const asked of [challenge.parameters.scope, challengeOf(refused).parameters.scope]) {
        expect(asked?.split(" ").sort()).toEqual(["tickets.read", "tickets.write"]);
        expect(asked).not.toBe(scopes.join(" "));
      }
      const scope = challengeOf(refused).parameters.scope ?? "";
      const wider = await tokensOf(await client.redeem(await returned(client, person, { scope })));
      expect((await send(shop, calling("create_ticket"), wider.access_token)).status).toBe(200);
    },
  );

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
  it("from its first POST to a tool call and the next tokens", ofPorter("sign-in, tool call, refresh"), async () => {
    const shop = await openShop();
    await knocked(shop, porter(50_100).knock);
    await connected(shop, porter(50_100));
  });

  it(
    "a new port at each start is the same client here, so the token of the last start still refreshes",
    ofPorter("refresh from another port"),
    async () => {
      const shop = await openShop();
      const { refreshed } = await connected(shop, porter(50_101));
      const restarted = await registeredAs(shop, porter(50_999));
      await tokensOf(await restarted.refresh(refreshed.refresh_token));
      expect(await rows(shop)).toBe(1);
    },
  );
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

  it.each(uris)(
    "1.0.3: two redirect URIs in one registration, returning to %s",
    ofInspector("sign-in, tool call, refresh"),
    async (redirectUri) => {
      await connected(await openShop(), { ...inspector, redirectUri });
    },
  );

  it(
    "1.0.3 direct, from its page: challenge, documents and tokens are readable there, the page's origin allowed",
    ofInspector("from its page"),
    async () => {
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
    },
  );

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

  it("2.12: its command line listens on 127.0.0.1:6276", ofInspector2("sign-in, tool call, refresh"), async () => {
    const redirectUri = "http://127.0.0.1:6276/oauth/callback";
    const registered = {
      ...(inspector.registration as object),
      redirect_uris: [redirectUri],
      application_type: "native",
    };
    await connected(await openShop(), { ...inspector, redirectUri, registration: registered });
  });
});
