// Signing in to the dashboard at a real OpenID provider: verified addresses that an organization lists, and nobody else.
import { beforeAll, describe, expect, inject, test } from "vitest";
import { signIn } from "../rig/sign-in.ts";
import { Operator } from "./operator.ts";
import { api, openShop, origin, type Shop } from "./shop.ts";

const provider = inject("providerUrl");
const bindings = {
  DASHBOARD_ISSUER: provider,
  DASHBOARD_CLIENT_ID: "post-client",
  DASHBOARD_CLIENT_SECRET: "post-secret-1234567890",
};
const callback = `${origin}/dashboard/sign-in/callback`;

let shop: Shop;
let home: string;
beforeAll(async () => {
  shop = await openShop();
  home = `/dashboard/${shop.organizationId}`;
});

const list = (dashboardMembers: object[]) =>
  api("PATCH", `/organizations/${shop.organizationId}`, shop.token, { dashboardMembers });

/** To the provider and back to the callback, which is not yet called. */
async function returning(operator: Operator, login = "user1", next = ""): Promise<URL> {
  const departure = await operator.get(`/dashboard/sign-in/provider?next=${next}`);
  expect(departure.status).toBe(303);
  return signIn(departure.location ?? "", { login, callbackPrefix: callback });
}

async function arrive(operator: Operator, url: URL) {
  return operator.get(url.pathname + url.search, { "sec-fetch-site": "cross-site" });
}

describe("a person with a verified address", () => {
  test.each([
    ["the address", { email: "User1@Example.com", role: "admin" }, 200],
    ["the domain", { domain: "example.com", role: "viewer" }, 403],
  ])("that an organization lists by %s is in, with that role", async (_, member, status) => {
    await list([member]);
    const operator = new Operator(bindings);
    const arrived = await arrive(operator, await returning(operator, "user1", `${home}/agents`));
    expect(arrived.status).toBe(200);
    expect(arrived.html).toContain(`0; url=${home}/agents`);
    expect((await operator.get(`${home}/agents`)).html).toContain("user1@example.com");
    expect((await operator.get(`${home}/agents/new`)).status).toBe(status);
  });

  test("is named in the audit trail", async () => {
    await list([{ email: "user1@example.com", role: "admin" }]);
    const operator = new Operator(bindings);
    await arrive(operator, await returning(operator));
    const path = `${home}/agents/new`;
    await operator.submit(path, path, { name: "Named", allowedOrigins: "" });
    const base = `/organizations/${shop.organizationId}`;
    const { items } = await api<{ items: object[] }>("GET", `${base}/audit`, shop.token);
    expect(items[0]).toMatchObject({ actor: "user1@example.com", action: "agent.create" });
  });

  test("is out with the next request after the list no longer has them", async () => {
    await list([{ email: "user1@example.com", role: "admin" }]);
    const operator = new Operator(bindings);
    await arrive(operator, await returning(operator));
    expect((await operator.get(`${home}/gateways`)).status).toBe(200);
    await list([]);
    expect((await operator.get(`${home}/gateways`)).location).toContain("/dashboard/sign-in");
  });

  test("chooses among several organizations, and finds another one to be 404", async () => {
    const second = await openShop();
    const third = await openShop();
    const member = { dashboardMembers: [{ domain: "example.com", role: "viewer" }] };
    await list([{ email: "user1@example.com", role: "admin" }]);
    await api("PATCH", `/organizations/${second.organizationId}`, second.token, member);
    const operator = new Operator(bindings);
    await arrive(operator, await returning(operator));
    expect((await operator.get("/dashboard")).location).toBe("/dashboard/organizations");
    const { html } = await operator.get("/dashboard/organizations");
    expect(html).toContain(second.organizationId);
    expect(html).not.toContain(third.organizationId);
    expect((await operator.get(`/dashboard/${third.organizationId}/gateways`)).status).toBe(404);
    await api("PATCH", `/organizations/${second.organizationId}`, second.token, { dashboardMembers: [] });
  });

  test("whom nobody lists is told so, and is not in", async () => {
    await list([{ domain: "ample.com", role: "admin" }]);
    const operator = new Operator(bindings);
    const arrived = await arrive(operator, await returning(operator));
    expect(arrived.status).toBe(403);
    expect(arrived.html).toContain("No organization lists user1@example.com");
    expect((await operator.get(`${home}/gateways`)).location).toContain("/dashboard/sign-in");
  });
});

test("an address that the provider has not verified proves nothing", async () => {
  await list([{ domain: "example.com", role: "admin" }]);
  const operator = new Operator(bindings);
  const arrived = await arrive(operator, await returning(operator, "user2"));
  expect(arrived.status).toBe(403);
  expect(arrived.html).toContain("does not say that your e-mail address is verified");
});

describe("an answer is refused", () => {
  test("in another browser than the one that began", async () => {
    await list([{ domain: "example.com", role: "admin" }]);
    const answer = await returning(new Operator(bindings));
    expect((await arrive(new Operator(bindings), answer)).status).toBe(403);
  });

  test.each<[string, (url: URL) => void]>([
    ["with another state", (url) => url.searchParams.set("state", "x".repeat(43))],
    ["of another issuer", (url) => url.searchParams.set("iss", "https://evil.example")],
    ["with another code", (url) => url.searchParams.set("code", "made-up")],
    ["that is an error", (url) => url.searchParams.set("error", "access_denied")],
  ])("%s", async (_, change) => {
    const operator = new Operator(bindings);
    const answer = await returning(operator);
    change(answer);
    const arrived = await arrive(operator, answer);
    expect(arrived.status).toBe(403);
    expect(arrived.headers.getSetCookie().join()).not.toContain("mcpstack_dashboard=");
  });

  test("a second time", async () => {
    await list([{ domain: "example.com", role: "admin" }]);
    const operator = new Operator(bindings);
    const answer = await returning(operator);
    expect((await arrive(operator, answer)).status).toBe(200);
    expect((await arrive(operator, answer)).status).toBe(403);
  });
});

describe("a deployment", () => {
  test("without a provider offers none", async () => {
    const operator = new Operator();
    expect((await operator.get("/dashboard/sign-in")).html).not.toContain("/dashboard/sign-in/provider");
    expect((await operator.get("/dashboard/sign-in/provider")).location).toContain("/dashboard/sign-in");
  });

  test("with one offers it beside the token", async () => {
    const { html } = await new Operator(bindings).get("/dashboard/sign-in");
    expect(html).toContain(`Sign in with ${new URL(provider).host}`);
  });

  test.each(["DASHBOARD_ISSUER", "DASHBOARD_CLIENT_ID", "DASHBOARD_CLIENT_SECRET"])(
    "with half a provider says that %s is missing",
    async (name) => {
      const answer = await new Operator({ ...bindings, [name]: "" }).get("/dashboard");
      expect(answer.status).toBe(503);
      expect((await new Operator({ ...bindings, [name]: "" }).get("/healthz")).html).toContain(name);
    },
  );
});
