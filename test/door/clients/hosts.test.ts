// Clients that look at the root only: they are at home where a server has a host of its own, or is the deployment's one.
import { beforeAll, describe, expect, it } from "vitest";
import type { Bindings } from "../../../src/worker/settings.ts";
import { tried } from "../../rig/compatibility.ts";
import { Client, openShop, origin, Person, type Shop } from "../journey.ts";
import { deployment, knock } from "../knock.ts";
import { bodies, registration } from "../registering.ts";
import { challengeOf, lookAt, tokensOf } from "./habits.ts";
import { initialize, listing } from "./requests.ts";

const ofOldN8n = (what: string) => tried("n8n", "≤ 2.7, requests as documented, replayed", what);

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});

interface Place {
  bindings: Bindings;
  /** The origin that the user typed, and that the client adds its defaults to. */
  base: string;
  issuer: string;
  mcpUrl: string;
}

const suffix = "mcp.localhost:8787";

const ownHost = (): Place => {
  const base = `http://${shop.slug}.${suffix}`;
  return { bindings: deployment({ SERVER_HOST_SUFFIX: suffix }), base, issuer: base, mcpUrl: `${base}/mcp` };
};

const onlyServer = (): Place => {
  const { issuer, resource: mcpUrl } = shop;
  return { bindings: deployment({ DEFAULT_SERVER: shop.slug }), base: origin, issuer, mcpUrl };
};

interface Ends {
  register: string;
  authorize: string;
  token: string;
}

const defaults = ({ base }: Place): Ends => ({
  register: `${base}/register`,
  authorize: `${base}/authorize`,
  token: `${base}/token`,
});

/** From registration to a tool call, at these endpoints and with these parameters. */
async function connectedAt(
  place: Place,
  ends: Ends,
  redirectUri: string,
  metadata: Readonly<Record<string, unknown>>,
  parameters: Readonly<Record<string, string | null>>,
) {
  const registered = await knock(place.bindings, ends.register, registration(metadata));
  expect(registered.status).toBe(201);
  const client = new Client(shop, redirectUri);
  client.clientId = (await registered.json<{ client_id: string }>()).client_id;
  const { search } = await client.authorizeUrl({ resource: null, scope: null, ...parameters });
  const began = await entered(place.bindings, `${ends.authorize}${search}`);
  const { final } = await new Person().walk(began, { until: `${redirectUri}?` });
  expect(final.searchParams.get("iss")).toBe(place.issuer);
  const form = {
    grant_type: "authorization_code",
    code: final.searchParams.get("code") ?? "",
    code_verifier: client.verifier,
    client_id: client.clientId,
    redirect_uri: redirectUri,
  };
  const body = new URLSearchParams(form);
  const tokens = await tokensOf(await knock(place.bindings, ends.token, { method: "POST", body }));
  const headers = { ...listing.headers, authorization: `Bearer ${tokens.access_token}` };
  const called = await knock(place.bindings, place.mcpUrl, {
    method: "POST",
    headers,
    body: JSON.stringify(listing.body),
  });
  expect(called.status).toBe(200);
  const again = { grant_type: "refresh_token", refresh_token: tokens.refresh_token, client_id: client.clientId };
  await tokensOf(await knock(place.bindings, ends.token, { method: "POST", body: new URLSearchParams(again) }));
  return tokens;
}

/** The authorize URL as a browser opens it: from a server's host it leads to the main origin, and then to consent. */
async function entered(bindings: Bindings, url: string): Promise<string> {
  const response = await knock(bindings, url, { headers: { accept: "text/html" } });
  const location = response.headers.get("location") ?? "";
  if (response.status !== 302) {
    expect(response.status).toBe(303);
    return location;
  }
  return entered(bindings, location);
}

const looking = (place: Place) => (url: string, init: RequestInit) => knock(place.bindings, url, init);

