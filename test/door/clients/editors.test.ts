// Cursor, Zed and Cline: requests as read in their code and in their users' logs, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { Client, fetchUrl, openShop, Person } from "../journey.ts";
import { bodies } from "../registering.ts";
import { connected, type Habits, registeredAs, returned, tokensOf } from "./habits.ts";
import { calling, eventStream, initialize, listing, sdkHeaders } from "./requests.ts";

const ofCursor = (what: string) => tried("Cursor", "requests as in its logs, replayed", what);
const ofZed = (what: string) => tried("Zed", "requests as in its code, replayed", what);
const ofCline = (what: string) => tried("Cline", "requests as in its code, replayed", what);

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
  it(
    "one registration with a loopback, an https and a cursor:// redirect, and the whole way with the first",
    ofCursor("sign-in, tool call, refresh"),
    async () => {
      await connected(await openShop(), cursor);
    },
  );

  it("the same with the https redirect of its cloud agents", ofCursor("cloud agents"), async () => {
    await connected(await openShop(), {
      ...cursor,
      redirectUri: "https://www.cursor.com/agents/mcp/oauth/callback",
    });
  });

  it("sends no resource in either request", ofCursor("without resource"), async () => {
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
  it(
    "from initialize to a tool call and the next tokens, the resource in every request",
    ofZed("sign-in, tool call, refresh"),
    async () => {
      const shop = await openShop();
      const { documents } = await connected(shop, zed(50_001));
      expect(documents["issuer, path-inserted"]?.issuer).toBe(shop.issuer);
    },
  );

  it("finds no scope to ask for: the server's baseline is granted", async () => {
    const { tokens } = await connected(await openShop(), { ...zed(50_002), authorize: { scope: null } });
    expect(tokens.scope).toBe("tickets.read");
  });

  it("with a secret, sent in the body", async () => {
    const body = { ...(zed(50_003).registration as object), token_endpoint_auth_method: "client_secret_post" };
    await connected(await openShop(), { ...zed(50_003), registration: body });
  });
});

describe("private-use schemes", () => {
  it.each([
    ["Cursor, before it listened on loopback", "cursor", "cursor://anysphere.cursor-mcp/oauth/callback"],
    ["Cline in VS Code", "vscode", "vscode://saoudrizwan.claude-dev/mcp-auth/callback/3f2a9c"],
    ["an app of RFC 8252 §7.1", "com.example.app", "com.example.app:/oauth"],
  ])("%s returns to %s: where the operator named the scheme, and only there", async (_, scheme, redirectUri) => {
    const registration = { client_name: "An editor", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" };
    const allowing = await openShop({ gateway: { clientPolicy: { allowedRedirectSchemes: [scheme] } } });
    const client = await registeredAs(allowing, { registration, redirectUri });
    const person = new Person();
    await tokensOf(await client.redeem(await returned(client, person)));
    const consent = person.steps.find(({ html }) => html.includes('name="decision"'));
    expect(consent?.html).toContain(`The app that opens ${scheme}: links`);
    for (const allowedRedirectSchemes of [[], ["other"]]) {
      const shop = await openShop({ gateway: { clientPolicy: { allowedRedirectSchemes } } });
      const refused = await registeredAs(shop, { registration, redirectUri });
      const response = await fetchUrl(await refused.authorizeUrl(), { headers: { accept: "application/json" } });
      expect([response.status, response.headers.get("location")]).toEqual([400, null]);
    }
  });

  it("an error in the request sends nobody there without a click", async () => {
    const redirectUri = "cursor://anysphere.cursor-mcp/oauth/callback";
    const shop = await openShop({ gateway: { clientPolicy: { allowedRedirectSchemes: ["cursor"] } } });
    const client = await registeredAs(shop, { registration: bodies.Cursor, redirectUri });
    const response = await fetchUrl(await client.authorizeUrl({ response_type: "token" }));
    expect([response.status, response.headers.get("location")]).toEqual([400, null]);
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

  it(
    "with a loopback callback: from initialize to a tool call and the next tokens",
    ofCline("sign-in, tool call, refresh on a loopback callback"),
    async () => {
      await connected(await openShop(), cline);
    },
  );
});
