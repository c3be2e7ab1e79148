// What a person answers to the question: once, in time, in one browser, and remembered for exactly what was asked.
import { evictAllDurableObjects, listDurableObjectIds, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ask, expectOnlyText, expectPage, hostile, leadsTo, locationOf, press, Visitor } from "./consent-form.ts";
import { api, Client, openShop, origin, type Shop, type Tokens } from "./journey.ts";

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
  async function agreed(person: Visitor, overrides: Record<string, string | null> = {}): Promise<void> {
    const asked = await ask(person, await client.authorizeUrl(overrides));
    expect((await press(person, asked)).status).toBe(303);
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

  it("group 2: another redirect URI or other scopes are asked again", async () => {
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
  });

  it("group 2: another server of the same profile and client is asked again", async () => {
    const known = { clientId: "known", clientName: "Known", redirectUris: [client.redirectUri] };
    const one = await openShop({ gateway: { clientPolicy: { preregistered: [known] } } });
    const base = `/organizations/${one.organizationId}/mcp-servers`;
    const slug = `${one.slug}-b`;
    const { id } = await api("POST", base, one.token, {
      name: "B",
      slug,
      runtimeUrl: "http://127.0.0.1:1/",
      scopes: ["tickets.read"],
    });
    await api("PUT", `${base}/${id}/gateway`, one.token, { gatewayId: one.gatewayId });
    const person = new Visitor();
    const here = Object.assign(new Client(one), { clientId: known.clientId });
    expect((await press(person, await ask(person, await here.authorizeUrl()))).status).toBe(303);
    expect(await leadsTo(person, await here.authorizeUrl(), one.provider)).toBe("provider");
    const other = { ...one, slug, endpoints: `${origin}/s/${slug}`, resource: `${origin}/s/${slug}/mcp` };
    const there = Object.assign(new Client(other), { clientId: known.clientId });
    expect(await leadsTo(person, await there.authorizeUrl(), one.provider)).toBe("question");
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
});
