// The authorization endpoint once client and redirect URI are believed: what a request must hold, and what clients do.
import { beforeAll, describe, expect, it } from "vitest";
import { ask, expectOnlyText, expectPage, hostile, locationOf, press, Visitor } from "./consent-form.ts";
import { api, Client, errorOf, fetchUrl, openShop, origin, type Shop } from "./journey.ts";

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

const person = () => new Visitor();

/** The operator's client, whose redirect URIs are trusted. */
function operators(): Client {
  const client = new Client(shop, preregistered.redirectUris[0]);
  client.clientId = preregistered.clientId;
  return client;
}

describe("P-51 P-52 P-53 P-73 CVE-2025-69196 group 10: the request", () => {
  const wrong: [string, Record<string, string | null>, string, string][] = [
    ["no challenge", { code_challenge: null }, "invalid_request", "pkce_required"],
    ["no method, which means plain", { code_challenge_method: null }, "invalid_request", "pkce_method_unsupported"],
    ["the method plain", { code_challenge_method: "plain" }, "invalid_request", "pkce_method_unsupported"],
    ["the method s256", { code_challenge_method: "s256" }, "invalid_request", "pkce_method_unsupported"],
    ["a challenge of 42 characters", { code_challenge: "x".repeat(42) }, "invalid_request", "pkce_method_unsupported"],
    ["response_type token", { response_type: "token" }, "unsupported_response_type", "response_type_unsupported"],
    [
      "response_type code token",
      { response_type: "code token" },
      "unsupported_response_type",
      "response_type_unsupported",
    ],
    ["no response_type", { response_type: null }, "unsupported_response_type", "response_type_unsupported"],
    ["another server's resource", { resource: `${origin}/s/other/mcp` }, "invalid_target", "resource_unknown"],
    ["the gateway's base as resource", { resource: origin }, "invalid_target", "resource_unknown"],
    ["the issuer as resource", { resource: "issuer" }, "invalid_target", "resource_unknown"],
    ["a resource with a fragment", { resource: "fragment" }, "invalid_target", "resource_unknown"],
    ["a resource that is no URL", { resource: "support" }, "invalid_target", "resource_unknown"],
    ["a scope with quotes", { scope: 'tickets.read "' }, "invalid_scope", "malformed_request"],
  ];
  const filled = (overrides: Record<string, string | null>) => {
    const special: Record<string, string> = { issuer: shop.issuer, fragment: `${shop.resource}#x` };
    const { resource } = overrides;
    return resource && special[resource] ? { ...overrides, resource: special[resource] } : overrides;
  };

  it.each(wrong)(
    "P-54 with %s goes back to a loopback client with error, state and iss",
    async (_, overrides, error) => {
      const response = await person().request(await local.authorizeUrl({ state: "a/b+c=.", ...filled(overrides) }));
      expect(response.status).toBe(303);
      const location = locationOf(response);
      expect(location.href.startsWith(`${local.redirectUri}?`)).toBe(true);
      expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: "a/b+c=.", iss: shop.issuer });
      expect(location.searchParams.get("error_description")).toMatch(/^[\x20-\x7e]+$/);
      expect([...location.searchParams.keys()].sort()).toEqual(["error", "error_description", "iss", "state"]);
    },
  );

  it.each(wrong)("P-60 with %s sends nobody to a self-registered web client", async (_, overrides, error, reason) => {
    const response = await person().request(await web.authorizeUrl({ state: "a/b+c=.", ...filled(overrides) }));
    const html = await expectPage(response, 400, reason);
    const href = /<a class="button" href="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(html).toContain("Return to client.example");
    const link = new URL(href);
    expect(link.href.startsWith(`${web.redirectUri}?`)).toBe(true);
    expect(Object.fromEntries(link.searchParams)).toMatchObject({ error, state: "a/b+c=.", iss: shop.issuer });
  });

  it("P-60 the operator's client gets its error by redirect", async () => {
    const response = await person().request(await operators().authorizeUrl({ code_challenge: null }));
    expect(locationOf(response).href).toMatch(/^https:\/\/client\.example\/pre\?error=invalid_request&/);
  });

  it("P-60 group 11: prompt=none and an odd scope bounce nobody", async () => {
    await ask(person(), await web.authorizeUrl({ prompt: "none" }));
    await ask(person(), await web.authorizeUrl({ scope: "no.such.scope" }));
  });

  it("P-60 tells a program in JSON what it tells a person on the page", async () => {
    const url = await web.authorizeUrl({ code_challenge: null });
    const response = await person().request(url, { headers: { accept: "application/json" } });
    expect([response.status, response.headers.get("cache-control")]).toEqual([400, "no-store"]);
    expect(await errorOf(response)).toMatchObject({ error: "invalid_request", reason: "pkce_required" });
  });

  it.each(["client_id", "redirect_uri", "state", "resource", "scope", "code_challenge", "response_type"])(
    "P-73 with %s twice is refused on a page",
    async (name) => {
      const url = await local.authorizeUrl();
      url.searchParams.append(name, "https://client.example/second");
      const html = await expectPage(await person().request(url), 400, "duplicate_parameter");
      expect(html).toContain(name);
    },
  );

  it("P-73 unknown parameters are ignored, twice and hostile ones too", async () => {
    const url = await local.authorizeUrl();
    for (const value of ["1", "2", hostile]) url.searchParams.append("utm_source", value);
    expectOnlyText((await ask(person(), url)).html);
  });

  it.each([
    ["NUL", "a\u0000b", "malformed_request"],
    ["a line break", "a\r\nset-cookie: x=1", "malformed_request"],
    ["17 KB", "x".repeat(17_000), "request_too_large"],
  ])("a state with %s is refused on a page", async (_, state, reason) => {
    await expectPage(await person().request(await local.authorizeUrl({ state })), 400, reason);
  });

  it.each([
    "client_id",
    "redirect_uri",
    "resource",
    "scope",
    "state",
    "response_type",
    "code_challenge_method",
    "prompt",
  ])("CVE-2026-1721 CVE-2025-62800 group 6: markup in %s stays text", async (name) => {
    const response = await person().request(await web.authorizeUrl({ [name]: hostile }));
    const location = response.headers.get("location");
    const html = location ? await (await person().request(location)).text() : await response.text();
    expectOnlyText(html);
    expect(html).toContain("<h1>");
  });

  it("P-52 the resource may be absent, end in a slash, or have its host in capitals", async () => {
    for (const resource of [null, `${shop.resource}/`, shop.resource.replace("localhost", "LOCALHOST")]) {
      await ask(person(), await local.authorizeUrl({ resource }));
    }
  });

  it.each(["POST", "PUT", "DELETE", "HEAD"])("does not come by %s", async (method) => {
    const response = await person().request(await local.authorizeUrl(), { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
  });

  it("P-61 group 12: neither an answer nor a preflight opens the endpoint to other pages", async () => {
    const url = await local.authorizeUrl();
    const headers = { origin: "https://evil.example", "access-control-request-method": "GET" };
    for (const method of ["GET", "OPTIONS"]) {
      for (const target of [url, `${origin}/consent`, `${origin}/callback/${shop.gatewayId}`]) {
        const response = await person().request(target, { method, headers });
        const granted = [...response.headers.keys()].filter((name) => name.startsWith("access-control-"));
        expect(granted, `${method} ${target}`).toEqual([]);
      }
    }
  });

  it("CVE-2026-105138 group 8: no secret is read from a GET, and no redirect carries one", async () => {
    const confidential = await new Client(shop).register({ token_endpoint_auth_method: "client_secret_post" });
    const browser = person();
    const asked = await ask(browser, await confidential.authorizeUrl({ client_secret: "wrong" }));
    const left = await press(browser, asked);
    const { final } = await browser.walk(locationOf(left));
    const urls = [left.headers.get("location"), ...browser.steps.map(({ url }) => url), final.href].join("\n");
    expect(urls).toContain("code=");
    expect(urls).not.toContain("post-secret");
    expect(urls).not.toContain(confidential.clientSecret);
    const query = new URLSearchParams({
      grant_type: "authorization_code",
      code: final.searchParams.get("code") ?? "",
      client_id: confidential.clientId,
      client_secret: confidential.clientSecret ?? "",
      code_verifier: confidential.verifier,
    });
    expect((await fetchUrl(`${shop.endpoints}/token?${query}`)).status).toBe(405);
    expect((await confidential.redeem(final.searchParams.get("code") ?? "")).status).toBe(200);
  });

  it("group 8: a registration answers nothing of the gateway's own client at the provider", async () => {
    const response = await fetchUrl(`${shop.endpoints}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: ["https://client.example/x"] }),
    });
    expect(await response.text()).not.toMatch(/post-client|post-secret/);
  });
});

describe("CLIENTS §3: what real clients do", () => {
  it("the same GET may be repeated, by a program and by the browser, and the code comes only with consent", async () => {
    const url = await local.authorizeUrl();
    const browser = person();
    for (const accept of ["application/json", "text/html", "*/*"]) {
      const response = await browser.request(url, { headers: { accept } });
      expect(locationOf(response).pathname).toBe("/consent");
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    const { final } = await browser.walk(url);
    expect((await local.redeem(final.searchParams.get("code") ?? "")).status).toBe(200);
  });

  it("two authorizations of one client and person are under way at once, and each ends with its own code", async () => {
    const browser = person();
    const first = await new Client(shop).register();
    const second = await new Client(shop).register();
    const askedFirst = await ask(browser, await first.authorizeUrl({ state: "one" }));
    const askedSecond = await ask(browser, await second.authorizeUrl({ state: "two" }));
    const leftFirst = locationOf(await press(browser, askedFirst));
    const leftSecond = locationOf(await press(browser, askedSecond));
    const two = await browser.walk(leftSecond);
    const one = await browser.walk(leftFirst);
    expect([one.final.searchParams.get("state"), two.final.searchParams.get("state")]).toEqual(["one", "two"]);
    expect((await second.redeem(two.final.searchParams.get("code") ?? "")).status).toBe(200);
    expect((await first.redeem(one.final.searchParams.get("code") ?? "")).status).toBe(200);
  });

  it.each([
    ["slash, plus, equals, dot", "/a+b=c.d=="],
    ["separators", "a&b?c#d;e,f g%20h"],
    ["letters of the world", "zustand-ä-状态-🙂"],
    ["JSON", '{"flow":"1","next":"/x?y=z"}'],
    ["8 KB", "s/+=.".repeat(1640)],
  ])("a state of %s comes back unchanged, with a code and with an error", async (_, state) => {
    const browser = person();
    const { final } = await browser.walk(await local.authorizeUrl({ state }));
    expect(final.searchParams.get("code")).toMatch(/^mcpstack_ac_/);
    expect(final.searchParams.getAll("state")).toEqual([state]);
    expect(final.searchParams.getAll("iss")).toEqual([shop.issuer]);
    const failed = await person().request(await local.authorizeUrl({ state, response_type: "token" }));
    expect(locationOf(failed).searchParams.get("state")).toBe(state);
  });

  it("without a state none comes back", async () => {
    const { final } = await person().walk(await local.authorizeUrl({ state: null }));
    expect([...final.searchParams.keys()].sort()).toEqual(["code", "iss"]);
  });

  it("a redirect URI keeps its own query, and cannot bring an answer of its own", async () => {
    const uri = "https://client.example/callback?tenant=7&code=forged&iss=forged&state=forged&error=forged";
    const client = await new Client(shop, uri).register();
    const browser = person();
    const { searchParams } = locationOf(await press(browser, await ask(browser, await client.authorizeUrl()), "deny"));
    expect(searchParams.get("tenant")).toBe("7");
    for (const name of ["iss", "state", "error"]) expect(searchParams.getAll(name)).not.toContain("forged");
  });

  it.each([
    ["none", null],
    ["an empty one", ""],
    ["unknown ones", "openid email profile"],
    ["a hint", "offline_access"],
    ["a mixture", "tickets.read openid admin:everything offline_access"],
  ])("P-63 with %s as scope the question is about the server's baseline", async (_, scope) => {
    const { html } = await ask(person(), await local.authorizeUrl({ scope }));
    const asked = [...html.matchAll(/<li>.*?<code>([^<]+)<\/code>/g)].map(([, name]) => name);
    expect(asked).toEqual(["tickets.read"]);
  });

  it("P-63 a tool's scope may be asked for", async () => {
    const { html } = await ask(person(), await local.authorizeUrl({ scope: "tickets.write tickets.read" }));
    const asked = [...html.matchAll(/<li>.*?<code>([^<]+)<\/code>/g)].map(([, name]) => name).sort();
    expect(asked).toEqual(["tickets.read", "tickets.write"]);
  });

  it("a server that lost its profile says so on a page", async () => {
    const bare = await openShop();
    const client = await new Client(bare).register();
    await api("DELETE", `/organizations/${bare.organizationId}/mcp-servers/${bare.serverId}/gateway`, bare.token);
    await expectPage(await person().request(await client.authorizeUrl()), 503, "gateway_detached");
  });

  it("a flood from one address is told to wait", async () => {
    const busy = await openShop();
    const client = await new Client(busy).register();
    const url = await client.authorizeUrl({ client_id: "nobody" });
    const impatient = person();
    let last = await impatient.request(url);
    for (let sent = 1; sent < 200 && last.status !== 429; sent++) last = await impatient.request(url);
    expect(last.headers.get("retry-after")).toBe("60");
    expect(await expectPage(last, 429, "rate_limited")).toContain("try again in 60 seconds");
    expect((await person().request(url)).status).toBe(400);
  });
});
