// VS Code, Cursor, Zed and Cline: requests as read in their code, their documents and their users' logs, replayed.
import { describe, expect, it } from "vitest";
import { Client, fetchUrl, openShop, Person } from "../journey.ts";
import { bodies, registration, rows } from "../registering.ts";
import {
  calling,
  challengeOf,
  connected,
  eventStream,
  goodbye,
  type Habits,
  initialize,
  listing,
  registeredAs,
  returned,
  sdkHeaders,
  send,
  tokensOf,
} from "./habits.ts";

const vscode: Habits = {
  knock: initialize("Visual Studio Code", "1.106.0", "2025-06-18"),
  looks: [
    "resource, path-inserted",
    "resource, at the root",
    "issuer, path-inserted",
    "openid, path-inserted",
    "openid, below",
    "issuer, at the root",
    "openid, at the root",
  ],
  lookingWith: { accept: "application/json", "mcp-protocol-version": "2025-06-18" },
  registration: bodies["VS Code"],
  redirectUri: "http://127.0.0.1:33418/",
  greeting: [initialize("Visual Studio Code", "1.106.0", "2025-06-18"), eventStream("2025-06-18"), listing],
};

describe("VS Code", () => {
  it("from initialize to a tool call and the next tokens", async () => {
    const shop = await openShop();
    const { documents } = await connected(shop, vscode);
    // Where this differs from the URL that was typed, it drops the document without a word.
    expect(documents["resource, path-inserted"]?.resource).toBe(shop.resource);
  });

  it("four redirect URIs, native, a device_code grant type: taken, and only the grant type is left out", async () => {
    const response = await fetchUrl(`${(await openShop()).endpoints}/register`, registration(bodies["VS Code"]));
    expect(await response.json()).toMatchObject({
      redirect_uris: bodies["VS Code"].redirect_uris,
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
    });
  });

  it.each([
    ["33418, its own port", "http://127.0.0.1:33418/"],
    ["33418, without the slash", "http://127.0.0.1:33418"],
    ["another port, where 33418 is taken", "http://127.0.0.1:51842/"],
    ["vscode.dev, in a browser", "https://vscode.dev/redirect"],
    ["insiders.vscode.dev", "https://insiders.vscode.dev/redirect"],
  ])("returns to %s", async (_, redirectUri) => {
    const client = await registeredAs(await openShop(), { ...vscode, redirectUri });
    const { final } = await new Person().walk(await client.authorizeUrl(), { until: `${new URL(redirectUri).href}?` });
    expect(final.origin + final.pathname).toBe(new URL(redirectUri).href);
    await tokensOf(await client.redeem(final.searchParams.get("code") ?? ""));
  });

  it("its state of 400 characters, with a URL in it, comes back as it went", async () => {
    const client = await registeredAs(await openShop(), { ...vscode, redirectUri: "https://vscode.dev/redirect" });
    const state = `vscode://dynamicauthprovider/1/redirect?nonce=${"aB3%2F+=".repeat(40)}&windowId=2`;
    await returned(client, new Person(), { state });
  });

  it("goes on without a resource where it dropped the resource document", async () => {
    await connected(await openShop(), { ...vscode, authorize: { resource: null }, redeem: { resource: null } });
  });

  it("a changed scope in a 403 makes it ask for a new token: the challenge names everything it needs", async () => {
    const shop = await openShop();
    const { tokens, client, person } = await connected(shop, vscode);
    const refused = await send(shop, calling("create_ticket"), tokens.access_token);
    const { scope } = challengeOf(refused).parameters;
    const wider = await tokensOf(await client.redeem(await returned(client, person, { scope: scope ?? "" })));
    expect((await send(shop, calling("create_ticket"), wider.access_token)).status).toBe(200);
    expect((await send(shop, calling("list_tickets"), wider.access_token)).status).toBe(200);
  });

  it("registers again after that, as the client that it is", async () => {
    const shop = await openShop();
    const [first, again] = [await registeredAs(shop, vscode), await registeredAs(shop, vscode)];
    expect([again.clientId, await rows(shop)]).toEqual([first.clientId, 1]);
  });

  it("never forgets a client id: one that is not known gets a page that says what to press", async () => {
    const shop = await openShop();
    const client = new Client(shop, vscode.redirectUri);
    client.clientId = "mcpstack_client_of-another-life";
    const response = await fetchUrl(await client.authorizeUrl(), { headers: { accept: "text/html" } });
    expect([response.status, response.headers.get("location")]).toEqual([400, null]);
    expect(await response.text()).toContain("Authentication: Remove Dynamic Authentication Providers");
  });

  it("DELETE when it closes reaches the runtime", async () => {
    const shop = await openShop();
    const { tokens } = await connected(shop, vscode);
    const { headers, method } = goodbye("2025-06-18");
    const { "mcp-session-id": _, ...sessionless } = headers;
    expect((await send(shop, { method, headers: sessionless }, tokens.access_token)).status).toBe(200);
  });

  it("a session that was never begun here is answered 404, which makes it begin a new one", async () => {
    const shop = await openShop();
    const { tokens } = await connected(shop, vscode);
    const stale = { ...listing, headers: { ...listing.headers, "mcp-session-id": "stale.session" } };
    expect((await send(shop, stale, tokens.access_token)).status).toBe(404);
  });
});

