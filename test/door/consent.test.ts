// The question before the provider: who is asked, in which browser, how often, and what a form may claim.
import { evictAllDurableObjects, listDurableObjectIds, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Asked,
  ask,
  expectOnlyText,
  expectPage,
  expectPageHeaders,
  hostile,
  leadsTo,
  locationOf,
  press,
  Visitor,
} from "./consent-form.ts";
import { Client, errorOf, openShop, origin, type Shop, type Tokens } from "./journey.ts";
import { knock } from "./knock.ts";

let shop: Shop;
let client: Client;

beforeAll(async () => {
  shop = await openShop();
  client = await new Client(shop).register();
});

afterEach(() => {
  vi.useRealTimers();
});

const start = 1_900_000_000_000;

/** From here the clock stands still until it is set. */
function freeze(): void {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(start);
}

const later = (seconds: number) => vi.setSystemTime(start + seconds * 1000);

describe("the page", () => {
  it("P-56 says which app, where the answer goes, which server, what it may do and which attempt this is", async () => {
    const { html, attempt } = await ask(new Visitor(), await client.authorizeUrl());
    expect(html).toContain("Test client");
    expect(html).toContain("nobody has checked it");
    expect(html).toContain("A program on this computer");
    expect(html).toContain(client.redirectUri);
    expect(html).toContain("Support API");
    expect(html).toContain("Read tickets");
    expect(html).not.toContain("tickets.write");
    expect(html).toContain("you sign in");
    expect(attempt).toMatch(/^grt_[\w-]{43}$/);
  });

  it("P-42 names the host of a web app, and warns to trust it", async () => {
    const web = await new Client(shop, "https://client.example/callback").register();
    const { html } = await ask(new Visitor(), await web.authorizeUrl());
    expect(html).toContain("<dd>client.example");
    expect(html).toContain("know and trust client.example");
  });

  it("is a whole document: language, title, one heading, a landmark, buttons with words and no script", async () => {
    const { html } = await ask(new Visitor(), await client.authorizeUrl());
    expect(html).toMatch(/^<!doctype html><html lang="en">/);
    expect(html).toContain("<title>Allow Test client?</title>");
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html).toContain("<main>");
    expect(html).toMatch(/<button[^>]*value="deny"[^>]*>\s*Deny/);
    expect(html).toMatch(/<button[^>]*value="allow"[^>]*>\s*Allow/);
    expect(html).not.toMatch(/<script/i);
  });

  it("P-56 P-61 P-62 group 6: framed by nobody, kept by no cache, read by no other origin", async () => {
    const person = new Visitor();
    const opened = await person.request(await client.authorizeUrl(), { headers: { origin: "https://evil.example" } });
    const page = await person.request(locationOf(opened), { headers: { origin: "https://evil.example" } });
    expect(page.status).toBe(200);
    expectPageHeaders(page);
    for (const response of [opened, page]) {
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  it("P-58 group 5: nothing of the departure exists in the browser before the person agreed", async () => {
    const person = new Visitor();
    const opened = await person.request(await client.authorizeUrl());
    expect(opened.headers.getSetCookie()).toEqual([]);
    const page = await person.request(locationOf(opened));
    expect(page.headers.getSetCookie()).toHaveLength(1);
    expect(page.headers.getSetCookie()[0]).toMatch(
      /^mcpstack_browser=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
  });

  it("P-57 on https every cookie is __Host-, Secure, HttpOnly and Lax", async () => {
    const secure = "https://gateway.example.com";
    const { ALLOW_PRIVATE_NETWORK: _, ...rest } = env;
    const bindings = { ...rest, PUBLIC_ORIGIN: secure };
    const url = new URL(await client.authorizeUrl({ resource: null }));
    const opened = await knock(bindings, `${secure}${url.pathname}${url.search}`);
    const page = await knock(bindings, locationOf(opened));
    expect(page.status).toBe(200);
    expect(page.headers.getSetCookie()).toHaveLength(1);
    expect(page.headers.getSetCookie()[0]).toMatch(
      /^__Host-mcpstack_browser=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it("P-57 the cookies of an Allow are HttpOnly and Lax, too", async () => {
    const person = new Visitor();
    const left = await press(person, await ask(person, await client.authorizeUrl()));
    const cookies = left.headers.getSetCookie();
    expect(cookies.map((value) => /^mcpstack_([a-z]+)/.exec(value)?.[1]).sort()).toEqual(["consents", "departure"]);
    for (const value of cookies) expect(value).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
  });

  it("may be loaded again and again, and still be answered", async () => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    for (let time = 0; time < 3; time++) {
      const again = await person.request(`${origin}/consent?ticket=${asked.ticket}`);
      expect(again.status).toBe(200);
    }
    expect(locationOf(await press(person, asked)).origin).toBe(shop.provider);
  });

  it("CVE-2026-1721 CVE-2025-62800 group 6: a hostile name, server and scope are text", async () => {
    const other = await openShop({ server: { name: hostile, scopes: ["<img/src=x>:read"] } });
    const mallory = await new Client(other).register({ client_name: hostile, logo_uri: "https://evil.example/x.png" });
    const { html } = await ask(new Visitor(), await mallory.authorizeUrl({ state: hostile, scope: null }));
    expectOnlyText(html);
    expect(html).toContain("&lt;script&gt;");
    expect(html).toContain("&lt;img/src=x&gt;:read");
    expect(html).not.toContain("evil.example/x.png");
  });
});

describe("the form", () => {
  const form = "application/x-www-form-urlencoded";
  const forgeries: [string, Parameters<typeof press>[3]][] = [
    ["without its token", { fields: { form_token: null } }],
    ["with an empty token", { fields: { form_token: "" } }],
    ["with a made-up token", { fields: { form_token: "A".repeat(43) } }],
    ["from another site", { headers: { origin: "https://evil.example" } }],
    ["from another site, as the browser says", { headers: { "sec-fetch-site": "cross-site" } }],
    ["from a neighbour", { headers: { origin: "null", "sec-fetch-site": "same-site" } }],
  ];

  it.each(forgeries)("P-59 group 3: sent %s is refused, and nothing is lost", async (_, forgery) => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    const html = await expectPage(await press(person, asked, "allow", forgery), 403, "form_forged");
    expect(html).toContain(asked.attempt);
    expect(locationOf(await press(person, asked)).origin).toBe(shop.provider);
  });

  it("P-59 the token of one attempt does not fit another of the same browser", async () => {
    const person = new Visitor();
    const one = await ask(person, await client.authorizeUrl());
    const other = await ask(person, await client.authorizeUrl());
    const forged = await press(person, one, "allow", { fields: { form_token: other.fields.form_token ?? "" } });
    await expectPage(forged, 403, "form_forged");
  });

  it("P-62 goes through as browsers send it from a page without referrer: Origin null, same-origin", async () => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    const left = await press(person, asked, "allow", { headers: { origin: "null", "sec-fetch-site": "same-origin" } });
    expect(locationOf(left).origin).toBe(shop.provider);
  });

  it("CVE-2026-27124 group 3: a page that one browser saw cannot be answered by another", async () => {
    const attacker = new Visitor();
    const victim = new Visitor();
    const asked = await ask(attacker, await client.authorizeUrl());
    await expectPage(await press(victim, asked), 403, "browser_mismatch");
    await ask(victim, await client.authorizeUrl());
    await expectPage(await press(victim, asked), 403, "form_forged");
  });

  it("CVE-2026-27124 once one browser agreed, another that holds the same ticket is refused", async () => {
    const attacker = new Visitor();
    const victim = new Visitor();
    const asked = await ask(attacker, await client.authorizeUrl());
    const page = await victim.request(`${origin}/consent?ticket=${asked.ticket}`);
    const token = /name="form_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
    await press(attacker, asked);
    const late = await press(victim, { fields: { ticket: asked.ticket, form_token: token } });
    await expectPage(late, 403, "browser_mismatch");
  });

  it.each([
    ["no decision", { decision: null }, "malformed_request", 400],
    ["another decision", { decision: "maybe" }, "malformed_request", 400],
    ["no ticket", { ticket: null }, "attempt_unknown", 400],
    ["a made-up ticket", { ticket: `${"A".repeat(43)}.${"B".repeat(43)}` }, "form_forged", 403],
  ])("with %s is refused", async (_, fields, reason, status) => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    await expectPage(await press(person, asked, "allow", { fields }), status, reason);
  });

  it.each(["PUT", "DELETE", "HEAD"])("does not answer %s", async (method) => {
    const response = await new Visitor().request(`${origin}/consent`, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
  });

  it.each([
    ["as JSON", JSON.stringify({ decision: "allow" }), "application/json", 400, "unsupported_media_type"],
    ["with 2 MB", `ticket=${"x".repeat(2_000_000)}`, form, 413, "request_too_large"],
    ["with a NUL", "ticket=a%00b", form, 400, "malformed_request"],
  ])("sent %s is refused", async (_, body, type, status, reason) => {
    const response = await new Visitor().request(`${origin}/consent`, {
      method: "POST",
      body,
      headers: { "content-type": type },
    });
    await expectPage(response, status, reason);
  });

  it("P-61 Allow leaves by 303 for the provider, with PKCE and a state of the gateway's own", async () => {
    const person = new Visitor();
    const left = await press(person, await ask(person, await client.authorizeUrl()));
    expect(left.status).toBe(303);
    expect(left.headers.get("cache-control")).toBe("no-store");
    expect(left.headers.get("referrer-policy")).toBe("no-referrer");
    const { searchParams } = locationOf(left);
    expect(searchParams.get("redirect_uri")).toBe(`${origin}/callback/${shop.gatewayId}`);
    expect(searchParams.get("code_challenge_method")).toBe("S256");
    expect(searchParams.get("state")).not.toContain("state-of-the-client");
  });
});

describe("the answer", () => {
  it("P-54 P-86 Deny goes back with access_denied, state and iss, and is final", async () => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl({ state: "a/b+c=" }));
    const denied = await press(person, asked, "deny");
    expect(denied.status).toBe(303);
    const location = locationOf(denied);
    expect(location.href.startsWith(`${client.redirectUri}?`)).toBe(true);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      error: "access_denied",
      state: "a/b+c=",
      iss: shop.issuer,
    });
    expect(location.searchParams.has("code")).toBe(false);
    expect(denied.headers.getSetCookie()).toEqual([]);
    expect((await press(person, asked)).status).toBe(403);
    expect(await leadsTo(person, await client.authorizeUrl(), shop.provider)).toBe("question");
  });

  it("P-60 a person who says Deny to a web app is sent back to it", async () => {
    const web = await new Client(shop, "https://client.example/callback").register();
    const person = new Visitor();
    const denied = await press(person, await ask(person, await web.authorizeUrl()), "deny");
    expect(locationOf(denied).href).toMatch(/^https:\/\/client\.example\/callback\?error=access_denied&/);
  });

  it("two clicks on Allow at the same moment leave with the same redirect and cookie", async () => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    const answers = await Promise.all(Array.from({ length: 5 }, () => press(person, asked)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303, 303]);
    expect(new Set(answers.map((answer) => answer.headers.get("location"))).size).toBe(1);
    const departures = answers.map((answer) =>
      answer.headers.getSetCookie().find((value) => value.startsWith("mcpstack_departure")),
    );
    expect(new Set(departures).size).toBe(1);
  });

  it("a second click within a minute repeats the redirect; after it the form is refused", async () => {
    freeze();
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    const first = await press(person, asked);
    later(59);
    const second = await press(person, asked);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    later(62);
    const html = await expectPage(await press(person, asked), 403, "attempt_finished");
    expect(html).toContain(asked.attempt);
  });

  it("an approved attempt is asked for no second time", async () => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    await press(person, asked);
    const page = await person.request(`${origin}/consent?ticket=${asked.ticket}`);
    await expectPage(page, 400, "attempt_finished");
    await expectPage(await press(person, asked, "deny"), 403, "attempt_finished");
  });

  it("P-58 group 5: after ten minutes the page and the form are refused with that reason", async () => {
    freeze();
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    later(599);
    expect((await person.request(`${origin}/consent?ticket=${asked.ticket}`)).status).toBe(200);
    later(600);
    const page = await expectPage(
      await person.request(`${origin}/consent?ticket=${asked.ticket}`),
      400,
      "attempt_expired",
    );
    expect(page).toContain(asked.attempt);
    await expectPage(await press(person, asked), 403, "attempt_expired");
    await expectPage(await press(person, asked, "deny"), 403, "attempt_expired");
  });

  it("the alarm of an unfinished attempt leaves nothing of it", async () => {
    freeze();
    const known = new Set((await listDurableObjectIds(env.GRANTS)).map(String));
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    const [id] = (await listDurableObjectIds(env.GRANTS)).filter((candidate) => !known.has(String(candidate)));
    if (!id) throw new Error("no object was made");
    later(601);
    expect(await runDurableObjectAlarm(env.GRANTS.get(id))).toBe(true);
    expect(await runDurableObjectAlarm(env.GRANTS.get(id))).toBe(false);
    await expectPage(await press(person, asked), 403, "attempt_unknown");
  });

  it("a ticket with a wrong secret, of no object, or garbage is as unknown as any", async () => {
    const person = new Visitor();
    const { ticket } = await ask(person, await client.authorizeUrl());
    const [id = ""] = ticket.split(".");
    const before = (await listDurableObjectIds(env.GRANTS)).length;
    for (const forged of [`${id}.${"x".repeat(43)}`, `${"A".repeat(43)}.x`, "x", "..", hostile, `${id}.`]) {
      const page = await person.request(`${origin}/consent?ticket=${encodeURIComponent(forged)}`);
      expectOnlyText(await expectPage(page, 400, "attempt_unknown"));
    }
    expect((await listDurableObjectIds(env.GRANTS)).length).toBe(before);
  });

  it("the object evicted between every two steps loses nothing", async () => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    await evictAllDurableObjects();
    expect((await person.request(`${origin}/consent?ticket=${asked.ticket}`)).status).toBe(200);
    await evictAllDurableObjects();
    const first = await press(person, asked);
    await evictAllDurableObjects();
    const second = await press(person, asked);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    await evictAllDurableObjects();
    const { final } = await person.walk(locationOf(second), { until: `${origin}/callback/` });
    await evictAllDurableObjects();
    const back = locationOf(await person.request(final));
    await evictAllDurableObjects();
    const redeemed = await client.redeem(back.searchParams.get("code") ?? "");
    expect(redeemed.status).toBe(200);
    const { refresh_token }: Tokens = await redeemed.json();
    await evictAllDurableObjects();
    expect((await client.refresh(refresh_token)).status).toBe(200);
  });
});

