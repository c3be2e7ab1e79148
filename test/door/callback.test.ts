// The way back from the provider: whose answer it is, in which browser, for which profile and from which issuer.
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ask, expectOnlyText, expectPage, hostile, locationOf, press, Visitor } from "./consent-form.ts";
import { Client, openShop, origin, type Shop } from "./journey.ts";
import { eventually, logs } from "./log-visit.ts";
import { changed, expectError, requestsTo, returning } from "./returning.ts";

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

describe("a sign-in that succeeds", () => {
  it("P-54 sends the client exactly code, state and iss, by 303, and leaves no cookie of the departure", async () => {
    const { person, url } = await returning(client);
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

  it("group 29: writes down every step and none of its secrets", async () => {
    const log = vi.spyOn(console, "log");
    const error = vi.spyOn(console, "error");
    const { person, url, asked } = await returning(client);
    const cookies = person.jar.header(url);
    await person.request(changed(url, { state: `${url.searchParams.get("state")}x` }));
    const code = locationOf(await person.request(url)).searchParams.get("code") ?? "";
    const failing = await returning(client);
    await failing.person.request(changed(failing.url, { code: "made-up-code" }));
    const kept = await eventually(
      () => logs(client.shop, { pageSize: "200" }),
      ({ items }) => items.some(({ event }) => event === "code") && items.some(({ outcome }) => outcome !== "ok"),
    );
    const written = [...log.mock.calls, ...error.mock.calls].flat().concat(JSON.stringify(kept)).join("\n");
    for (const step of ["authorize", "consent", "departure", "return", "identity", "code"]) {
      expect(written).toContain(`"event":"${step}"`);
    }
    expect(written).toContain(asked.attempt);
    const fromProvider = ["state", "code"].map((name) => url.searchParams.get(name));
    const ofBrowser = cookies.split("; ").flatMap((pair) => pair.split("=").slice(1));
    const secrets = [code, asked.ticket, asked.fields.form_token, client.verifier, "made-up-code", "a/b+c=."];
    for (const secret of [...secrets, ...fromProvider, ...ofBrowser]) {
      expect(secret).toBeTruthy();
      expect(written).not.toContain(secret);
    }
  });

  it("group 5: its answer counts once, and repeating it takes nothing away", async () => {
    const { person, url, asked } = await returning(client);
    const cookie = person.jar.header(url);
    const first = locationOf(await person.request(url));
    for (const headers of [{}, { cookie }]) {
      const html = await expectPage(await person.request(url, { headers }), 400, "attempt_finished");
      expect(html).toContain(asked.attempt);
    }
    expect((await client.redeem(first.searchParams.get("code") ?? "")).status).toBe(200);
  });

  it("group 5: two requests with the same answer at once yield one code", async () => {
    const { person, url } = await returning(client);
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
    const { person, url } = await returning(client);
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
    const { person, url } = await returning(client);
    expectOnlyText(await expectPage(await person.request(changed(url, parameters)), 400, reason));
    expect(locationOf(await person.request(url)).searchParams.has("code")).toBe(true);
  });

  it("with a wrong secret, or with the secret of another attempt, is refused", async () => {
    const { person, url } = await returning(client);
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
    const { person, url } = await returning(client);
    const twice = new URL(url);
    twice.searchParams.append("state", url.searchParams.get("state") ?? "");
    await expectPage(await person.request(twice), 400, "duplicate_parameter");
  });

  it("the ticket of an attempt is not its state", async () => {
    const { person, url, asked } = await returning(client);
    await expectPage(await person.request(changed(url, { state: asked.ticket })), 400, "state_unknown");
  });

  it("of an attempt that nobody approved does not exist", async () => {
    const { ticket } = await ask(new Visitor(), await client.authorizeUrl());
    const forged = `${origin}/callback/${shop.gatewayId}?code=x&state=${ticket}`;
    await expectPage(await new Visitor().request(forged), 400, "state_unknown");
  });

  it("P-58 is good for ten minutes after the departure", async () => {
    const { person, url, asked } = await returning(client);
    const cookie = person.jar.header(url);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 601_000);
    const html = await expectPage(await person.request(url, { headers: { cookie } }), 400, "attempt_expired");
    expect(html).toContain(asked.attempt);
  });

  it("P-80 group 30: of profile Y at the callback of profile X is refused and not used up", async () => {
    const neighbour = await openShop();
    const { person, url } = await returning(client);
    for (const gatewayId of [neighbour.gatewayId, "gw_unknown"]) {
      const elsewhere = new URL(url.href.replace(shop.gatewayId, gatewayId));
      await expectPage(await person.request(elsewhere), 400, "state_unknown");
    }
    expect(locationOf(await person.request(url)).searchParams.has("code")).toBe(true);
  });

  it.each(["POST", "PUT", "HEAD"])("does not come by %s", async (method) => {
    const { person, url } = await returning(client);
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
    const { person, url } = await returning(client);
    const fetched = vi.spyOn(globalThis, "fetch");
    const iss = issuer === "slash" ? `${shop.provider}/` : issuer;
    const response = await person.request(changed(url, { iss }));
    expectError(response, "server_error", client);
    expect(requestsTo(fetched, `${shop.provider}/token`)).toBe(0);
    expect(requestsTo(fetched, "https://evil.example")).toBe(0);
    expect((await person.request(url)).status).toBe(400);
  });

  it("is checked on errors, too", async () => {
    const { person, url } = await returning(client);
    const forged = changed(url, { code: null, error: "access_denied", iss: "https://evil.example" });
    expectError(await person.request(forged), "server_error", client);
  });
});
