// A test authorization from the dashboard: a real run to its end, and every way in which it can stop before.
import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { Visitor } from "./consent-form.ts";
import { Operator } from "./operator.ts";
import { api, openShop, origin, type Shop } from "./shop.ts";

const returnUrl = `${origin}/dashboard/connect/return`;

/** Script and markup gone: what a person reads. */
function read(html: string): string {
  const [, body = ""] = /<main[^>]*>(.*)<\/main>/s.exec(html) ?? [];
  return body.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
}

const stepsOn = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<h2>([\w/-]+) <span class="tag[^"]*">([\w ]+)</g)].map(([, name = "", state = ""]) => [
      name,
      state,
    ]),
  );

const allOk = {
  ...{ Discovery: "ok", Registration: "ok", Authorize: "ok", Consent: "ok" },
  ...{ "Sign-in": "ok", Return: "ok", Token: "ok", "tools/list": "ok" },
};

/** A shop whose runtime is the official MCP server. */
function shopOf(options: Parameters<typeof openShop>[0] = {}): Promise<Shop> {
  return openShop({ ...options, server: { runtimeUrl: `${inject("runtimeUrl")}/mcp`, ...options.server } });
}

const tab = (shop: Shop) => `/dashboard/${shop.organizationId}/gateways/${shop.gatewayId}/connect`;

async function signedIn(token: string) {
  const operator = new Operator();
  expect((await operator.signIn(token)).status).toBe(303);
  const person = Object.assign(new Visitor(), { jar: operator.jar });
  return { operator, person };
}

async function begun(shop: Shop) {
  const { operator, person } = await signedIn(shop.token);
  const { html } = await operator.get(`${tab(shop)}/start?server=${shop.slug}`);
  const attempt = /grt_[\w-]+/.exec(html)?.[0] ?? "";
  const leave = /href="([^"]+\/leave\?run=[\w-]+)"/.exec(html)?.[1] ?? "";
  expect(html).not.toContain("ticket=");
  return { operator, person, attempt, leave, watch: `${tab(shop)}/${attempt}` };
}

/** To the page that the run ends on. */
async function finished(shop: Shop, options: { decision?: "allow" | "deny" } = {}) {
  const run = await begun(shop);
  const { final } = await run.person.walk(`${origin}${run.leave}`, { ...options, until: returnUrl });
  return { ...run, final, ...(await ending(run, final)) };
}