const cursor: Habits = {
  knock: initialize("cursor-vscode", "1.0.0", "2025-06-18"),
  looks: ["resource, path-inserted", "resource, at the root", "issuer, at the root", "issuer, path-inserted"],
  lookingWith: sdkHeaders,
  registration: bodies.Cursor,
  redirectUri: "http://localhost:8787/callback",
  // All that the issuer document lists.
  authorize: { scope: "tickets.read tickets.write" },
  greeting: [initialize("cursor-vscode", "1.0.0", "2025-06-18"), listing, calling("create_ticket")],
};

describe("Cursor", () => {
  it("one registration with a loopback, an https and a cursor:// redirect, and the whole way with the first", async () => {
    await connected(await openShop(), cursor);
  });

  it("the same with the https redirect of its cloud agents", async () => {
    await connected(await openShop(), {
      ...cursor,
      redirectUri: "https://www.cursor.com/agents/mcp/oauth/callback",
    });
  });

  it("sends no resource in either request", async () => {
    const authorize = { ...cursor.authorize, resource: null };
    await connected(await openShop(), { ...cursor, authorize, redeem: { resource: null } });
  });

  it("asks for every scope of the issuer document, and gets it at once", async () => {
    const { documents, tokens } = await connected(await openShop(), cursor);
    expect(tokens.scope.split(" ")).toEqual(documents["issuer, path-inserted"]?.scopes_supported);
  });

  it("without an issuer document it makes up {issuer}/authorize, /token and /register: they are there", async () => {
    const shop = await openShop();
    const client = await registeredAs({ ...shop, endpoints: shop.issuer }, cursor);
    expect((await client.authorizeUrl()).href.startsWith(`${shop.issuer}/authorize?`)).toBe(true);
    await tokensOf(await client.redeem(await returned(client, new Person())));
  });

  it("a client id and secret from its mcp.json", async () => {
    const redirectUri = "http://localhost:8787/callback";
    const clientSecret = "in-mcp-json-0123456789abcdef0123";
    const preregistered = [
      { clientId: "cursor-static", clientName: "Cursor", clientSecret, redirectUris: [redirectUri] },
    ];
    const client = new Client(await openShop({ gateway: { clientPolicy: { preregistered } } }), redirectUri);
    client.clientId = "cursor-static";
    client.clientSecret = clientSecret;
    await tokensOf(await client.redeem(await returned(client, new Person())));
  });
});

function zed(port: number): Habits {
  const redirectUri = `http://127.0.0.1:${port}/callback`;
  return {
    knock: initialize("Zed", "0.210.0"),
    looks: ["resource, path-inserted", "resource, at the root", "issuer, path-inserted", "openid, path-inserted"],
    lookingWith: { accept: "application/json" },
    registration: {
      client_name: "Zed",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    redirectUri,
    // In every request, canonical and without a slash at its end.
    authorize: ({ resource }) => ({ resource }),
    redeem: ({ resource }) => ({ resource }),
    refresh: ({ resource }) => ({ resource }),
    greeting: [initialize("Zed", "0.210.0"), listing],
  };
}

describe("Zed", () => {
  it("from initialize to a tool call and the next tokens, the resource in every request", async () => {
    const shop = await openShop();
    const { documents } = await connected(shop, zed(50_001));
    expect(documents["issuer, path-inserted"]?.issuer).toBe(shop.issuer);
  });

  it("finds no scope to ask for: the server's baseline is granted", async () => {
    const { tokens } = await connected(await openShop(), { ...zed(50_002), authorize: { scope: null } });
    expect(tokens.scope).toBe("tickets.read");
  });

  it("with a secret, sent in the body", async () => {
    const body = { ...(zed(50_003).registration as object), token_endpoint_auth_method: "client_secret_post" };
    await connected(await openShop(), { ...zed(50_003), registration: body });
  });
});

describe("Cline", () => {
  const host = "http://127.0.0.1:48801/mcp-auth/callback/3f2a9c";
  const cline: Habits = {
    ...zed(48_801),
    knock: initialize("Cline", "3.40.0"),
    registration: {
      client_name: "Cline",
      redirect_uris: [host],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      software_version: "3.40.0",
    },
    redirectUri: host,
    greeting: [initialize("Cline", "3.40.0"), eventStream(), listing],
  };

  it("with a loopback callback: from initialize to a tool call and the next tokens", async () => {
    await connected(await openShop(), cline);
  });
});
