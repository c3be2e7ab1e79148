// Who is in the dashboard and for how long; forms that did not come from its own pages.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createSealer } from "../../src/worker/tokens/seal.ts";
import { formOn, Operator } from "./operator.ts";
import { api, openShop, origin, type Shop } from "./shop.ts";

const adminToken = "test-admin-token-0123456789";
let shop: Shop;
let home: string;
beforeAll(async () => {
  shop = await openShop();
  home = `/dashboard/${shop.organizationId}`;
});

async function signedIn(token = shop.token): Promise<Operator> {
  const operator = new Operator();
  expect((await operator.signIn(token)).status).toBe(303);
  return operator;
}

async function newToken(role: string): Promise<{ id: string; token: string }> {
  return api("POST", `/organizations/${shop.organizationId}/tokens`, shop.token, { name: `a ${role}`, role });
}

describe("signing in", () => {
  test("with an API token leads to its organization's gateways", async () => {
    const operator = await signedIn();
    expect((await operator.get("/dashboard")).location).toBe(`${home}/gateways`);
    expect((await operator.get(`${home}/gateways`)).status).toBe(200);
  });

  test("with the deployment's token leads to a choice of organizations, which can also be created there", async () => {
    const operator = await signedIn(adminToken);
    expect((await operator.get("/dashboard")).location).toBe("/dashboard/organizations");
    const made = await operator.submit("/dashboard/organizations", "/dashboard/organizations", { name: "Fresh" });
    expect(made.location).toMatch(/^\/dashboard\/org_[\w-]+\/gateways\?done=created$/);
    expect((await operator.get(made.location ?? "")).html).toContain("No gateway yet");
  });

  test.each([
    ["an unknown token", "mcpstack_sk_unknown", 401],
    ["nothing", "", 401],
    ["a word", "correct horse", 401],
  ])("with %s is refused, and what was typed is not shown", async (_, token, status) => {
    const refused = await new Operator().signIn(token);
    expect(refused.status).toBe(status);
    expect(refused.html).toContain('role="alert"');
    if (token) expect(refused.html).not.toContain(token);
    expect(refused.headers.getSetCookie().join()).not.toContain("mcpstack_dashboard=");
  });

  test("a token of role caller is refused", async () => {
    const refused = await new Operator().signIn((await newToken("caller")).token);
    expect(refused.status).toBe(403);
    expect(refused.html).toContain("role caller");
  });

  test("the cookie is for this host alone, out of script's reach, never sent from another site, and holds no token", async () => {
    const operator = new Operator();
    const cookie = (await operator.signIn(shop.token)).headers.getSetCookie().find((line) => /dashboard=/.test(line));
    expect(cookie).toMatch(/; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(shop.token);
    const secure = new Operator({ PUBLIC_ORIGIN: "https://gateway.example.com", ALLOW_PRIVATE_NETWORK: "false" });
    const page = await secure.get("/dashboard/sign-in");
    expect(page.headers.getSetCookie().join()).toMatch(/^__Host-mcpstack_dashboard_door=.*; Secure$/);
  });

  test.each(["https://evil.example", "//evil.example", "/dashboard//evil.example", "/api/v1/x", "/dashboard/../x?y"])(
    "goes on to a page of the dashboard and never to %s",
    async (next) => {
      const operator = new Operator();
      const page = await operator.get(`/dashboard/sign-in?${new URLSearchParams({ next })}`);
      expect(formOn(page.html, "/dashboard/sign-in").next).toBe("/dashboard");
    },
  );
});

describe("a session ends", () => {
  test("when it is signed out", async () => {
    const operator = await signedIn();
    const out = await operator.submit(`${home}/gateways`, "/dashboard/sign-out", {});
    expect(out.location).toBe("/dashboard/sign-in");
    expect((await operator.get(`${home}/gateways`)).location).toContain("/dashboard/sign-in?next=");
  });

  test("with the next request after its token was revoked", async () => {
    const { id, token } = await newToken("admin");
    const operator = await signedIn(token);
    await api("DELETE", `/organizations/${shop.organizationId}/tokens/${id}`, shop.token);
    expect((await operator.get(`${home}/gateways`)).location).toContain("/dashboard/sign-in");
  });

  test("when the deployment's token is another one", async () => {
    const operator = new Operator({ ADMIN_TOKEN: "another-admin-token-0123456789" });
    operator.jar.take(new URL(origin), await cookiesOf(await signedIn(adminToken)));
    expect((await operator.get("/dashboard/organizations")).location).toContain("/dashboard/sign-in");
  });

  test("after twelve hours", async () => {
    const operator = new Operator();
    const sealer = createSealer([Uint8Array.from(atob(env.MASTER_KEY ?? ""), (c) => c.charCodeAt(0))]);
    const until = Math.floor(Date.now() / 1000) - 1;
    const hash = "x".repeat(43);
    const session = { id: "x", holder: { kind: "deployment", hash }, until };
    const sealed = await sealer.seal("dashboard-session", "session", JSON.stringify(session));
    expect((await operator.get("/dashboard", { cookie: `mcpstack_dashboard=${sealed}` })).location).toContain(
      "sign-in",
    );
  });

  test.each(["", "x", "v1.a.b.c", "v1.AAAAAAAA.AAAA.AAAA"])("that is forged (%j) never began", async (value) => {
    const shown = await new Operator().get(`${home}/gateways`, { cookie: `mcpstack_dashboard=${value}` });
    expect(shown.location).toContain("/dashboard/sign-in");
  });
});

test("a link from another site passes through a page of ours, because the cookie comes only from there", async () => {
  const operator = await signedIn();
  const passage = await operator.get(`${home}/gateways`, { cookie: "none=1", "sec-fetch-site": "cross-site" });
  expect(passage.status).toBe(200);
  expect(passage.html).toContain(`0; url=${home}/gateways`);
});

describe("a form is refused with 403 and changes nothing", () => {
  const path = () => `${home}/agents/new`;
  const fields = { name: "Stolen", allowedOrigins: "https://app.example.com" };
  const agents = async () =>
    (await api<{ total: number }>("GET", `/organizations/${shop.organizationId}/agents`, shop.token)).total;

  test.each<[string, (own: string, other: string) => Record<string, string>, Record<string, string>]>([
    ["without a token", () => ({}), {}],
    ["with an empty token", () => ({ form_token: "" }), {}],
    ["with the token of another session", (_, other) => ({ form_token: other }), {}],
    ["from another site", (own) => ({ form_token: own }), { origin: "https://evil.example" }],
    [
      "that the browser calls cross-site",
      (own) => ({ form_token: own }),
      { origin: "null", "sec-fetch-site": "cross-site" },
    ],
    ["from a neighbouring site", (own) => ({ form_token: own }), { "sec-fetch-site": "same-site" }],
  ])("%s", async (_, token, headers) => {
    const operator = await signedIn();
    const own = formOn((await operator.get(path())).html, path()).form_token ?? "";
    const other = formOn((await (await signedIn()).get(path())).html, path()).form_token ?? "";
    const before = await agents();
    expect((await operator.post(path(), { ...fields, ...token(own, other) }, headers)).status).toBe(403);
    expect(await agents()).toBe(before);
  });

  test("with the token of another form", async () => {
    const operator = await signedIn();
    const page = await operator.get(path());
    const { form_token: signOut = "" } = formOn(page.html, "/dashboard/sign-out");
    expect((await operator.post(path(), { ...fields, form_token: signOut })).status).toBe(403);
  });

  test("that would sign somebody in without having seen the sign-in page", async () => {
    expect((await new Operator().post("/dashboard/sign-in", { token: shop.token })).status).toBe(403);
  });

  test("while our own, from a page that hides its origin, is taken", async () => {
    const operator = await signedIn();
    const form = formOn((await operator.get(path())).html, path());
    expect((await operator.post(path(), { ...form, ...fields }, { origin: "null" })).status).toBe(303);
  });
});

async function cookiesOf(operator: Operator): Promise<Response> {
  const headers = new Headers();
  for (const pair of operator.jar.header(new URL(origin)).split("; ")) headers.append("set-cookie", `${pair}; Path=/`);
  return new Response(null, { headers });
}
