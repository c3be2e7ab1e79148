// The way back from the provider: whose answer it is, in which browser, for which profile, and what the client learns.
import { afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { type Asked, ask, expectOnlyText, expectPage, hostile, locationOf, press, Visitor } from "./consent-form.ts";
import { api, Client, openShop, origin, type Shop } from "./journey.ts";

let shop: Shop;
let client: Client;

beforeAll(async () => {
  shop = await openShop();
  client = await new Client(shop).register();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Returning {
  person: Visitor;
  asked: Asked;
  /** The provider's answer, which the browser has not yet asked for. */
  url: URL;
}

/** A person who agreed and signed in, at the moment when the provider sends them back. */
async function returning(of = client, person = new Visitor()): Promise<Returning> {
  const asked = await ask(person, await of.authorizeUrl({ state: "a/b+c=.", prompt: "consent" }));
  const left = locationOf(await press(person, asked));
  const { final } = await person.walk(left, { until: `${origin}/callback/` });
  return { person, asked, url: final };
}

function changed(url: URL, parameters: Record<string, string | null>): URL {
  const copy = new URL(url);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) copy.searchParams.delete(name);
    else copy.searchParams.set(name, value);
  }
  return copy;
}

/** P-54, P-86: an error at the client's proven redirect URI, with its state and our issuer, and no code. */
function expectError(response: Response, error: string, of = client): URL {
  expect(response.status).toBe(303);
  const location = locationOf(response);
  expect(location.href.startsWith(`${of.redirectUri}?`)).toBe(true);
  expect([...location.searchParams.keys()].sort()).toEqual(["error", "error_description", "iss", "state"]);
  expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: "a/b+c=.", iss: of.shop.issuer });
  expect(response.headers.get("cache-control")).toBe("no-store");
  return location;
}

/** How often the gateway itself asked for something below this URL. */
function requestsTo(fetched: { mock: { calls: unknown[][] } }, url: string): number {
  return fetched.mock.calls.filter(([target]) => String(target).startsWith(url)).length;
}

async function attach(to: Shop, gatewayId: string | null): Promise<void> {
  const path = `/organizations/${to.organizationId}/mcp-servers/${to.serverId}/gateway`;
  if (gatewayId === null) await api("DELETE", path, to.token);
  else await api("PUT", path, to.token, { gatewayId });
}

const patch = (of: Shop, fields: object) =>
  api("PATCH", `/organizations/${of.organizationId}/gateways/${of.gatewayId}`, of.token, fields);

describe("a sign-in that succeeds", () => {
  it("P-54 sends the client exactly code, state and iss, by 303, and leaves no cookie of the departure", async () => {
    const { person, url } = await returning();
    const response = await person.request(url);
    expect(response.status).toBe(303);
    const { searchParams } = locationOf(response);
    expect([...searchParams.keys()].sort()).toEqual(["code", "iss", "state"]);
    expect(searchParams.get("iss")).toBe(shop.issuer);
    expect(searchParams.get("state")).toBe("a/b+c=.");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^mcpstack_departure_[\w-]{12}=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax$/,
    );
  });

  it("group 5: its answer counts once, and repeating it takes nothing away", async () => {
    const { person, url, asked } = await returning();
    const cookie = person.jar.header(url);
    const first = locationOf(await person.request(url));
    for (const headers of [{}, { cookie }]) {
      const html = await expectPage(await person.request(url, { headers }), 400, "attempt_finished");
      expect(html).toContain(asked.attempt);
    }
    expect((await client.redeem(first.searchParams.get("code") ?? "")).status).toBe(200);
  });

  it("group 5: two requests with the same answer at once yield one code", async () => {
    const { person, url } = await returning();
    const answers = await Promise.all([1, 2, 3].map(() => person.request(url)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400]);
  });
});

describe("CVE-2026-27124 group 4: the browser", () => {
  it("that was handed another's way to the provider gets no code, and nothing is asked of the provider", async () => {
    const attacker = new Visitor("user2");
    const victim = new Visitor("user1");
    const asked = await ask(attacker, await client.authorizeUrl());
    const left = locationOf(await press(attacker, asked));
    const { final } = await victim.walk(left, { until: `${origin}/callback/` });
    const fetched = vi.spyOn(globalThis, "fetch");
    const html = await expectPage(await victim.request(final), 403, "browser_mismatch");
    expect(html).toContain(asked.attempt);
    expect(requestsTo(fetched, `${shop.provider}/token`)).toBe(0);
  });

  it.each([
    ["no cookie", () => ""],
    ["an edited cookie", (cookie: string) => cookie.replace(/(departure_[\w-]{12}=)./, "$1_")],
    ["an empty cookie", (cookie: string) => cookie.replace(/(departure_[\w-]{12}=)[\w-]+/, "$1")],
    [
      "the cookie of another attempt",
      (cookie: string) => cookie.replace(/departure_[\w-]{12}/, "departure_AAAAAAAAAAAA"),
    ],
  ])("that brings %s is refused, and the right one still arrives", async (_, change) => {
    const { person, url } = await returning();
    const cookie = change(person.jar.header(url));
    const stranger = await new Visitor().request(url, { headers: { cookie } });
    await expectPage(stranger, 403, "browser_mismatch");
    expect(locationOf(await person.request(url)).searchParams.get("code")).toMatch(/^mcpstack_ac_/);
  });
});

