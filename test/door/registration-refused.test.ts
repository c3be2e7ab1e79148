// Dynamic registration: what could harm a person or the gateway is refused, and the refusal names the member.
import { beforeAll, describe, expect, it } from "vitest";
import { Client, errorOf, fetchUrl, openShop, Person, type Shop } from "./journey.ts";
import { bodies, latin1, open, register as registerAt, registered as registeredAt, rows } from "./registering.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});

const register = (body: unknown, at = shop) => registerAt(body, at);
const registered = (body: unknown) => registeredAt(body, shop);

describe("redirect URIs", () => {
  it.each([
    "https://client.example/cb",
    "https://client.example:8443/cb?tenant=1",
    "http://localhost/cb",
    "http://localhost:3000",
    "http://127.0.0.1:33418/",
    "http://127.8.9.10/cb",
    "http://[::1]:8080/cb",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://saoudrizwan.claude-dev/mcp-auth/callback/abc",
    "com.example.app:/oauth",
  ])("P-46 taken: %s", async (uri) => {
    expect((await registered({ redirect_uris: [uri], ...open })).redirect_uris).toEqual([uri]);
  });

  it.each([
    "javascript:alert(1)",
    "JavaScript:alert(1)//https://client.example",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://client.example/1",
    "view-source:https://client.example/",
    "ws://localhost/cb",
    "http://client.example/cb",
    "http://localhost.client.example/cb",
    "http://127.0.0.1.client.example/cb",
    "http://0.0.0.0/cb",
    "http://192.168.0.1/cb",
    "https://client.example/cb#fragment",
    "https://client.example/cb#",
    "https://user@client.example/cb",
    "https://client.example@evil.example/cb",
    "https://client.example/a/../cb",
    "https://client.example/%2e%2e/cb",
    "https://client.example/c b",
    "https://client.example/\u0000",
    "https://clïent.example/cb",
    "https:client.example/cb",
    "https:///cb",
    "//client.example/cb",
    "/cb",
    "cb",
    "https://",
    "",
    " ",
    `https://client.example/${"a".repeat(2048)}`,
  ])("P-46 refused by name: %j", async (uri) => {
    const response = await register({ redirect_uris: ["https://client.example/ok", uri], ...open });
    expect(response.status).toBe(400);
    const error = await errorOf(response);
    expect(error).toMatchObject({
      error: "invalid_redirect_uri",
      reason: "redirect_uri_invalid",
      field: "redirect_uris.1",
    });
  });

  it("P-46 a private-use scheme is kept beside the others and refused when it is asked for", async () => {
    const uri = "cursor://anysphere.cursor-mcp/oauth/callback";
    const client = await new Client(shop, uri).register(bodies.Cursor);
    const response = await fetchUrl(await client.authorizeUrl(), { headers: { accept: "application/json" } });
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
    expect(await errorOf(response)).toMatchObject({ reason: "redirect_uri_invalid" });
  });

  it("where the operator listed hosts, others are refused, and loopback is not", async () => {
    const strict = await openShop({ gateway: { clientPolicy: { allowedRedirectHosts: ["claude.ai"] } } });
    expect((await register(bodies["claude.ai"], strict)).status).toBe(201);
    expect((await register(bodies.Codex, strict)).status).toBe(201);
    const foreign = await register({ redirect_uris: ["https://claude.ai.evil.example/cb"], ...open }, strict);
    expect(foreign.status).toBe(400);
    expect(await errorOf(foreign)).toMatchObject({ error: "invalid_redirect_uri", expected: "a host of claude.ai" });
  });
});

describe("what a registration may not hold", () => {
  const uris = { redirect_uris: ["https://client.example/cb"] };
  it.each<[string, unknown, string, string]>([
    ["no redirect URI", { ...open }, "invalid_redirect_uri", "redirect_uris"],
    ["an empty list of them", { redirect_uris: [] }, "invalid_redirect_uri", "redirect_uris"],
    ["one that is no text", { redirect_uris: [7] }, "invalid_redirect_uri", "redirect_uris.0"],
    [
      "a text in place of the list",
      { redirect_uris: "https://client.example/cb" },
      "invalid_redirect_uri",
      "redirect_uris",
    ],
    [
      "33 of them",
      { redirect_uris: Array(33).fill("https://client.example/cb") },
      "invalid_redirect_uri",
      "redirect_uris",
    ],
    ["a name of 257 characters", { ...uris, client_name: "n".repeat(257) }, "invalid_client_metadata", "client_name"],
    ["a name that is no text", { ...uris, client_name: { toString: 1 } }, "invalid_client_metadata", "client_name"],
    [
      "private_key_jwt without keys",
      { ...uris, token_endpoint_auth_method: "private_key_jwt" },
      "invalid_client_metadata",
      "jwks",
    ],
    [
      "client_secret_jwt, which is not offered",
      { ...uris, token_endpoint_auth_method: "client_secret_jwt" },
      "invalid_client_metadata",
      "token_endpoint_auth_method",
    ],
    ["17 contacts", { ...uris, contacts: Array(17).fill("a") }, "invalid_client_metadata", "contacts"],
    ["an endless scope", { ...uris, scope: "s".repeat(4097) }, "invalid_client_metadata", "scope"],
    ["a list", [uris], "invalid_client_metadata", "the body"],
    ["null", "null", "invalid_client_metadata", "the body"],
    ["a number", "1", "invalid_client_metadata", "the body"],
    ["broken JSON", "{", "invalid_client_metadata", "body"],
    ["nothing", "", "invalid_client_metadata", "body"],
    [
      "a name that is no UTF-8",
      latin1('{"redirect_uris":["https://client.example/cb"],"client_name":"caf\xe9"}'),
      "invalid_client_metadata",
      "body",
    ],
  ])("P-44 %s: 400 that names the member", async (_, body, error, field) => {
    const before = await rows(shop);
    const response = await register(body);
    expect([response.status, response.headers.get("cache-control")]).toEqual([400, "no-store"]);
    expect(await errorOf(response)).toMatchObject({ error, field, request_id: expect.any(String) });
    expect(await rows(shop)).toBe(before);
  });

  it("P-47 a body over 64 KB is not read: 413", async () => {
    const response = await register({ ...bodies.Codex, padding: "x".repeat(65_536) });
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({ error: "invalid_client_metadata", reason: "request_too_large" });
  });

  it("P-47 a name cannot carry markup, direction marks or line breaks into the consent page", async () => {
    const name = "A\u202egood\u0000\r\n<img src=x onerror=alert(1)>\u200b app";
    const client = await new Client(shop).register({ client_name: name });
    const page = await new Person().walk(await client.authorizeUrl(), { until: "http://localhost:8787/consent?" });
    const { html } = await showPage(page.final);
    expect(html).toContain("Agood &lt;img src=x onerror=alert(1)&gt; app");
    for (const hidden of ["<img", "\u202e", "\u200b", "\u0000"]) expect(html).not.toContain(hidden);
  });

  async function showPage(url: URL): Promise<{ html: string }> {
    const response = await fetchUrl(url, { headers: { accept: "text/html" } });
    return { html: await response.text() };
  }
});
