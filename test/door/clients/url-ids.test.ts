// Clients whose id is the URL of a document, whose hosts do not answer the gateway: the pinned copies let them in.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pinnedClientDocuments } from "../../../src/contract/client-documents.ts";
import { tried } from "../../rig/compatibility.ts";
import { errorOf, fetchUrl, openShop, Person } from "../journey.ts";
import { rows } from "../registering.ts";
import { connected, type Habits, registeredAs, returned, tokensOf } from "./habits.ts";
import { discover, eventStream, initialize, listing, newSdkHeaders, type Sent, sdkHeaders } from "./requests.ts";

const hosts = new Set(pinnedClientDocuments.map(({ client_id }) => new URL(client_id).host));

/** claude.ai's own edge answers some clouds 403; the others are taken to be as far away. */
beforeEach(() => {
  const fetched = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    return hosts.has(url.host) ? new Response("Forbidden", { status: 403 }) : fetched(input, init);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

interface UrlClient {
  name: string;
  id: string;
  redirectUri: string;
  knock: Sent;
  greeting: readonly Sent[];
  authorize?: Habits["authorize"];
}

const clients: UrlClient[] = [
  {
    name: "claude.ai, Desktop, mobile",
    id: "https://claude.ai/oauth/mcp-oauth-client-metadata",
    redirectUri: "https://claude.ai/api/mcp/auth_callback",
    knock: initialize("claude-ai", "0.1.0"),
    greeting: [initialize("claude-ai", "0.1.0"), listing],
  },
  {
    name: "Claude Code",
    id: "https://claude.ai/oauth/claude-code-client-metadata",
    // The document lists the callback without a port.
    redirectUri: "http://localhost:52123/callback",
    knock: discover("claude-code", "2.1.330"),
    greeting: [discover("claude-code", "2.1.330"), initialize("claude-code", "2.1.330"), eventStream(), listing],
  },
  {
    name: "ChatGPT",
    id: "https://chatgpt.com/oauth/client.json",
    redirectUri: "https://chatgpt.com/connector_platform_oauth_redirect",
    knock: initialize("openai-mcp", "1.0.0", "2025-06-18"),
    greeting: [initialize("openai-mcp", "1.0.0", "2025-06-18"), listing],
  },
  {
    name: "Codex CLI",
    id: "https://chatgpt.com/oauth/codex/client.json",
    redirectUri: "http://127.0.0.1:50321/callback",
    knock: { method: "GET", headers: { "mcp-protocol-version": "2024-11-05", accept: "*/*" } },
    greeting: [initialize("codex-mcp-client", "0.169.0", "2025-06-18"), listing],
    authorize: { scope: "tickets.read offline_access" },
  },
  {
    name: "VS Code",
    id: "https://vscode.dev/oauth/client-metadata.json",
    redirectUri: "http://127.0.0.1:33418/",
    knock: initialize("Visual Studio Code", "1.106.0", "2025-06-18"),
    greeting: [initialize("Visual Studio Code", "1.106.0", "2025-06-18"), listing],
  },
  {
    name: "Zed",
    id: "https://zed.dev/oauth/client-metadata.json",
    redirectUri: "http://127.0.0.1:50001/callback",
    knock: initialize("Zed", "0.210.0"),
    greeting: [initialize("Zed", "0.210.0"), listing],
  },
  {
    name: "opencode",
    id: "https://opencode.ai/oauth/opencode/client.json",
    redirectUri: "http://127.0.0.1:19876/callback",
    knock: initialize("opencode", "1.0.0"),
    greeting: [initialize("opencode", "1.0.0"), listing],
  },
  {
    name: "goose",
    id: "https://goose-docs.ai/oauth/client-metadata.json",
    redirectUri: "http://127.0.0.1:44001/oauth_callback",
    knock: { method: "GET", headers: { "mcp-protocol-version": "2024-11-05", accept: "*/*" } },
    greeting: [initialize("goose", "1.12.0", "2025-03-26"), listing],
  },
];

const habitsOf = ({ id, redirectUri, knock, greeting, authorize }: UrlClient): Habits => ({
  knock,
  looks: ["resource, path-inserted", "issuer, path-inserted"],
  lookingWith: knock.headers["mcp-protocol-version"] === "2026-07-28" ? newSdkHeaders : sdkHeaders,
  registration: id,
  redirectUri,
  ...(authorize && { authorize }),
  greeting,
});

describe("its own document's URL for a client id", () => {
  for (const client of clients) {
    const replayed = tried(client.name, "by its document's URL, requests replayed", "sign-in, tool call, refresh");
    it(`${client.name}: taken, because the issuer document says so; no row is kept of it`, replayed, async () => {
      const shop = await openShop();
      const { documents, person } = await connected(shop, habitsOf(client));
      expect(documents["issuer, path-inserted"]).toMatchObject({
        client_id_metadata_document_supported: true,
        // claude.ai looks for both, ChatGPT uses its one redirect URI because of the third.
        token_endpoint_auth_methods_supported: expect.arrayContaining(["none"]),
        authorization_response_iss_parameter_supported: true,
      });
      expect(await rows(shop)).toBe(0);
      const consent = person.steps.find(({ html }) => html.includes('name="decision"'));
      // P-42: whose document it is, and where the answer goes.
      expect(consent?.html).toContain(new URL(client.id).hostname);
      expect(consent?.html).toContain(new URL(client.redirectUri).hostname);
    });
  }

  it("Codex and Claude Code: another port of loopback at each login is the same client, and nothing is asked again", async () => {
    const shop = await openShop();
    const person = new Person();
    for (const [port, asked] of [
      [50_321, true],
      [61_000, false],
    ] as const) {
      const redirectUri = `http://127.0.0.1:${port}/callback`;
      const registration = "https://chatgpt.com/oauth/codex/client.json";
      const client = await registeredAs(shop, { registration, redirectUri });
      await tokensOf(await client.redeem(await returned(client, person)));
      expect(person.steps.some(({ html }) => html.includes('name="decision"'))).toBe(asked);
    }
  });

  it.each([
    ["the redirect of another client of the same host", "https://claude.ai/api/mcp/auth_callback"],
    ["a loopback path that is not listed", "http://localhost:52123/other"],
    ["a host that is none of its own", "https://claude.ai.client.example/callback"],
  ])("trusted by its exact URL only: %s is refused on a page", async (_, redirectUri) => {
    const registration = "https://claude.ai/oauth/claude-code-client-metadata";
    const client = await registeredAs(await openShop(), { registration, redirectUri });
    const response = await fetchUrl(await client.authorizeUrl(), { headers: { accept: "application/json" } });
    expect([response.status, response.headers.get("location")]).toEqual([400, null]);
    expect(await errorOf(response)).toMatchObject({ reason: "redirect_uri_unregistered" });
  });

  it("ChatGPT's document of one connector is not pinned: 503 for now, never invalid_client, which clients take for good", async () => {
    const client = await registeredAs(await openShop(), {
      registration: "https://chatgpt.com/oauth/abc123/client.json",
      redirectUri: "https://chatgpt.com/connector/oauth/abc123",
    });
    const response = await fetchUrl(await client.authorizeUrl(), { headers: { accept: "application/json" } });
    expect([response.status, (await errorOf(response)).reason]).toEqual([503, "client_document_unavailable"]);
  });
});

describe("where the profile takes no documents", () => {
  it("the issuer document does not offer it, so each of them registers", async () => {
    const shop = await openShop({ gateway: { clientPolicy: { metadataDocuments: false } } });
    const client = await registeredAs(shop, {
      registration: {
        client_name: "Codex",
        redirect_uris: ["http://127.0.0.1/callback"],
        token_endpoint_auth_method: "none",
      },
      redirectUri: "http://127.0.0.1:50321/callback",
    });
    await tokensOf(await client.redeem(await returned(client, new Person())));
    const document = await (await fetchUrl(`${shop.issuer}/.well-known/oauth-authorization-server`)).json();
    expect(document).toMatchObject({ client_id_metadata_document_supported: false });
  });
});
