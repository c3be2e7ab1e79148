// The account page: a person signs in as in their apps, sees which may act for them, and stops one or all.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { grantIdOf } from "../../src/contract/ids.ts";
import { account, fieldsOf, goIn, goingIn, open, post, revoke, textOf } from "./account-visit.ts";
import { expectOnlyText, expectPage, expectPageHeaders, hostile, locationOf, Visitor } from "./consent-form.ts";
import { asked, expectAlive, expectDead, objectOf, operator, ownShop, passTime, rowsOf } from "./grant-visit.ts";
import { api, Client, openShop, origin, type Shop, type Tokens } from "./journey.ts";

async function connect(shop: Shop, person: Visitor, name = "Ticket Pilot") {
  const client = await new Client(shop).register({ client_name: name });
  const tokens = await client.signIn(person);
  return { shop, client, tokens, grantId: grantIdOf(tokens.refresh_token) };
}

/** A second server of the same organization, behind the same profile. */
async function secondServer(shop: Shop, more: Record<string, unknown> = {}): Promise<Shop> {
  const slug = `${shop.slug}-two`;
  const base = `/organizations/${shop.organizationId}/mcp-servers`;
  const fields = { name: "Billing API", slug, runtimeUrl: "http://127.0.0.1:9/mcp", scopes: ["tickets.read"], ...more };
  const { id } = await api("POST", base, shop.token, fields);
  if (!more.authentication) await api("PUT", `${base}/${id}/gateway`, shop.token, { gatewayId: shop.gatewayId });
  const issuer = `${origin}/s/${slug}`;
  return { ...shop, serverId: id ?? "", slug, issuer, resource: `${issuer}/mcp`, endpoints: issuer };
}

async function auditOf(shop: Shop) {
  const path = `/organizations/${shop.organizationId}/audit`;
  const { items } = await api<{ items: { actor: string; action: string; target: string }[] }>("GET", path, shop.token);
  return items;
}

const usersOf = async (shop: Shop) =>
  (
    await api<{ items: { id: string; email: string }[] }>(
      "GET",
      `/organizations/${shop.organizationId}/users`,
      shop.token,
    )
  ).items;

afterEach(() => {
  vi.useRealTimers();
});

describe("signing in", () => {
  it("without a session the page asks for a server and says nothing else", async () => {
    const { response, html, text } = await open(new Visitor());
    expect(response.status).toBe(200);
    expect(text).toMatch(/^Your connected apps See which apps may act for you/);
    expect(html).toMatch(/<form method="get" action="\/account"/);
    expectPageHeaders(response);
    expectOnlyText(html);
  });

  it("asks the provider who somebody is: no tool scope, no lasting access, and no question of the gateway's own", async () => {
    const shop = await openShop({ gateway: { scopes: ["openid", "profile", "email", "offline_access"] } });
    const person = new Visitor();
    const { final: asks } = await person.walk(`${account}?server=${shop.slug}`, { until: shop.provider });
    expect(asks.origin).toBe(shop.provider);
    expect(asks.searchParams.get("scope")).toBe("openid profile email");
    expect(asks.searchParams.has("prompt")).toBe(false);
    expect(asks.searchParams.get("redirect_uri")).toBe(`${origin}/callback/${shop.gatewayId}`);
    expect(person.steps.map(({ url }) => new URL(url).pathname)).toEqual(["/account", `/s/${shop.slug}/authorize`]);
  });

  it("leaves no grant behind: not in the index, not in its object, and the provider is not told to end anything", async () => {
    const shop = await openShop();
    const { person, url } = await goingIn(shop);
    const attempt = grantIdOf(url.searchParams.get("code") ?? "");
    const kept = await runInDurableObject(objectOf(attempt), (_, state) =>
      JSON.stringify(state.storage.kv.get("grant")),
    );
    expect(kept).toContain('"state":"identified"');
    expect((await person.request(url)).status).toBe(200);
    expect(await rowsOf(attempt)).toBe(0);
    await vi.waitFor(async () => {
      const left = await runInDurableObject(objectOf(attempt), (_, state) => state.storage.kv.get("grant"));
      expect((left as { authorization?: unknown } | undefined)?.authorization ?? null).toBeNull();
    });
    expect(await usersOf(shop)).toMatchObject([{ email: "user1@example.com" }]);
  });

  it("does not disturb the apps that came through the same sign-in at the provider", async () => {
    const shop = await ownShop("elsewhere");
    const person = new Visitor();
    const app = await connect(shop, person);
    expect(await asked(shop, "revocation", () => goIn(shop, person))).toBe(0);
    await expectAlive(app, app.tokens);
  });

  it("keeps somebody signed in for half an hour and no longer, whatever the browser keeps", async () => {
    const shop = await openShop();
    passTime(0);
    const person = await goIn(shop);
    const cookie = person.jar.header(new URL(account));
    const shown = async () => textOf(await (await person.request(account, { headers: { cookie } })).text());
    passTime(1799);
    expect(await shown()).toContain("Signed in as user1@example.com");
    passTime(1);
    expect(await shown()).not.toContain("Signed in as");
  });

  it("signs out by a form of its own, and says that the provider's sign-in may be open", async () => {
    const person = await goIn(await openShop());
    const answer = await post(person, "/sign-out", fieldsOf((await open(person)).html));
    expect(textOf(await answer.text())).toContain("You are signed out here");
    expect((await open(person)).text).not.toContain("Signed in as");
  });

  it("a person who refuses at the provider is told so, and can begin again", async () => {
    const shop = await openShop();
    const person = new Visitor();
    const { final } = await person.walk(`${account}?server=${shop.slug}`, { until: shop.provider });
    const answer = new URL(`${origin}/callback/${shop.gatewayId}`);
    const state = final.searchParams.get("state") ?? "";
    answer.search = `${new URLSearchParams({ error: "access_denied", state, iss: shop.provider })}`;
    const response = await person.request(locationOf(await person.request(answer)));
    const html = await response.text();
    expect(textOf(html)).toContain("You could not be signed in to your account.");
    expect(html).toContain('href="/account"');
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^mcpstack_account_[^=]+=; .*Max-Age=0/)]);
  });
});

