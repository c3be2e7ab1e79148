// The account page against those who would see, end or borrow what is somebody else's.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { grantIdOf } from "../../src/contract/ids.ts";
import { createSealer } from "../../src/worker/tokens/seal.ts";
import { account, fieldsOf, goIn, goingIn, open, post, textOf } from "./account-visit.ts";
import { expectPage, Visitor } from "./consent-form.ts";
import { expectAlive, expectError, rowsOf } from "./grant-visit.ts";
import { Client, errorOf, openShop, origin, type Person, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";

async function connect(shop: Shop, person: Person) {
  const client = await new Client(shop).register({ client_name: "Ticket Pilot" });
  const tokens = await client.signIn(person);
  return { shop, client, tokens, grantId: grantIdOf(tokens.refresh_token) };
}

const withCookie = (value: string) => fetchAccount({ cookie: `mcpstack_account=${value}` });
const fetchAccount = async (headers: Record<string, string>) =>
  textOf(await (await knockAt("/account", headers)).text());
const knockAt = (path: string, headers: Record<string, string> = {}) =>
  knock(deployment({}), `${origin}${path}`, { headers: { accept: "text/html", ...headers } });

const masterKey = () => Uint8Array.from(atob(env.MASTER_KEY ?? ""), (char) => char.charCodeAt(0));

/** What the browser keeps as its session. */
const sessionOf = (person: Person) => /mcpstack_account=([^;]+)/.exec(person.jar.header(new URL(account)))?.[1] ?? "";

describe("one person never sees or ends what is another's", () => {
  it("two people of one organization each see their own apps only", async () => {
    const shop = await openShop();
    const [one, two] = [new Visitor(), new Visitor("user2")];
    await connect(shop, one);
    await goIn(shop, one);
    await goIn(shop, two);
    expect((await open(one)).text).toContain("Ticket Pilot");
    expect((await open(two)).text).toContain("No app may act for you here");
  });

  it("another person's grant is a 404, in the question and in the form, and it lives on", async () => {
    const shop = await openShop();
    const [one, two] = [new Visitor(), new Visitor("user2")];
    const theirs = await connect(shop, one);
    const mine = await connect(shop, two);
    await goIn(shop, two);
    await expectPage((await open(two, `/revoke?grant=${theirs.grantId}`)).response, 404, "account_grant_unknown");
    const { form_token } = fieldsOf((await open(two, `/revoke?grant=${mine.grantId}`)).html);
    const forged = { form_token: form_token ?? null, grant: theirs.grantId };
    await expectPage(await post(two, "/revoke", forged), 403, "account_form_forged");
    // Even a form that was genuine would find nothing.
    const ours = createSealer([masterKey()]);
    const { id } = JSON.parse(await ours.open("account-session", "session", sessionOf(two)));
    const genuine = await ours.mac("account-form", `${id}\n/account/revoke\n${theirs.grantId}`);
    const asked = { form_token: genuine, grant: theirs.grantId };
    await expectPage(await post(two, "/revoke", asked), 404, "account_grant_unknown");
    await expectAlive(theirs, theirs.tokens);
  });

  it("the same person in another organization is somebody else, and is asked to sign in there", async () => {
    const [x, y] = [await openShop(), await openShop()];
    const person = new Visitor();
    const atY = await connect(y, person);
    await goIn(x, person);
    expect((await open(person)).text).toContain("No app may act for you here");
    const { response } = await open(person, `?server=${y.slug}`);
    expect([response.status, response.headers.get("location")?.split("?")[0]]).toEqual([303, `${y.issuer}/authorize`]);
    await expectPage((await open(person, `/revoke?grant=${atY.grantId}`)).response, 404, "account_grant_unknown");
  });

  it("a server of the same organization and provider needs no second sign-in", async () => {
    const shop = await openShop();
    const person = new Visitor();
    await connect(shop, person);
    await goIn(shop, person);
    expect((await open(person, `?server=${shop.slug}`)).text).toContain("Ticket Pilot");
  });

  it.each(["", "grt_", "grt_unknown-unknown-unknown", "*", "' OR 1=1 --", "org_x", "../grt_x"])(
    "an id that is nobody's is a 404: %j",
    async (grant) => {
      const person = await goIn(await openShop());
      const { response } = await open(person, `/revoke?grant=${encodeURIComponent(grant)}`);
      await expectPage(response, 404, "account_grant_unknown");
    },
  );
});

describe("a session is what this deployment sealed, for this page", () => {
  it("an edited, cut, foreign or borrowed cookie signs nobody in", async () => {
    const shop = await openShop();
    const person = await goIn(shop);
    const session = sessionOf(person);
    expect(await withCookie(session)).toContain("Signed in as");
    const swap = (at: number) => `${session.slice(0, at)}${session[at] === "A" ? "B" : "A"}${session.slice(at + 1)}`;
    const content = { id: "x", organizationId: shop.organizationId, userId: "usr_x", issuer: "https://x.example" };
    const ours = createSealer([masterKey()]);
    const foreign = createSealer([new Uint8Array(32).fill(7)]);
    const plain = JSON.stringify({ ...content, until: 9_999_999_999 });
    const forged = [
      ...[5, 20, 60, session.length - 3].map(swap),
      session.slice(0, -1),
      `${session}A`,
      "v1",
      "v1...",
      btoa(plain).replaceAll("=", ""),
      await foreign.seal("account-session", "session", plain),
      await ours.seal("account-departure", "session", plain),
      await ours.seal("dashboard-session", "session", plain),
      await ours.seal("account-session", "session", JSON.stringify({ ...content, until: 1 })),
      await ours.seal("account-session", "session", JSON.stringify({ ...content, until: 9_999_999_999, admin: true })),
    ];
    for (const value of forged) expect(await withCookie(value), value).not.toContain("Signed in as");
  });

  it("a session whose person the organization no longer has is over", async () => {
    const shop = await openShop();
    const person = await goIn(shop);
    await env.DB.prepare("DELETE FROM app_users WHERE organization_id = ?").bind(shop.organizationId).run();
    expect((await open(person)).text).not.toContain("Signed in as");
    expect(sessionOf(person)).toBe("");
  });

  it("P-57 the cookie is for this host, out of reach of script, and of no use to another site's links", async () => {
    const shop = await openShop();
    const { person, url } = await goingIn(shop);
    const values = (await person.request(url)).headers.getSetCookie();
    expect(values.find((value) => value.startsWith("mcpstack_account="))).toMatch(
      /; Path=\/; Max-Age=1800; HttpOnly; SameSite=Strict$/,
    );
  });
});

describe("a form counts only from our own page, in its own session, for its own grant", () => {
  const foreign = [
    { headers: { origin: "https://evil.example" } },
    { headers: { "sec-fetch-site": "cross-site" } },
    { headers: { "sec-fetch-site": "same-site" } },
    { fields: { form_token: null } },
    { fields: { form_token: "A".repeat(43) } },
  ];

  it.each(["/revoke", "/revoke-all", "/sign-out"])(
    "POST %s is refused from anywhere else, and changes nothing",
    async (path) => {
      const shop = await openShop();
      const [person, other] = [new Visitor(), new Visitor("user2")];
      const app = await connect(shop, person);
      await connect(shop, other);
      await goIn(shop, person);
      await goIn(shop, other);
      const page = path === "/sign-out" ? "" : `${path}?grant=${app.grantId}`;
      const fields = {
        ...fieldsOf((await open(person, page)).html),
        ...(path === "/revoke" && { grant: app.grantId }),
      };
      const theirs = path === "/revoke" ? {} : fieldsOf((await open(other, page)).html);
      const elsewhere = fieldsOf((await open(person, path === "/sign-out" ? "/revoke-all" : "")).html);
      const borrowed = [theirs, elsewhere].map(({ form_token = "" }) => ({ fields: { form_token } }));
      for (const change of [...foreign, ...borrowed]) {
        const changed = { ...fields, ...("fields" in change ? change.fields : {}) };
        const answer = await post(person, path, changed, "headers" in change ? change.headers : {});
        await expectPage(answer, 403, "account_form_forged");
      }
      expect(await rowsOf(app.grantId)).toBe(1);
      expect((await open(person)).text).toContain("Ticket Pilot");
      expect((await post(person, path, fields)).status).toBe(200);
    },
  );

  it("a form that is sent after the session is a page that leads back, and nothing is ended", async () => {
    const shop = await openShop();
    const person = new Visitor();
    const { grantId } = await connect(shop, person);
    await goIn(shop, person);
    const fields = fieldsOf((await open(person, `/revoke?grant=${grantId}`)).html);
    const html = await expectPage(await post(new Visitor(), "/revoke", fields), 403, "account_session_ended");
    expect(html).toContain('href="/account"');
    expect(await rowsOf(grantId)).toBe(1);
  });
});

describe("nobody is signed in as somebody else (login CSRF)", () => {
  it("an attacker's return address signs in no victim, and is worth nothing afterwards", async () => {
    const { person: attacker, url } = await goingIn(await openShop());
    const victim = new Visitor("user2");
    await expectPage(await victim.request(url), 403, "account_sign_in_unknown");
    expect((await open(victim)).text).not.toContain("Signed in as");
    expect((await attacker.request(url)).status).toBe(200);
    // The cookie of the departure is gone with the first use.
    await expectPage(await attacker.request(url), 403, "account_sign_in_unknown");
  });

  it("a return that is sent twenty times at once signs in once", async () => {
    const { person, url } = await goingIn(await openShop());
    const cookie = person.jar.header(url);
    const sent = Array.from({ length: 20 }, () => person.request(url, { headers: { cookie } }));
    const opened = (await Promise.all(sent)).filter((answer) =>
      /mcpstack_account=/.test(`${answer.headers.getSetCookie()}`),
    );
    expect(opened.map(({ status }) => status)).toEqual([200]);
  });

  it("an attacker's answer of the provider is refused in another browser, like everybody's", async () => {
    const shop = await openShop();
    const attacker = new Visitor();
    const { final } = await attacker.walk(`${account}?server=${shop.slug}`, { until: `${origin}/callback/` });
    await expectPage(await new Visitor("user2").request(final), 403, "browser_mismatch");
  });

  it.each([
    ["another state", (url: URL) => url.searchParams.set("state", "x".repeat(43)), 403, "account_sign_in_unknown"],
    ["no state", (url: URL) => url.searchParams.delete("state"), 403, "account_sign_in_unknown"],
    [
      "another issuer",
      (url: URL) => url.searchParams.set("iss", "https://evil.example"),
      400,
      "account_sign_in_failed",
    ],
    ["no issuer", (url: URL) => url.searchParams.delete("iss"), 400, "account_sign_in_failed"],
    ["no code", (url: URL) => url.searchParams.delete("code"), 400, "account_sign_in_failed"],
    ["a code of nobody", (url: URL) => url.searchParams.set("code", "mcpstack_ac_x.y"), 400, "account_sign_in_failed"],
    ["two codes", (url: URL) => url.searchParams.append("code", "x"), 400, "duplicate_parameter"],
  ])("the return with %s opens no session", async (_, change, status, reason) => {
    const { person, url } = await goingIn(await openShop());
    change(url);
    const answer = await person.request(url);
    expect([answer.status, /Reason <code>(\w+)/.exec(await answer.text())?.[1]]).toEqual([status, reason]);
    expect(sessionOf(person)).toBe("");
  });

  it("the account's code is no token for anybody, and an app's code is no sign-in", async () => {
    const shop = await openShop();
    const { person, url } = await goingIn(shop);
    const stolen = new Client(shop, `${account}/return`);
    stolen.clientId = "mcpstack_account";
    await expectError(
      await stolen.redeem(url.searchParams.get("code") ?? "", { code_verifier: "v".repeat(43) }),
      401,
      "invalid_client",
    );

    // Somebody who begins the account's attempt with a challenge of their own still gets no token for it.
    const own = new Visitor();
    const answered = await own.walk(await stolen.authorizeUrl({ scope: null }), { until: `${account}/return` });
    const refused = await stolen.redeem(answered.final.searchParams.get("code") ?? "");
    expect([refused.status, (await errorOf(refused)).error]).toEqual([401, "invalid_client"]);

    const app = await new Client(shop).register();
    url.searchParams.set("code", await app.code(new Visitor()));
    expect((await person.request(url)).status).toBe(400);
    expect(sessionOf(person)).toBe("");
  });
});