async function ending({ operator, person }: Awaited<ReturnType<typeof begun>>, final: URL) {
  const back = await person.request(final);
  const passage = await back.text();
  const next = /url=([^"]+)"/.exec(passage)?.[1] ?? "";
  expect([back.status, next]).toEqual([200, expect.stringContaining("/result?run=")]);
  const shown = await operator.get(next);
  expect(shown.status).toBe(200);
  expectNoSecret(passage + shown.html, final);
  return { html: shown.html, text: read(shown.html), result: next };
}

function expectNoSecret(html: string, final: URL): void {
  for (const name of ["code", "state"]) {
    const value = final.searchParams.get(name);
    if (value) expect(html).not.toContain(value);
  }
  expect(html).not.toMatch(/mcpstack_(?:at|rt|ac)_|eyJ/);
}

async function logText(shop: Shop): Promise<string> {
  const lines = await api("GET", `/organizations/${shop.organizationId}/gateways/${shop.gatewayId}/logs`, shop.token);
  return JSON.stringify(lines);
}

afterEach(() => vi.useRealTimers());

describe("a test authorization", () => {
  it("goes through consent, sign-in and callback, lists the runtime's tools, and ends its own grant", async () => {
    const shop = await shopOf();
    const { html, text, attempt, final } = await finished(shop);
    expect(stepsOn(html)).toEqual(allOk);
    expect(text).toContain("It works");
    expect(text).toContain(`a call of ${origin}/callback/${shop.gatewayId}`);
    expect(text).toContain("ended, and the provider told");
    expect(text).toContain("tickets.read");
    expect(text).toMatch(/Tools of the server .*whoami .* yes/);
    const grants = await api<{ total: number }>(
      "GET",
      `/organizations/${shop.organizationId}/gateways/${shop.gatewayId}/grants`,
      shop.token,
    );
    expect(grants.total).toBe(0);
    const logged = await logText(shop);
    expect(logged).toContain(attempt);
    for (const name of ["code", "state"]) expect(logged).not.toContain(final.searchParams.get(name) ?? "absent");
  });

  it("is run once: the page that is loaded again shows the same steps from the log", async () => {
    const shop = await shopOf();
    const { operator, result, watch } = await finished(shop);
    const again = await operator.get(result);
    expect([again.status, again.location]).toEqual([303, watch]);
    await vi.waitFor(async () => expect(stepsOn((await operator.get(watch)).html)).toEqual(allOk), 5_000);
    expect((await operator.get(watch)).headers.get("refresh")).toBeNull();
  });

  it("tells which tools need more than was granted", async () => {
    const tools = [{ name: "whoami", scopes: ["tickets.everything"] }];
    const { text } = await finished(await shopOf({ server: { tools } }));
    expect(text).toContain("whoami tickets.everything needs tickets.everything as well");
  });

  it("names the scopes that the provider did not grant, at the step that passed all the same", async () => {
    const { html, text } = await finished(await shopOf({ server: { scopes: ["tickets.read", "tickets.nobody"] } }));
    expect(stepsOn(html)).toEqual(allOk);
    expect(text).toContain("scopes_missing");
    expect(text).toContain("Expected tickets.read tickets.nobody Seen tickets.read");
  });

  it("asks for consent each time, even where this browser remembers one", async () => {
    const shop = await shopOf();
    const { person, operator } = await finished(shop);
    const { html } = await operator.get(`${tab(shop)}/start?server=${shop.slug}`);
    const leave = /href="([^"]+\/leave\?run=[\w-]+)"/.exec(html)?.[1] ?? "";
    const asked = await person.request(`${origin}${leave}`);
    expect(asked.headers.get("location")).toMatch(/^\/consent\?ticket=/);
  });
});

describe("a step that fails is marked, with its cause and its fix", () => {
  it("denied at the consent page", async () => {
    const { html, text } = await finished(await shopOf(), { decision: "deny" });
    expect(stepsOn(html)).toMatchObject({ Authorize: "ok", Consent: "failed", "Sign-in": "not reached" });
    expect(text).toContain("consent_denied");
  });

  it("denied at the provider", async () => {
    const shop = await shopOf();
    const run = await begun(shop);
    const { final } = await run.person.walk(`${origin}${run.leave}`, { until: `${shop.provider}/interaction` });
    const { final: back } = await run.person.walk(`${final.href}/abort`, { until: returnUrl });
    const { html, text } = await ending(run, back);
    expect(stepsOn(html)).toMatchObject({ Consent: "ok", "Sign-in": "failed", Token: "not reached" });
    expect(text).toContain("provider_denied");
  });

  it("a wrong client secret", async () => {
    const { html, text } = await finished(await shopOf({ gateway: { clientSecret: "not-the-secret-1234567890" } }));
    expect(stepsOn(html)).toMatchObject({ "Sign-in": "ok", Return: "failed", Token: "not reached" });
    expect(text).toContain("provider_client_rejected");
  });

  it("a provider whose metadata is gone", async () => {
    const authorizationServerUrl = `${inject("providerUrl")}/nowhere`;
    const shop = await shopOf({ gateway: { authorizationServerUrl, issuer: inject("providerUrl") } });
    const run = await finished(shop);
    expect(stepsOn(run.html)).toMatchObject({ Discovery: "failed", Consent: "ok", "Sign-in": "not reached" });
  });

  it("a runtime that is down, and the grant is ended all the same", async () => {
    const { html, text } = await finished(await shopOf({ server: { runtimeUrl: inject("deadUrl") } }));
    expect(stepsOn(html)).toMatchObject({ Token: "ok", "tools/list": "failed" });
    expect(text).toContain("runtime_unavailable");
    expect(text).toContain("ended, and the provider told");
  });

  it("a runtime that is no MCP server", async () => {
    const shop = await openShop();
    const { html, text } = await finished(shop);
    expect(stepsOn(html)).toMatchObject({ Token: "ok", "tools/list": "failed" });
    expect(text).toContain("did not answer as an MCP server");
  });
});