describe.each([
  ["a server with a host of its own", ownHost],
  ["the deployment's one server", onlyServer],
])("%s", (_, placed) => {
  it(
    "n8n ≤ 2.7 only asks {origin}/.well-known/oauth-authorization-server, and sends no resource",
    ofOldN8n("sign-in, tool call, refresh on a host of its own or at the deployment's one server"),
    async () => {
      const place = placed();
      const headers = { accept: "application/json, text/plain, */*", "user-agent": "axios/1.12.0" };
      const url = `${place.base}/.well-known/oauth-authorization-server`;
      const found = await lookAt(url, headers, 200, looking(place));
      expect(found?.issuer).toBe(place.issuer);
      const ends = {
        register: String(found?.registration_endpoint),
        authorize: String(found?.authorization_endpoint),
        token: String(found?.token_endpoint),
      };
      const redirectUri = "https://flows.client.example/rest/oauth2-credential/callback";
      const metadata = {
        client_name: "n8n",
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      };
      await connectedAt(place, ends, redirectUri, metadata, { scope: "tickets.read tickets.write" });
    },
  );

  it("SDK ≤ 1.12 of 2025-03-26: no discovery, no resource, no scope, the root's default endpoints", async () => {
    const place = placed();
    const redirectUri = "http://localhost:8090/callback";
    const metadata = { client_name: "Old app", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" };
    const tokens = await connectedAt(place, defaults(place), redirectUri, metadata, {});
    expect(tokens.scope).toBe("tickets.read");
  });

  it("VS Code, where the resource document failed it: default endpoints at the origin", async () => {
    const place = placed();
    await connectedAt(place, defaults(place), "http://127.0.0.1:33418/", bodies["VS Code"], {});
  });

  it("Cursor: the resource document by its path, then at the root, then the issuer document at the root", async () => {
    const place = placed();
    const headers = { "mcp-protocol-version": "2025-06-18" };
    const atRoot = await lookAt(`${place.base}/.well-known/oauth-protected-resource`, headers, 200, looking(place));
    expect(atRoot).toMatchObject({ resource: place.mcpUrl, authorization_servers: [place.issuer] });
    await lookAt(`${place.base}/.well-known/oauth-authorization-server`, headers, 200, looking(place));
    await lookAt(`${place.base}/.well-known/openid-configuration`, headers, 404, looking(place));
  });
});

describe("a server with a host of its own", () => {
  it("Gemini CLI: HEAD, then the issuer document at the origin first, where it belongs to this server", async () => {
    const place = ownHost();
    const head = await knock(place.bindings, place.mcpUrl, { method: "HEAD", headers: { accept: "application/json" } });
    expect(head.status).toBe(401);
    const named = challengeOf(head).parameters.resource_metadata ?? "";
    expect(new URL(named).origin).toBe(place.base);
    expect(await lookAt(named, {}, 200, looking(place))).toMatchObject({ resource: place.mcpUrl });
    const found = await lookAt(`${place.base}/.well-known/oauth-authorization-server`, {}, 200, looking(place));
    expect(found).toMatchObject({ issuer: place.base, registration_endpoint: `${shop.endpoints}/register` });
  });

  it("claude.ai: the shape that it is known to work with, {host}/mcp and an issuer without a path", async () => {
    const place = ownHost();
    const { headers, body } = initialize("claude-ai", "0.1.0");
    const challenged = await knock(place.bindings, place.mcpUrl, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect(challengeOf(challenged).parameters.resource_metadata).toBe(
      `${place.base}/.well-known/oauth-protected-resource/mcp`,
    );
    const redirectUri = "https://claude.ai/api/mcp/auth_callback";
    await connectedAt(place, defaults(place), redirectUri, bodies["claude.ai"], { resource: place.mcpUrl });
  });

  it("servers beside it answer at their own hosts only", async () => {
    const place = ownHost();
    const beside = await openShop();
    const found = await lookAt(
      `http://${beside.slug}.${suffix}/.well-known/oauth-authorization-server`,
      {},
      200,
      looking(place),
    );
    expect(found?.issuer).toBe(`http://${beside.slug}.${suffix}`);
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "x", client_id: "y" });
    const foreign = await knock(place.bindings, `http://nobody.${suffix}/token`, { method: "POST", body });
    expect(foreign.status).toBe(404);
  });
});
