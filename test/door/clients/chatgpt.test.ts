// ChatGPT's connectors: requests as its vendor documents them, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { openShop, Person } from "../journey.ts";
import { connected, type Habits, issuerOf, registeredAs, returned, tokensOf } from "./habits.ts";
import { initialize, listing, sdkHeaders } from "./requests.ts";

const replayed = (what: string) => tried("ChatGPT", "documented requests, replayed", what);

const stable = "https://chatgpt.com/connector_platform_oauth_redirect";
const ofConnector = (id: string) => `https://chatgpt.com/connector/oauth/${id}`;

/** One registration per connector, with that connector's own redirect URI where `iss` is not announced. */
function connector(redirectUri: string): Habits {
  return {
    knock: initialize("openai-mcp", "1.0.0", "2025-06-18"),
    looks: ["resource, path-inserted", "issuer, path-inserted"],
    lookingWith: { ...sdkHeaders, accept: "application/json" },
    registration: {
      client_name: "ChatGPT",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      application_type: "web",
    },
    redirectUri,
    // Everything the resource document lists.
    authorize: { scope: "tickets.read" },
    greeting: [initialize("openai-mcp", "1.0.0", "2025-06-18"), listing],
  };
}

describe("ChatGPT", () => {
  it(
    "with its one stable redirect URI, which it uses because `iss` is announced",
    replayed("sign-in, tool call, refresh"),
    async () => {
      const shop = await openShop();
      const { documents } = await connected(shop, connector(stable));
      expect(documents["issuer, path-inserted"]).toMatchObject({
        issuer: shop.issuer,
        authorization_response_iss_parameter_supported: true,
        code_challenge_methods_supported: ["S256"],
      });
      expect(issuerOf(documents)).toBe(shop.issuer);
    },
  );

  it(
    "with a redirect URI per connector: each connector is a client of its own",
    replayed("registration per connector"),
    async () => {
      const shop = await openShop();
      const [one, two] = [connector(ofConnector("abc123")), connector(ofConnector("def456"))];
      const { client } = await connected(shop, one);
      expect((await registeredAs(shop, two)).clientId).not.toBe(client.clientId);
      await connected(shop, two);
    },
  );

  it("names the resource when it authorizes and when it redeems", async () => {
    const shop = await openShop();
    const client = await registeredAs(shop, connector(stable));
    const named = { resource: shop.resource };
    await tokensOf(await client.redeem(await returned(client, new Person(), named), named));
  });

  it("a secret that its user typed is taken in the body", async () => {
    const body = { ...(connector(stable).registration as object), token_endpoint_auth_method: "client_secret_post" };
    const client = await registeredAs(await openShop(), { ...connector(stable), registration: body });
    expect(client.clientSecret).toMatch(/^mcpstack_cs_/);
    await tokensOf(await client.redeem(await returned(client, new Person())));
  });
});
