// A provider that says no or fails, and a profile that changes under way: what the person and the client are told.
import { afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { ask, expectPage, hostile, locationOf, press, Visitor } from "./consent-form.ts";
import { api, Client, openShop, origin, type Shop } from "./journey.ts";
import { changed, expectError, requestsTo, returning } from "./returning.ts";

let shop: Shop;
let client: Client;

beforeAll(async () => {
  shop = await openShop();
  client = await new Client(shop).register();
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function attach(to: Shop, gatewayId: string | null): Promise<void> {
  const path = `/organizations/${to.organizationId}/mcp-servers/${to.serverId}/gateway`;
  if (gatewayId === null) await api("DELETE", path, to.token);
  else await api("PUT", path, to.token, { gatewayId });
}

const patch = (of: Shop, fields: object) =>
  api("PATCH", `/organizations/${of.organizationId}/gateways/${of.gatewayId}`, of.token, fields);

describe("P-86 group 31: a provider that says no", () => {
  it("to a person who gave up there: access_denied with state and iss, and the departure's cookie is gone", async () => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl({ state: "a/b+c=." }));
    const { final } = await person.walk(locationOf(await press(person, asked)), {
      until: `${shop.provider}/interaction/`,
    });
    const { final: callback } = await person.walk(`${final.href}/abort`, { until: `${origin}/callback/` });
    expect(callback.searchParams.get("error")).toBe("access_denied");
    const response = await person.request(callback);
    expectError(response, "access_denied", client);
    expect(response.headers.getSetCookie()[0]).toMatch(/^mcpstack_departure_[\w-]{12}=; Path=\/; Max-Age=0;/);
  });

  it.each([
    ["access_denied", "access_denied"],
    ["temporarily_unavailable", "temporarily_unavailable"],
    ["server_error", "temporarily_unavailable"],
    ["invalid_scope", "server_error"],
    ["unauthorized_client", "server_error"],
    ["<script>alert(1)</script>", "server_error"],
  ])("CVE-2026-1721 with %s is %s for the client, in the gateway's words", async (error, told) => {
    const { person, url, asked } = await returning(client);
    const answer = changed(url, { code: null, error, error_description: hostile, error_uri: "javascript:alert(1)" });
    const location = expectError(await person.request(answer), told, client);
    expect(location.searchParams.get("error_description")).toMatch(/^[\x20-\x7e]+$/);
    expect(location.href).not.toMatch(/%3C|alert/i);
    expect(location.searchParams.get("error_description")).toContain(asked.attempt);
  });

  it("an answer without code and without error is one", async () => {
    const { person, url } = await returning(client);
    expectError(await person.request(changed(url, { code: null })), "server_error", client);
  });

  it("a made-up code, or the code of another sign-in, brings nobody in", async () => {
    const mine = await returning(client);
    const theirs = await returning(client, new Visitor("user2"));
    const code = theirs.url.searchParams.get("code");
    expectError(await mine.person.request(changed(mine.url, { code })), "server_error", client);
    const { person, url } = await returning(client);
    expectError(await person.request(changed(url, { code: "made-up" })), "server_error", client);
  });

  it("P-60 a web app that registered itself learns it by redirect, since the person agreed and signed in", async () => {
    const web = await new Client(shop, "https://client.example/callback").register();
    const { person, url } = await returning(web);
    const denied = await person.request(changed(url, { code: null, error: "access_denied" }));
    expectError(denied, "access_denied", web);
  });
});

describe("a provider or a profile in trouble", () => {
  const outage = () => `${inject("runtimeUrl")}/do/status/outage?code=503`;

  it("metadata that does not answer is a page with the attempt, and once it answers the same button goes on", async () => {
    const sick = await openShop({ gateway: { metadataUrl: outage() } });
    const visitor = await new Client(sick).register();
    const person = new Visitor();
    const asked = await ask(person, await visitor.authorizeUrl());
    const html = await expectPage(await press(person, asked), 503, "provider_unavailable");
    expect(html).toContain(asked.attempt);
    await patch(sick, { metadataUrl: null });
    const { final } = await person.walk(locationOf(await press(person, asked)));
    expect((await visitor.redeem(final.searchParams.get("code") ?? "")).status).toBe(200);
  });

  it("metadata that stops answering is remembered, and sign-ins go on", async () => {
    const well = await openShop();
    const visitor = await new Client(well).register();
    await visitor.signIn(new Visitor());
    const person = new Visitor();
    const url = await visitor.authorizeUrl();
    const fetched = vi.spyOn(globalThis, "fetch");
    expect(locationOf(await press(person, await ask(person, url))).origin).toBe(well.provider);
    expect(requestsTo(fetched, `${well.provider}/.well-known/`)).toBe(0);
  });

  it.each([
    ["500", "code=500", "temporarily_unavailable"],
    ["429", "code=429&retry-after=7", "temporarily_unavailable"],
    ["a page instead of JSON", "code=200&type=text/html&body=<h1>login</h1>", "temporarily_unavailable"],
    ["invalid_client", 'code=401&body={"error":"invalid_client"}', "server_error"],
    ["a redirect", "code=302&location=https://evil.example/", "server_error"],
  ])("a token endpoint that answers with %s is told to the client without a code", async (_, query, told) => {
    const sick = await openShop({ gateway: { tokenEndpoint: `${inject("runtimeUrl")}/do/status/token?${query}` } });
    const visitor = await new Client(sick).register();
    const { person, url } = await returning(visitor);
    expectError(await person.request(url), told, visitor);
  });

  it("a wrong secret of the profile is told to the client as the server's fault", async () => {
    const wrong = await openShop({ gateway: { clientSecret: "not the secret that the provider knows" } });
    const visitor = await new Client(wrong).register();
    const { person, url } = await returning(visitor);
    const location = expectError(await person.request(url), "server_error", visitor);
    expect(location.searchParams.get("error_description")).toContain("clientSecret");
    expect(location.href).not.toContain("not+the+secret");
  });

  it("a profile detached between the question and the answer", async () => {
    const brief = await openShop();
    const visitor = await new Client(brief).register();
    const person = new Visitor();
    const asked = await ask(person, await visitor.authorizeUrl({ state: "a/b+c=." }));
    await attach(brief, null);
    expectError(await press(person, asked), "temporarily_unavailable", visitor);
  });

  it("a profile detached, or changed for another, while the person signed in", async () => {
    const brief = await openShop();
    const visitor = await new Client(brief).register();
    const one = await returning(visitor);
    const two = await returning(visitor);
    await attach(brief, null);
    const fetched = vi.spyOn(globalThis, "fetch");
    expectError(await one.person.request(one.url), "temporarily_unavailable", visitor);
    const { id } = await api<{ id: string }>("POST", `/organizations/${brief.organizationId}/gateways`, brief.token, {
      name: "another",
      authorizationServerUrl: brief.provider,
      clientId: "public-client",
      tokenEndpointAuthMethod: "none",
    });
    await attach(brief, id);
    expectError(await two.person.request(two.url), "temporarily_unavailable", visitor);
    expect(requestsTo(fetched, `${brief.provider}/token`)).toBe(0);
  });
});