describe("the list", () => {
  it("says which app may do what, where, since when and when it was last used", async () => {
    const shop = await openShop();
    const person = new Visitor();
    await connect(shop, person);
    await connect(await secondServer(shop), person, "Invoice Clerk");
    const { text, html, response } = await open(await goIn(shop, person));
    const today = new Date().toLocaleDateString("en-GB", {
      day: "numeric",
      month: "long",
      year: "numeric",
      timeZone: "UTC",
    });
    expect(text).toContain(
      `Ticket Pilot at Support API ${shop.resource} Read tickets tickets.read Since ${today} , last used ${today}`,
    );
    expect(text).toContain("Invoice Clerk at Billing API");
    expect(html.match(/>Revoke</g)).toHaveLength(2);
    expectPageHeaders(response);
  });

  it("is empty for somebody who connected nothing, and says what would appear", async () => {
    const { text, html } = await open(await goIn(await openShop()));
    expect(text).toContain("No app may act for you here");
    expect(html).not.toContain("Revoke all");
  });

  it("shows an app's name as text, whatever it is", async () => {
    const shop = await openShop();
    const person = new Visitor();
    const { grantId } = await connect(shop, person, hostile);
    const pages = [await open(await goIn(shop, person)), await open(person, `/revoke?grant=${grantId}`)];
    for (const { html } of pages) {
      expectOnlyText(html);
      expect(html).toContain("&lt;script&gt;");
    }
  });

  it("leaves out what is over, also before it is cleared away", async () => {
    const shop = await openShop();
    const person = new Visitor();
    const { grantId } = await connect(shop, person);
    await env.DB.prepare("UPDATE grants SET expires_at = 1 WHERE id = ?").bind(grantId).run();
    expect((await open(await goIn(shop, person))).text).toContain("No app may act for you here");
    expect((await open(person, `/revoke?grant=${grantId}`)).response.status).toBe(404);
  });
});

describe("revoking", () => {
  it("asks first, then ends the grant everywhere, tells the provider, and the audit names the person", async () => {
    const shop = await ownShop("revocation");
    const person = new Visitor();
    const app = await connect(shop, person);
    // Signed in apart: a provider may end everything of one sign-in with one of its tokens.
    const other = await connect(shop, new Visitor(), "Other app");
    await goIn(shop, person);
    const question = await open(person, `/revoke?grant=${app.grantId}`);
    expect(question.text).toContain("Revoke “ Ticket Pilot ” at Support API ?");
    await expectAlive(app, app.tokens).then((tokens: Tokens) => Object.assign(app, { tokens }));

    const told = await asked(shop, "revocation", async () => {
      const answer = await revoke(person, app.grantId);
      expect([answer.status, textOf(await answer.text())]).toEqual([200, expect.stringContaining("may no longer act")]);
    });
    expect(told).toBeGreaterThan(0);
    await expectDead(app, app.tokens);
    expect(await rowsOf(app.grantId)).toBe(0);
    expect(await rowsOf(other.grantId)).toBe(1);
    await expectAlive(other, other.tokens);
    const { text } = await open(person);
    expect(text).not.toContain("Ticket Pilot");
    const [user] = await usersOf(shop);
    const last = { actor: user?.id, action: "account.grant.revoke", target: app.grantId };
    expect((await auditOf(shop))[0]).toMatchObject(last);
  });

  it("of all ends every grant of the person at every server of the organization, and nobody else's", async () => {
    const shop = await openShop();
    const [one, two] = [new Visitor(), new Visitor("user2")];
    const mine = [await connect(shop, one), await connect(await secondServer(shop), one)];
    const theirs = await connect(shop, two);
    await goIn(shop, one);
    const question = await open(one, "/revoke-all");
    expect(question.text).toContain("Revoke all 2 apps?");
    const answer = await post(one, "/revoke-all", fieldsOf(question.html));
    expect(textOf(await answer.text())).toContain("No app may act for you any more");
    for (const app of mine) await expectDead(app, app.tokens);
    await expectAlive(theirs, theirs.tokens);
    expect(await rowsOf(theirs.grantId)).toBe(1);
    const actions = (await auditOf(shop)).filter(({ action }) => action === "account.grants.revoke_all");
    expect(actions).toHaveLength(1);
    expect((await open(one, "/revoke-all")).response.status).toBe(303);
  });

  it("a grant that the operator has ended meanwhile is a 404, and nothing is written twice", async () => {
    const shop = await openShop();
    const person = new Visitor();
    const { grantId } = await connect(shop, person);
    await goIn(shop, person);
    const question = await open(person, `/revoke?grant=${grantId}`);
    await operator(shop, "DELETE", `/gateways/${shop.gatewayId}/grants/${grantId}`);
    await expectPage(await post(person, "/revoke", fieldsOf(question.html)), 404, "account_grant_unknown");
    expect((await auditOf(shop)).map(({ action }) => action)).not.toContain("account.grant.revoke");
  });
});
