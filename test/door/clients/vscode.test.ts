// VS Code: requests as read in its code, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { Client, fetchUrl, openShop, Person } from "../journey.ts";
import { bodies, registration, rows } from "../registering.ts";
import { challengeOf, connected, type Habits, registeredAs, returned, send, tokensOf } from "./habits.ts";
import { calling, eventStream, goodbye, initialize, listing } from "./requests.ts";

const ofVscode = (what: string) => tried("VS Code", "requests as in its code, replayed", what);

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
  it("from initialize to a tool call and the next tokens", ofVscode("sign-in, tool call, refresh"), async () => {
    const shop = await openShop();
    const { documents } = await connected(shop, vscode);
    // Where this differs from the URL that was typed, it drops the document without a word.
    expect(documents["resource, path-inserted"]?.resource).toBe(shop.resource);
  });

  it(
    "four redirect URIs, native, a device_code grant type: taken, and only the grant type is left out",
    ofVscode("registration"),
    async () => {
      const response = await fetchUrl(`${(await openShop()).endpoints}/register`, registration(bodies["VS Code"]));
      expect(await response.json()).toMatchObject({
        redirect_uris: bodies["VS Code"].redirect_uris,
        application_type: "native",
        grant_types: ["authorization_code", "refresh_token"],
      });
    },
  );

  it.each([
    ["33418, its own port", "http://127.0.0.1:33418/"],
    ["33418, without the slash", "http://127.0.0.1:33418"],
    ["another port, where 33418 is taken", "http://127.0.0.1:51842/"],
    ["vscode.dev, in a browser", "https://vscode.dev/redirect"],
    ["insiders.vscode.dev", "https://insiders.vscode.dev/redirect"],
  ])("returns to %s", ofVscode("all its redirect URIs"), async (_, redirectUri) => {
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

  it(
    "a changed scope in a 403 makes it ask for a new token: the challenge names everything it needs",
    ofVscode("step-up"),
    async () => {
      const shop = await openShop();
      const { tokens, client, person } = await connected(shop, vscode);
      const refused = await send(shop, calling("create_ticket"), tokens.access_token);
      const { scope } = challengeOf(refused).parameters;
      const wider = await tokensOf(await client.redeem(await returned(client, person, { scope: scope ?? "" })));
      expect((await send(shop, calling("create_ticket"), wider.access_token)).status).toBe(200);
      expect((await send(shop, calling("list_tickets"), wider.access_token)).status).toBe(200);
    },
  );

  it("registers again after that, as the client that it is", async () => {
    const shop = await openShop();
    const [first, again] = [await registeredAs(shop, vscode), await registeredAs(shop, vscode)];
    expect([again.clientId, await rows(shop)]).toEqual([first.clientId, 1]);
  });

  it(
    "never forgets a client id: one that is not known gets a page that says what to press",
    ofVscode("lost client: told what to press"),
    async () => {
      const shop = await openShop();
      const client = new Client(shop, vscode.redirectUri);
      client.clientId = "mcpstack_client_of-another-life";
      const response = await fetchUrl(await client.authorizeUrl(), { headers: { accept: "text/html" } });
      expect([response.status, response.headers.get("location")]).toEqual([400, null]);
      expect(await response.text()).toContain("Authentication: Remove Dynamic Authentication Providers");
    },
  );

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
