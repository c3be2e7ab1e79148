// The authorization endpoint: which client and which redirect URI it believes before anything else.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Bindings } from "../../src/worker/settings.ts";
import { ask, expectOnlyText, expectPage, hostile, locationOf, press, Visitor } from "./consent-form.ts";
import { Client, errorOf, fetchUrl, openShop, origin, type Shop } from "./journey.ts";
import { knock } from "./knock.ts";

const preregistered = {
  clientId: "operators-client",
  clientName: "Registered by the operator",
  redirectUris: ["https://client.example/pre"],
};

let shop: Shop;
/** On loopback. */
let local: Client;
/** Registered itself, with a redirect URI on the web. */
let web: Client;

beforeAll(async () => {
  shop = await openShop({ gateway: { clientPolicy: { preregistered: [preregistered] } } });
  local = await new Client(shop).register();
  web = await new Client(shop, "https://client.example/callback").register();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const person = () => new Visitor();

/** The operator's client, whose redirect URIs are trusted. */
function operators(): Client {
  const client = new Client(shop, preregistered.redirectUris[0]);
  client.clientId = preregistered.clientId;
  return client;
}

describe("P-50 CVE-2025-4143 CVE-2026-12985 group 9: the redirect URI", () => {
  it.each([
    ["has a longer path", "https://client.example/callback/more"],
    ["has a query", "https://client.example/callback?next=1"],
    ["differs in case", "https://client.example/Callback"],
    ["has its host in capitals", "https://CLIENT.example/callback"],
    ["ends in a slash", "https://client.example/callback/"],
    ["climbs with dots", "https://client.example/callback/../callback"],
    ["climbs in percent code", "https://client.example/x/%2e%2e/callback"],
    ["has a user name", "https://client.example@evil.example/callback"],
    ["has a user name in front", "https://x@client.example/callback"],
    ["is on a sub-domain", "https://a.client.example/callback"],
    ["only begins like it", "https://client.example.evil.example/callback"],
    ["is http", "http://client.example/callback"],
    ["has a fragment", "https://client.example/callback#x"],
    ["has a port", "https://client.example:8443/callback"],
    ["names the default port", "https://client.example:443/callback"],
    ["has a backslash", "https://client.example\\@evil.example/callback"],
    ["has a tab inside", "https://client.example/call\tback"],
    ["is script", "javascript:alert(1)//https://client.example/callback"],
    ["is relative", "/callback"],
    ["is another's", "https://evil.example/callback"],
  ])("that %s is refused on a page", async (_, redirectUri) => {
    const response = await person().request(await web.authorizeUrl({ redirect_uri: redirectUri }));
    const reason = redirectUri.includes("\t") ? "malformed_request" : "redirect_uri_unregistered";
    expectOnlyText(await expectPage(response, 400, reason));
  });

  it.each([
    ["another path", "http://127.0.0.1:33418/client/other"],
    ["another loopback name", "http://localhost:33418/client/callback"],
    ["another loopback address", "http://127.0.0.2:33418/client/callback"],
    ["https", "https://127.0.0.1:33418/client/callback"],
    ["a query", "http://127.0.0.1:33418/client/callback?x=1"],
    ["a user name", "http://evil.example@127.0.0.1:33418/client/callback"],
    ["a host that only begins like it", "http://127.0.0.1.evil.example/client/callback"],
    ["a fragment", "http://127.0.0.1:33418/client/callback#x"],
  ])("on loopback with %s is refused on a page", async (_, redirectUri) => {
    const response = await person().request(await local.authorizeUrl({ redirect_uri: redirectUri }));
    await expectPage(response, 400, "redirect_uri_unregistered");
  });

  it.each(["http://127.0.0.1:1/client/callback", "http://127.0.0.1/client/callback"])(
    "RFC 8252 §7.3 on loopback may have any port: %s",
    async (redirectUri) => {
      const browser = person();
      const asked = await ask(browser, await local.authorizeUrl({ redirect_uri: redirectUri }));
      expect(locationOf(await press(browser, asked, "deny")).href).toMatch(new RegExp(`^${redirectUri}\\?`));
    },
  );

  it("of VS Code is known with and without a slash, on its port and on another", async () => {
    const uris = ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"];
    const client = await new Client(shop).register({ redirect_uris: uris, application_type: "native" });
    for (const redirectUri of ["http://127.0.0.1:33418", "http://127.0.0.1:33418/", "http://127.0.0.1:50123/"]) {
      await ask(person(), await client.authorizeUrl({ redirect_uri: redirectUri }));
    }
  });

  it("of a private-use scheme is stored beside others and refused at use", async () => {
    const uris = ["http://localhost:8787/callback", "cursor://anysphere.cursor-mcp/oauth/callback"];
    const client = await new Client(shop).register({ redirect_uris: uris });
    const response = await person().request(await client.authorizeUrl({ redirect_uri: uris[1] ?? "" }));
    await expectPage(response, 400, "redirect_uri_invalid");
    await ask(person(), await client.authorizeUrl({ redirect_uri: uris[0] ?? "" }));
  });

  it("may be left out when there is only one, and must be there when there are two", async () => {
    await ask(person(), await web.authorizeUrl({ redirect_uri: null }));
    const two = await new Client(shop).register({
      redirect_uris: ["https://client.example/a", "https://client.example/b"],
    });
    const response = await person().request(await two.authorizeUrl({ redirect_uri: null }));
    await expectPage(response, 400, "malformed_request");
  });
});

describe("P-50 the client", () => {
  it("that is unknown gets no redirect, and the person is told how to make an app forget it", async () => {
    const response = await person().request(await local.authorizeUrl({ client_id: "mcpstack_client_gone" }));
    const html = await expectPage(response, 400, "client_unknown");
    for (const how of [
      "Remove Dynamic Authentication Providers",
      "claude mcp logout",
      "~/.mcp-auth",
      "codex mcp logout",
    ]) {
      expect(html).toContain(how);
    }
    for (const app of ["Cursor", "Inspector", "Gemini CLI", "ChatGPT", "Any other app"])
      expect(html).toContain(`${app}:`);
  });

  it.each([
    ["application/json", "json"],
    ["application/json, text/plain, */*", "json"],
    ["application/json, text/html;q=0.5", "json"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "page"],
    ["text/html, application/json;q=0.9", "page"],
    ["*/*", "page"],
  ])("that is unknown is told as Accept: %s prefers", async (accept, form) => {
    const url = await local.authorizeUrl({ client_id: "mcpstack_client_gone" });
    const response = await person().request(url, { headers: { accept } });
    if (form === "page") return void (await expectPage(response, 400, "client_unknown"));
    expect([response.status, response.headers.get("cache-control")]).toEqual([400, "no-store"]);
    expect(await errorOf(response)).toMatchObject({ error: "invalid_client", reason: "client_unknown" });
  });

  it("CVE-2026-101084 of another server or another organization is unknown here, the operator's too", async () => {
    const neighbour = await openShop();
    const theirs = await new Client(neighbour).register();
    const stolen = await person().request(await local.authorizeUrl({ client_id: theirs.clientId }));
    await expectPage(stolen, 400, "client_unknown");
    const guest = new Client(neighbour, preregistered.redirectUris[0]);
    guest.clientId = preregistered.clientId;
    await expectPage(await person().request(await guest.authorizeUrl()), 400, "client_unknown");
    const there = await fetchUrl(`${origin}/s/no-such-server/authorize?client_id=x`, {
      headers: { accept: "text/html" },
    });
    await expectPage(there, 404, "server_unknown");
  });

  it.each(["toString", "__proto__", "' OR 1=1 --", "%00", "x".repeat(9000), hostile])(
    "named %.20s is unknown and harmless",
    async (clientId) => {
      const response = await person().request(await local.authorizeUrl({ client_id: clientId }));
      expectOnlyText(await expectPage(response, 400, "client_unknown"));
    },
  );

  it("must be named", async () => {
    await expectPage(await person().request(await local.authorizeUrl({ client_id: null })), 400, "malformed_request");
    await expectPage(await person().request(await local.authorizeUrl({ client_id: "" })), 400, "malformed_request");
  });

  it("of the operator is asked for like any other (CVE-2026-101063)", async () => {
    const { html } = await ask(person(), await operators().authorizeUrl());
    expect(html).toContain(preregistered.clientName);
    expect(html).not.toContain("nobody has checked it");
  });
});

describe("P-37 P-39 group 13: a client id that is a URL", () => {
  const gateway = "https://gateway.example.com";
  const { ALLOW_PRIVATE_NETWORK: _, ...rest } = env;
  const https: Bindings = { ...rest, PUBLIC_ORIGIN: gateway };

  async function refusal(clientId: string, accept: string): Promise<Response> {
    const { pathname, search } = await local.authorizeUrl({ client_id: clientId });
    return knock(https, `${gateway}${pathname}${search}`, { headers: { accept } });
  }

  it.each([
    ["is http", "http://client.example/client.json", "client_url_refused"],
    ["has no path", "https://client.example", "client_url_refused"],
    ["has only a slash", "https://client.example/", "client_url_refused"],
    ["has dot segments", "https://client.example/a/../client.json", "client_url_refused"],
    ["has coded dot segments", "https://client.example/a/%2E%2e/client.json", "client_url_refused"],
    ["has a fragment", "https://client.example/client.json#x", "client_url_refused"],
    ["has a user name", "https://user@client.example/client.json", "client_url_refused"],
    ["is localhost", "https://localhost/client.json", "client_url_refused"],
    ["is below localhost", "https://a.localhost/client.json", "client_url_refused"],
    ["is 127.0.0.1", "https://127.0.0.1/client.json", "client_url_refused"],
    ["is IPv6", "https://[::1]/client.json", "client_url_refused"],
    ["is IPv4 in IPv6", "https://[::ffff:169.254.169.254]/client.json", "client_url_refused"],
    ["is the metadata service", "https://169.254.169.254/latest/meta-data", "client_url_refused"],
    ["is a decimal address", "https://2130706433/client.json", "client_url_refused"],
    ["is an octal address", "https://0177.0.0.1/client.json", "client_url_refused"],
    ["is an internal name", "https://metadata.google.internal/client.json", "client_url_refused"],
    ["is a single label", "https://intranet/client.json", "client_url_refused"],
    ["has another port", "https://client.example:8443/client.json", "client_url_refused"],
    ["is the gateway", `${gateway}/s/x/client.json`, "client_url_refused"],
    ["is capitalized", "HTTPS://client.example/client.json", "client_url_refused"],
    ["is file", "file:///etc/passwd", "client_url_refused"],
  ])("that %s is refused with its reason and fetched by nobody", async (_, clientId, reason) => {
    const fetched = vi.spyOn(globalThis, "fetch");
    expectOnlyText(await expectPage(await refusal(clientId, "text/html"), 400, reason));
    const json = await errorOf(await refusal(clientId, "application/json"));
    expect(json).toMatchObject({ error: "invalid_client", reason, field: "client_id" });
    expect(String(json.seen)).toContain(clientId.slice(0, 20));
    expect(fetched).not.toHaveBeenCalled();
  });
});