describe("remembered consent", () => {
  async function agreed(person: Visitor, overrides: Record<string, string | null> = {}): Promise<Asked> {
    const asked = await ask(person, await client.authorizeUrl(overrides));
    expect((await press(person, asked)).status).toBe(303);
    return asked;
  }

  it("the same client, redirect, server and scopes are not asked again, whatever the loopback port", async () => {
    const person = new Visitor();
    await agreed(person);
    expect(await leadsTo(person, await client.authorizeUrl({ state: "another" }), shop.provider)).toBe("provider");
    const otherPort = client.redirectUri.replace("33418", "50999");
    expect(await leadsTo(person, await client.authorizeUrl({ redirect_uri: otherPort }), shop.provider)).toBe(
      "provider",
    );
    const { final } = await person.walk(await client.authorizeUrl());
    expect(final.searchParams.get("code")).toMatch(/^mcpstack_ac_/);
  });

  it("GHSA-c2jp-c369-7pvx CVE-2026-101062 CVE-2026-101063 group 1: a new client is asked before the provider is", async () => {
    const person = new Visitor();
    await client.signIn(person);
    const mallory = await new Client(shop, "https://evil.example/callback").register({ client_name: "Test client" });
    expect(await leadsTo(person, await mallory.authorizeUrl(), shop.provider)).toBe("question");
    const same = await new Client(shop).register({ client_name: "Test client " });
    expect(same.clientId).toBe(client.clientId);
    const named = await new Client(shop).register({ client_name: "Another client" });
    expect(await leadsTo(person, await named.authorizeUrl(), shop.provider)).toBe("question");
  });

  it("group 2: another redirect URI, a superset of scopes or another server is asked again", async () => {
    const uris = [client.redirectUri, "http://127.0.0.1:33418/client/other", "http://localhost:33418/client/callback"];
    const many = await new Client(shop).register({ redirect_uris: uris });
    const person = new Visitor();
    expect((await press(person, await ask(person, await many.authorizeUrl()))).status).toBe(303);
    expect(await leadsTo(person, await many.authorizeUrl(), shop.provider)).toBe("provider");
    for (const overrides of [
      { redirect_uri: uris[1] ?? "" },
      { redirect_uri: uris[2] ?? "" },
      { scope: "tickets.read tickets.write" },
      { scope: "tickets.write" },
    ]) {
      expect(await leadsTo(person, await many.authorizeUrl(overrides), shop.provider)).toBe("question");
    }
    const neighbour = await openShop();
    const there = await new Client(neighbour).register({ redirect_uris: uris });
    expect(await leadsTo(person, await there.authorizeUrl(), neighbour.provider)).toBe("question");
  });

  it("group 7: another browser, and a browser that brings somebody else's cookie, are asked", async () => {
    const person = new Visitor();
    const asked = await ask(person, await client.authorizeUrl());
    const cookies = (await press(person, asked)).headers.getSetCookie();
    const consents = cookies.find((value) => value.startsWith("mcpstack_consents"))?.split(";")[0] ?? "";
    const stranger = new Visitor();
    expect(await leadsTo(stranger, await client.authorizeUrl(), shop.provider)).toBe("question");
    await ask(stranger, await client.authorizeUrl());
    const own = stranger.jar.header(new URL(origin));
    const borrowed = await stranger.request(await client.authorizeUrl(), {
      headers: { cookie: `${own}; ${consents}` },
    });
    expect(locationOf(borrowed).pathname).toBe("/consent");
  });

  it("group 7: a forged or edited cookie, or one of tenant X at tenant Y, is asked", async () => {
    const person = new Visitor();
    await agreed(person);
    const [browser = "", consents = ""] = ["browser", "consents"].map(
      (name) => new RegExp(`mcpstack_${name}=([^;]+)`).exec(person.jar.header(new URL(origin)))?.[1] ?? "",
    );
    const url = await client.authorizeUrl({ scope: "tickets.read tickets.write" });
    const wanted = await ask(new Visitor(), url);
    const [list = "", mac = ""] = consents.split("*");
    const digest = list.split(".")[0] ?? "";
    const until = Number(list.split(".")[1]);
    const request = (cookie: string, target: URL) => new Visitor().request(target, { headers: { cookie } });
    const genuine = await request(
      `mcpstack_browser=${browser}; mcpstack_consents=${consents}`,
      await client.authorizeUrl(),
    );
    expect(locationOf(genuine).origin).toBe(shop.provider);
    for (const edited of [
      `${digest}.${until + 1}*${mac}`,
      `${list}~${"A".repeat(43)}.${until}*${mac}`,
      `${list}*`,
      list,
      `${list}*${"A".repeat(43)}`,
      `*${mac}`,
      "*",
    ]) {
      const cookie = `mcpstack_browser=${browser}; mcpstack_consents=${edited}`;
      expect(locationOf(await request(cookie, await client.authorizeUrl())).pathname, edited).toBe("/consent");
    }
    expect(wanted.html).toContain("Create and change tickets");

    const tenantY = await openShop();
    const there = await new Client(tenantY).register();
    const cookie = `mcpstack_browser=${browser}; mcpstack_consents=${consents}`;
    expect(locationOf(await request(cookie, await there.authorizeUrl())).pathname).toBe("/consent");
  });

  it("is forgotten after 30 days", async () => {
    freeze();
    const person = new Visitor();
    await agreed(person);
    const cookie = person.jar.header(new URL(origin));
    later(30 * 86_400 - 1);
    const before = await new Visitor().request(await client.authorizeUrl(), { headers: { cookie } });
    expect(locationOf(before).origin).toBe(shop.provider);
    later(30 * 86_400);
    const after = await new Visitor().request(await client.authorizeUrl(), { headers: { cookie } });
    expect(locationOf(after).pathname).toBe("/consent");
  });

  it("prompt=consent asks again, and prompt=none asks who was never asked", async () => {
    const person = new Visitor();
    expect(await leadsTo(person, await client.authorizeUrl({ prompt: "none" }), shop.provider)).toBe("question");
    await agreed(person);
    expect(await leadsTo(person, await client.authorizeUrl({ prompt: "consent" }), shop.provider)).toBe("question");
    expect(await leadsTo(person, await client.authorizeUrl({ prompt: "login consent" }), shop.provider)).toBe(
      "question",
    );
  });

  it("a program that asks for JSON is told the reason of a refusal", async () => {
    const response = await new Visitor().request(`${origin}/consent?ticket=x`, {
      headers: { accept: "application/json" },
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await errorOf(response)).toMatchObject({ error: "invalid_request", reason: "attempt_unknown" });
  });
});