describe("while the person is away", () => {
  it("the page shows how far it got, loads itself again, and after a minute gives the advice", async () => {
    const shop = await shopOf({ gateway: { providerType: "oidc-provider" } });
    const { operator, person, leave, watch } = await begun(shop);
    const before = await operator.get(watch);
    expect(stepsOn(before.html)).toMatchObject({ Authorize: "ok", Consent: "waiting", "Sign-in": "not reached" });
    await person.walk(`${origin}${leave}`, { until: `${shop.provider}/` });
    const away = await operator.get(watch);
    expect(stepsOn(away.html)).toMatchObject({ Discovery: "ok", Consent: "ok", "Sign-in": "waiting" });
    expect(away.headers.get("refresh")).toBe("5");
    expect((await operator.get(`${watch}?hold`)).headers.get("refresh")).toBeNull();
    expect(read(away.html)).not.toContain("called back for a minute");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    const later = read((await operator.get(watch)).html);
    expect(later).toContain("called back for a minute");
    expect(later).toContain(`${origin}/callback/${shop.gatewayId}`);
    expect(later).toContain("must be Web");
    expect(later).toContain("No slash more");
    expect(later).toContain("node-oidc-provider:");
  });
});

describe("nobody else's", () => {
  it("a foreign browser is refused at the return, and the run goes on in its own", async () => {
    const shop = await shopOf();
    const run = await begun(shop);
    const { final } = await run.person.walk(`${origin}${run.leave}`, { until: returnUrl });
    const foreign = await new Visitor().request(final);
    expect(foreign.status).toBe(403);
    expect(foreign.headers.getSetCookie()).toEqual([]);
    expect(stepsOn((await ending(run, final)).html)).toEqual(allOk);
    expect((await run.person.request(final)).status).toBe(403);
  });

  it("an answer of another issuer is refused (P-54)", async () => {
    const shop = await shopOf();
    const run = await begun(shop);
    const { final } = await run.person.walk(`${origin}${run.leave}`, { until: returnUrl });
    final.searchParams.set("iss", "https://evil.example");
    expect((await run.person.request(final)).status).toBe(403);
  });

  it("another session of the same browser neither leaves nor finishes", async () => {
    const shop = await shopOf();
    const run = await begun(shop);
    const other = await new Operator().signIn(shop.token);
    run.operator.jar.take(new URL(origin), new Response(null, { headers: other.headers }));
    const left = await run.operator.get(run.leave);
    expect(left.location).toBe(tab(shop));
  });

  it("another organization's attempt is not found, nor an attempt of an ordinary client", async () => {
    const [mine, theirs] = [await shopOf(), await shopOf()];
    const { attempt } = await begun(theirs);
    const { operator } = await begun(mine);
    expect((await operator.get(`${tab(mine)}/${attempt}`)).status).toBe(404);
    expect((await operator.get(`${tab(theirs)}/${attempt}`)).status).toBe(404);
    expect((await operator.get(`${tab(mine)}/start?server=${theirs.slug}`)).status).toBe(404);
  });

  it("a viewer is refused everywhere, and the tab offers nothing", async () => {
    const shop = await shopOf();
    const { attempt } = await begun(shop);
    const { token } = await api<{ token: string }>("POST", `/organizations/${shop.organizationId}/tokens`, shop.token, {
      ...{ name: "viewer", role: "viewer" },
    });
    const { operator } = await signedIn(token);
    for (const path of [`/start?server=${shop.slug}`, "/leave?run=x", `/${attempt}`, `/${attempt}/result?run=x`]) {
      expect((await operator.get(tab(shop) + path)).status, path).toBe(403);
    }
    expect((await operator.get(tab(shop))).html).not.toContain("/connect/start");
  });
});
