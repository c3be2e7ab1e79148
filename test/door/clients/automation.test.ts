// n8n, LibreChat and agents on Workers: programs that sign in for their users from a server, replayed.
import { describe, expect, it } from "vitest";
import { tried } from "../../rig/compatibility.ts";
import { fetchUrl, openShop, Person, type Shop } from "../journey.ts";
import { registration } from "../registering.ts";
import { connected, type Habits, registeredAs, returned, tokensOf } from "./habits.ts";
import { discover, eventStream, initialize, listing, sdkHeaders } from "./requests.ts";

const ofN8n = (what: string) => tried("n8n", "requests as documented, replayed", what);
const ofLibreChat = (what: string) => tried("LibreChat", "requests as in its code, replayed", what);
const ofAgents = (what: string) => tried("agents (Workers)", "0.32, requests replayed", what);

const flow = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

/** As documented, from the release on that reads resource documents; older ones ask one URL, see hosts.test.ts. */
function n8n(redirectUri: string, method = "client_secret_post"): Habits {
  return {
    knock: initialize("@n8n/n8n-nodes-langchain.mcpClientTool", "1.2"),
    looks: ["resource, path-inserted", "resource, at the root", "issuer, path-inserted", "issuer, at the root"],
    lookingWith: { accept: "application/json, text/plain, */*", "user-agent": "axios/1.12.0" },
    registration: {
      client_name: "n8n",
      client_uri: "https://n8n.io",
      redirect_uris: [redirectUri],
      ...flow,
      token_endpoint_auth_method: method,
    },
    redirectUri,
    authorize: ({ resource }) => ({ resource, state: btoa('{"token":"aB+/","cid":"7","createdAt":1763800000}') }),
    greeting: [initialize("@n8n/n8n-nodes-langchain.mcpClientTool", "1.2"), listing],
  };
}

const ownHost = "https://flows.client.example/rest/oauth2-credential/callback";

describe("n8n", () => {
  it.each([
    ["on a host of its own", ownHost],
    ["in its cloud", "https://oauth.n8n.cloud/oauth2/callback"],
  ])(
    "%s: from initialize to a tool call and the next tokens",
    ofN8n("sign-in, tool call, refresh"),
    async (_, redirectUri) => {
      await connected(await openShop(), n8n(redirectUri));
    },
  );

  it("before mid-2026: no resource in any request", ofN8n("without resource"), async () => {
    const without = { authorize: { resource: null }, redeem: { resource: null } };
    await connected(await openShop(), { ...n8n(ownHost), ...without });
  });

  it.each([
    ["the header", "client_secret_post"],
    ["the body", "client_secret_basic"],
  ])("its secret in %s, although registered as %s", async (where, method) => {
    const shop = await openShop();
    const client = await registeredAs(shop, n8n(ownHost, method));
    const code = await returned(client, new Person());
    if (where === "the body") return void (await tokensOf(await client.redeem(code)));
    const header = { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` };
    const proof = { code, code_verifier: client.verifier, redirect_uri: client.redirectUri };
    const form = { grant_type: "authorization_code", ...proof, client_id: null, client_secret: null };
    await tokensOf(await client.post("token", form, header));
  });
});

function libreChat(method: "client_secret_basic" | "none" = "client_secret_basic"): Habits {
  const redirectUri = "https://chat.client.example/api/mcp/support/oauth/callback";
  return {
    knock: initialize("@librechat/api-client", "1.2.3", "2025-06-18"),
    // It reads no challenge.
    looks: ["resource, path-inserted", "resource, at the root", "issuer, path-inserted", "openid, path-inserted"],
    lookingWith: sdkHeaders,
    registration: {
      client_name: "LibreChat MCP Client",
      redirect_uris: [redirectUri],
      ...flow,
      token_endpoint_auth_method: method,
    },
    redirectUri,
    // Fixed per person and server.
    authorize: ({ resource }) => ({ resource, state: "65a1f0:support" }),
    redeem: ({ resource }) => ({ resource: new URL(resource).href }),
    greeting: [initialize("@librechat/api-client", "1.2.3", "2025-06-18"), eventStream("2025-06-18"), listing],
  };
}

describe("LibreChat", () => {
  it("from initialize to a tool call and the next tokens", ofLibreChat("sign-in, tool call, refresh"), async () => {
    await connected(await openShop(), libreChat());
  });

  it(
    "prefers client_secret_basic where it is offered: a secret that lasts, taken from the header",
    ofLibreChat("client secret in the header"),
    async () => {
      const shop = await openShop();
      const answered = await fetchUrl(`${shop.endpoints}/register`, registration(libreChat().registration));
      expect(await answered.json()).toMatchObject({ client_secret: expect.any(String), client_secret_expires_at: 0 });
      const client = await registeredAs(shop, libreChat());
      const code = await returned(client, new Person());
      const header = { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` };
      const proof = { code, code_verifier: client.verifier, redirect_uri: client.redirectUri };
      const form = { grant_type: "authorization_code", ...proof, client_id: null, client_secret: null };
      await tokensOf(await client.post("token", form, header));
    },
  );

  it(
    "one state for every login of a person: a second login while the first waits, both end well",
    ofLibreChat("one state for all logins"),
    async () => {
      const client = await registeredAs(await openShop(), libreChat("none"));
      const state = "65a1f0:support";
      const [first, second] = [new Person(), new Person()];
      const waiting = await client.authorizeUrl({ state });
      const verifierOfFirst = client.verifier;
      await tokensOf(await client.redeem(await returned(client, second, { state })));
      const { final } = await first.walk(waiting, { until: `${client.redirectUri}?` });
      expect(final.searchParams.get("state")).toBe(state);
      const code = final.searchParams.get("code") ?? "";
      await tokensOf(await client.redeem(code, { code_verifier: verifierOfFirst }));
    },
  );
});

describe("agents 0.32, in a Worker", () => {
  const redirectUri = "https://worker.client.example/agents/support-agent/default/callback";
  const agents: Habits = {
    knock: discover("support-agent", "0.32.0"),
    looks: ["resource, path-inserted", "issuer, path-inserted", "openid, path-inserted", "openid, below"],
    lookingWith: { accept: "application/json", "mcp-protocol-version": "2026-07-28" },
    registration: {
      client_name: "support-agent",
      client_uri: "https://worker.client.example",
      redirect_uris: [redirectUri],
      ...flow,
      token_endpoint_auth_method: "none",
      application_type: "web",
    },
    redirectUri,
    // A nonce and the id of the server, with a dot between.
    authorize: ({ resource }: Shop) => ({ resource, state: "V1StGXR8_Z5jdHi6B-myT.kQ3x9" }),
    greeting: [discover("support-agent", "0.32.0"), initialize("support-agent", "0.32.0"), listing],
  };

  it("from server/discover to a tool call and the next tokens", ofAgents("sign-in, tool call, refresh"), async () => {
    await connected(await openShop(), agents);
  });
});
