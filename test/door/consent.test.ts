// The question before the provider: what its page shows and leaves in the browser, and which form is believed.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  ask,
  expectOnlyText,
  expectPage,
  expectPageHeaders,
  hostile,
  locationOf,
  press,
  Visitor,
} from "./consent-form.ts";
import { Client, errorOf, openShop, origin, type Shop } from "./journey.ts";
import { knock } from "./knock.ts";

let shop: Shop;
let client: Client;

beforeAll(async () => {
  shop = await openShop();
  client = await new Client(shop).register();
});

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

  it("a program that asks for JSON is told the reason of a refusal", async () => {
    const response = await new Visitor().request(`${origin}/consent?ticket=x`, {
      headers: { accept: "application/json" },
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await errorOf(response)).toMatchObject({ error: "invalid_request", reason: "attempt_unknown" });
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