describe("CVE-2026-81888 group 5: the state", () => {
  it.each([
    ["is missing", { state: null }, "state_unknown"],
    ["is empty", { state: "" }, "state_unknown"],
    ["is another parameter's array", { state: null, "state[]": "x" }, "state_unknown"],
    ["is garbage", { state: "x" }, "state_unknown"],
    ["is markup", { state: hostile, error_description: hostile }, "state_unknown"],
    ["is of no object", { state: `${"A".repeat(43)}.${"B".repeat(43)}` }, "state_unknown"],
    ["holds a NUL", { state: "a\u0000b" }, "malformed_request"],
  ])("that %s is refused on a page", async (_, parameters, reason) => {
    const { person, url } = await returning();
    expectOnlyText(await expectPage(await person.request(changed(url, parameters)), 400, reason));
    expect(locationOf(await person.request(url)).searchParams.has("code")).toBe(true);
  });

  it("with a wrong secret, or with the secret of another attempt, is refused", async () => {
    const { person, url } = await returning();
    const other = await returning(client, person);
    const [id, secret] = (url.searchParams.get("state") ?? "").split(".");
    const [, otherSecret] = (other.url.searchParams.get("state") ?? "").split(".");
    for (const wrong of [
      `${id}.${otherSecret}`,
      `${id}.${secret?.slice(0, -1)}`,
      `${id}.`,
      `${id}`,
      `${id}.${secret}.`,
    ]) {
      const response = await person.request(changed(url, { state: wrong }));
      expect([response.status, response.headers.get("location")], wrong).toEqual([400, null]);
    }
  });

  it("sent twice is refused", async () => {
    const { person, url } = await returning();
    const twice = new URL(url);
    twice.searchParams.append("state", url.searchParams.get("state") ?? "");
    await expectPage(await person.request(twice), 400, "duplicate_parameter");
  });

  it("the ticket of an attempt is not its state", async () => {
    const { person, url, asked } = await returning();
    await expectPage(await person.request(changed(url, { state: asked.ticket })), 400, "state_unknown");
  });

  it("of an attempt that nobody approved does not exist", async () => {
    const { ticket } = await ask(new Visitor(), await client.authorizeUrl());
    const forged = `${origin}/callback/${shop.gatewayId}?code=x&state=${ticket}`;
    await expectPage(await new Visitor().request(forged), 400, "state_unknown");
  });

  it("P-58 is good for ten minutes after the departure", async () => {
    const { person, url, asked } = await returning();
    const cookie = person.jar.header(url);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 601_000);
    const html = await expectPage(await person.request(url, { headers: { cookie } }), 400, "attempt_expired");
    expect(html).toContain(asked.attempt);
  });

  it("P-80 group 30: of profile Y at the callback of profile X is refused and not used up", async () => {
    const neighbour = await openShop();
    const { person, url } = await returning();
    for (const gatewayId of [neighbour.gatewayId, "gw_unknown"]) {
      const elsewhere = new URL(url.href.replace(shop.gatewayId, gatewayId));
      await expectPage(await person.request(elsewhere), 400, "state_unknown");
    }
    expect(locationOf(await person.request(url)).searchParams.has("code")).toBe(true);
  });

  it.each(["POST", "PUT", "HEAD"])("does not come by %s", async (method) => {
    const { person, url } = await returning();
    const response = await person.request(url, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
  });
});

describe("P-80 WS-2026-0196 group 30: the issuer in the answer", () => {
  it.each([
    ["of another provider", "https://evil.example"],
    ["with a slash at its end", "slash"],
    ["that is missing though it was promised", null],
    ["that is empty", ""],
  ])("%s ends the attempt before the code or the secret is sent anywhere", async (_, issuer) => {
    const { person, url } = await returning();
    const fetched = vi.spyOn(globalThis, "fetch");
    const iss = issuer === "slash" ? `${shop.provider}/` : issuer;
    const response = await person.request(changed(url, { iss }));
    expectError(response, "server_error");
    expect(requestsTo(fetched, `${shop.provider}/token`)).toBe(0);
    expect(requestsTo(fetched, "https://evil.example")).toBe(0);
    expect((await person.request(url)).status).toBe(400);
  });

  it("is checked on errors, too", async () => {
    const { person, url } = await returning();
    const forged = changed(url, { code: null, error: "access_denied", iss: "https://evil.example" });
    expectError(await person.request(forged), "server_error");
  });
});

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
    expectError(response, "access_denied");
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
    const { person, url, asked } = await returning();
    const answer = changed(url, { code: null, error, error_description: hostile, error_uri: "javascript:alert(1)" });
    const location = expectError(await person.request(answer), told);
    expect(location.searchParams.get("error_description")).toMatch(/^[\x20-\x7e]+$/);
    expect(location.href).not.toMatch(/%3C|alert/i);
    expect(location.searchParams.get("error_description")).toContain(asked.attempt);
  });

  it("an answer without code and without error is one", async () => {
    const { person, url } = await returning();
    expectError(await person.request(changed(url, { code: null })), "server_error");
  });

  it("a made-up code, or the code of another sign-in, brings nobody in", async () => {
    const mine = await returning();
    const theirs = await returning(client, new Visitor("user2"));
    const code = theirs.url.searchParams.get("code");
    expectError(await mine.person.request(changed(mine.url, { code })), "server_error");
    const { person, url } = await returning();
    expectError(await person.request(changed(url, { code: "made-up" })), "server_error");
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
