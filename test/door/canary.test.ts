// Marked secrets in every input of every door, and none of them in logs, error bodies, pages, headers or console output.

import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { api, Client, fetchUrl, openShop, origin, Person, rig, type Shop } from "./journey.ts";
import { eventually, gatewayPath, logs } from "./log-visit.ts";

const planted = new Map<string, string>();

/** A secret that is recognized wherever it comes out; letters and digits only, so that no encoding hides it. */
function secret(name: string, length = 43): string {
  const value = `canary${name.replaceAll(/\W/g, "")}${crypto.randomUUID().replaceAll("-", "")}`.padEnd(length, "0");
  planted.set(name, value);
  return value;
}

const leaks: string[] = [];

/** @param may headers in which the wire's own answer belongs, such as the redirect with the client's state */
async function check(where: string, response: Response, may: string[] = []): Promise<string> {
  const text = await response.text();
  inspect(where, text);
  for (const [name, value] of response.headers) if (!may.includes(name)) inspect(`${where}, header ${name}`, value);
  return text;
}

function inspect(where: string, text: string): void {
  for (const [name, value] of planted)
    if (text.includes(value)) leaks.push(`${name} in ${where}: ${text.slice(0, 300)}`);
}

const form = (parameters: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  ...{ method: "POST", headers, body: new URLSearchParams(parameters) },
});
const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  ...{ method: "POST", headers: { "content-type": "application/json", ...headers } },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("secrets", () => {
  let shop: Shop;
  let client: Client;
  const printed = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
  afterAll(() => {
    for (const spy of printed) spy.mockRestore();
  });
  beforeAll(async () => {
    shop = await openShop({ provider: inject("ownProviderUrls").elsewhere });
    client = await new Client(shop).register();
  });

  it("are planted at the management API", async () => {
    const base = `${origin}/api/v1/organizations/${shop.organizationId}`;
    const auth = { authorization: `Bearer ${shop.token}` };
    const patch = (path: string, body: unknown) => fetchUrl(`${base}${path}`, { ...json(body, auth), method: "PATCH" });
    const gateway = `/gateways/${shop.gatewayId}`;
    await check(
      "wrong token",
      await fetchUrl(`${base}/gateways`, { headers: { authorization: `Bearer ${secret("token")}` } }),
    );
    await check("a client secret in a wrong field", await patch(gateway, { clientSecrt: secret("misspelled") }));
    await check("a client secret that is not text", await patch(gateway, { clientSecret: [secret("listed")] }));
    await check("broken JSON", await patch(gateway, `{"clientSecret":"${secret("broken")}"`));
    await check("a client secret", await patch(gateway, { clientSecret: secret("clientSecret") }));
    await patch(gateway, { clientSecret: "post-secret-1234567890" });
    const server = { name: "Static", slug: `${shop.slug}-static`, runtimeUrl: "https://runtime.example.com/mcp" };
    const staticHeaders = { "X-Api-Key": secret("staticHeader") };
    const fixed = { ...server, authentication: "static_headers", staticHeaders };
    await check("static headers", await fetchUrl(`${base}/mcp-servers`, json(fixed, auth)));
    await check("static headers, refused", await patch(`/mcp-servers/${shop.slug}`, { staticHeaders }));
    await check("the audit", await fetchUrl(`${base}/audit`, { headers: auth }));
  });

  it("are planted where a person is asked", async () => {
    const person = new Person();
    const redirect = `https://client.example/cb?session=${secret("redirectQuery")}#${secret("redirectFragment")}`;
    const url = await client.authorizeUrl({ redirect_uri: redirect, state: secret("state") });
    for (const accept of ["text/html", "application/json"]) {
      await check(`authorize, ${accept}`, await person.request(url, { headers: { accept } }));
    }
    const good = await client.authorizeUrl({ state: secret("stateOfGood") });
    const shown = await person.walk(good, { until: `${origin}/consent` });
    await check("consent", await person.request(shown.final));
    const ticket = shown.final.searchParams.get("ticket") ?? "";
    const forged = { ticket, form_token: secret("formToken"), decision: "allow" };
    await check("a forged form", await person.request(`${origin}/consent`, form(forged)));
    await check("a forged ticket", await person.request(`${origin}/consent?ticket=${secret("ticket")}`));
    const cookie = `mcpstack_browser=${secret("cookie")}`;
    await check("a forged cookie", await person.request(`${origin}/consent`, { ...form(forged), headers: { cookie } }));
  });

  it("are planted where the provider returns", async () => {
    const person = new Person();
    const back = `${origin}/callback/${shop.gatewayId}`;
    const iss = `iss=${encodeURIComponent(shop.provider)}`;
    await check(
      "a forged state",
      await person.request(`${back}?state=${secret("forgedState")}&code=${secret("forgedCode")}`),
    );
    const away = await person.walk(await client.authorizeUrl(), { until: shop.provider });
    const state = away.final.searchParams.get("state") ?? "";
    const wrong = await person.request(
      `${back}?${iss}&state=${state}&code=${secret("providerCode")}&session_state=${secret("ss")}`,
    );
    await check("a code that the provider refuses", wrong, ["location"]);
    await check("the same again", await person.request(`${back}?state=${state}&code=${secret("again")}`));
    const denied = await person.walk(await client.authorizeUrl(), { until: shop.provider });
    const words = `&error=server_error&error_description=${"x".repeat(600)}${secret("beyondTheCut")}`;
    const answer = `${back}?${iss}&state=${denied.final.searchParams.get("state")}${words}`;
    await check("the provider's words, cut", await person.request(answer), ["location"]);
  });

  it("are planted at token, revoke and register", async () => {
    const code = await client.code(new Person());
    const basic = (value: string) => ({ authorization: `Basic ${btoa(`${client.clientId}:${value}`)}` });
    const answers: [string, Promise<Response>][] = [
      ["a wrong verifier", client.redeem(code, { code_verifier: secret("verifier") })],
      ["a wrong code", client.redeem(`mcpstack_ac_${secret("code")}.${secret("codeSecret")}`)],
      [
        "a wrong redirect",
        client.redeem(code, { redirect_uri: `https://client.example/?q=${secret("tokenRedirect")}` }),
      ],
      ["an unknown client", client.redeem(code, { client_id: "nobody", client_secret: secret("postSecret") })],
      [
        "a wrong basic secret",
        client.post("token", { grant_type: "authorization_code", code }, basic(secret("basic"))),
      ],
      ["a wrong refresh token", client.refresh(`mcpstack_rt_${secret("refreshToken")}`)],
      [
        "an assertion that is none",
        client.post("token", {
          ...{ grant_type: "refresh_token", refresh_token: "mcpstack_rt_x.y", client_assertion: secret("assertion") },
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }),
      ],
      [
        "a registration with a private key",
        fetchUrl(
          `${shop.endpoints}/register`,
          json({
            ...{ redirect_uris: ["https://client.example/cb"], token_endpoint_auth_method: "private_key_jwt" },
            jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", d: secret("privateKey") }] },
          }),
        ),
      ],
      ["a secret twice", fetchUrl(`${shop.endpoints}/token`, form({}, {}))],
      ["a wrong token to revoke", client.post("revoke", { token: secret("revoked") })],
      ["broken form", fetchUrl(`${shop.endpoints}/token`, { method: "POST", body: secret("rawBody") })],
      [
        "broken registration",
        fetchUrl(`${shop.endpoints}/register`, json(`{"client_secret":"${secret("registered")}"`)),
      ],
      [
        "a refused registration",
        fetchUrl(
          `${shop.endpoints}/register`,
          json({ redirect_uris: [`http://evil.example/?q=${secret("registeredRedirect")}`] }),
        ),
      ],
    ];
    for (const [where, answer] of answers) await check(where, await answer);
  });

  it("are planted at the MCP URL and the embedded exchange", async () => {
    const tokens = await client.signIn(new Person());
    planted.set("access token", tokens.access_token);
    planted.set("refresh token", tokens.refresh_token);
    const message = (name: string, of = secret(`argument of ${name}`)) => ({
      ...{ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: { password: of } } },
    });
    const at = (init: RequestInit, query = "") => fetchUrl(`${shop.resource}${query}`, init);
    const authorization = `Bearer ${tokens.access_token}`;
    await check(
      "a forged token",
      await at(json(message("list_tickets"), { authorization: `Bearer ${secret("bearer")}` })),
    );
    await check("a broken header", await at(json(message("list_tickets"), { authorization: `${secret("scheme")} x` })));
    await check("a refused tool", await at(json(message("create_ticket"), { authorization })));
    await check(
      "a token in the query",
      await at(json(message("list_tickets")), `?access_token=${secret("queryToken")}`),
    );
    await check(
      "a foreign session",
      await at(json(message("list_tickets"), { authorization, "mcp-session-id": secret("session") })),
    );
    await check("a broken body", await at(json(`{"x":"${secret("brokenCall")}"`, { authorization })));
    // What the runtime answers is the caller's own.
    expect((await at(json(message("list_tickets"), { authorization }))).status).toBe(200);

    const ask = { apiKey: secret("apiKey"), agentId: "ag_support", token: secret("appToken") };
    const headers = { origin: "https://app.example.com" };
    await check("an exchange", await fetchUrl(`${shop.endpoints}/embedded/exchange`, json(ask, headers)));
    await check(
      "a broken exchange",
      await fetchUrl(`${shop.endpoints}/embedded/exchange`, json({ ...ask, tokn: secret("tokn") }, headers)),
    );
  });

  it("are planted where the provider itself fails and talks", async () => {
    const words = { error: "invalid_request", error_description: `${"y".repeat(700)}${secret("providerWords")}` };
    await rig(shop, "fault", { endpoint: "token", status: 400, body: JSON.stringify(words), times: 1 });
    const person = new Person();
    await person.walk(await client.authorizeUrl());
    await rig(shop, "clear");
    for (const { url, html } of person.steps) inspect(`page ${new URL(url).pathname}`, html);
  });

  it("come out nowhere: not in an answer, not in a log, not on the console", async () => {
    expect(planted.size).toBeGreaterThanOrEqual(40);
    await eventually(
      () => logs(shop, { event: "return", reason: "provider_error" }),
      ({ total }) => total === 3,
    );
    await eventually(
      () => logs(shop, { event: "mcp_call", outcome: "ok" }),
      ({ total }) => total === 1,
    );
    const { items, total } = await logs(shop, { pageSize: "200" });
    expect(items).toHaveLength(total);
    expect(total).toBeGreaterThan(25);
    for (const line of items) inspect("the log", JSON.stringify(line));
    for (const attempt of new Set(items.map((line) => line.attempt).filter(Boolean))) {
      inspect("a timeline", JSON.stringify(await api("GET", `${gatewayPath(shop)}/attempts/${attempt}`, shop.token)));
    }
    inspect("the counts", JSON.stringify(await api("GET", `${gatewayPath(shop)}/stats`, shop.token)));
    for (const spy of printed) for (const words of spy.mock.calls) inspect("the console", words.map(String).join(" "));
    expect(leaks).toEqual([]);
  });
});
