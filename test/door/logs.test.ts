// The logs at the API: every step of an attempt, every refusal with cause and fix, nobody else's, counts for charts.
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, inject, it, vi } from "vitest";
import type { AttemptView, LogLine, StatsView } from "../../src/contract/management/logs.ts";
import { api, Client, fetchUrl, openShop, origin, Person, rig, type Shop } from "./journey.ts";
import { eventually, gatewayPath, logs } from "./log-visit.ts";

const toolCall = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "list_tickets", arguments: {} } };

const lines = async (shop: Shop, query: Record<string, string> = {}) =>
  (await logs(shop, { pageSize: "200", ...query })).items;

/** The lines of this kind, once there is one. */
const some = (shop: Shop, query: Record<string, string>, count = 1): Promise<LogLine[]> =>
  eventually(
    () => lines(shop, query),
    (found) => found.length >= count,
  );

const timeline = (shop: Shop, attempt: string) =>
  api<AttemptView>("GET", `${gatewayPath(shop)}/attempts/${attempt}`, shop.token);

describe("one attempt", () => {
  let shop: Shop;
  let client: Client;
  let attempt: string;
  beforeAll(async () => {
    shop = await openShop();
    client = await new Client(shop).register();
    const tokens = await client.signIn(new Person());
    await client.call(tokens.access_token, toolCall);
    await client.refresh(tokens.refresh_token);
    const [line] = await some(shop, { event: "refresh" });
    attempt = line?.attempt ?? "";
    await some(shop, { event: "mcp_call" });
  });

  it("is a timeline of every step, oldest first, each with who and where", async () => {
    const { id, steps, total } = await timeline(shop, attempt);
    expect([id, total]).toEqual([attempt, steps.length]);
    expect(steps.map(({ event, outcome }) => `${event} ${outcome}`)).toEqual([
      ...["authorize ok", "consent ok", "departure ok", "return ok", "identity ok", "code ok", "token ok"],
      ...["mcp_call ok", "refresh ok"],
    ]);
    for (const step of steps) {
      expect(step).toMatchObject({ attempt, server: shop.slug, client: client.clientId, clientName: "Test client" });
      expect(step).toMatchObject({ channel: "oauth", reason: null, cause: null, fix: null });
      expect(step.requestId).toMatch(/^[\w-]{8,}$/);
    }
    const times = steps.map(({ time }) => time);
    expect(times).toEqual([...times].sort());
    const call = steps.find(({ event }) => event === "mcp_call");
    expect(call).toMatchObject({ method: "tools/call", tool: "list_tickets", status: 200 });
    expect(call?.totalMs).toBeGreaterThanOrEqual(call?.runtimeMs ?? -1);
    expect(call?.user).toMatch(/^usr_/);
  });

  it("the profile's creation, discovery, attachment and the registration stand before it", async () => {
    const before = await lines(shop);
    const kinds = before.map(({ event, outcome, seen }) =>
      `${event} ${outcome} ${seen?.split(" by ")[0] ?? ""}`.trim(),
    );
    expect(kinds.reverse().slice(0, 4)).toEqual([
      `discovery ok ${shop.provider}`,
      "change ok gateway.create",
      "change ok server.gateway.attach",
      "registration ok",
    ]);
  });

  it.each([
    ["the slug", (): Record<string, string> => ({ server: shop.slug })],
    ["the server's id", () => ({ server: shop.serverId })],
    ["the client", () => ({ client: client.clientId, server: shop.slug })],
    ["the attempt", () => ({ attempt })],
    ["the time", () => ({ from: new Date(Date.now() - 600_000).toISOString(), attempt })],
  ])("every filter finds it: %s", async (_, query) => {
    const { items, total } = await logs(shop, query());
    expect(total).toBe(items.length);
    expect(items.filter((line) => line.attempt === attempt)).toHaveLength(9);
    expect(items.every(({ server }) => server === shop.slug)).toBe(true);
  });

  it("pages count on, without a gap and without a line twice", async () => {
    const all = await lines(shop);
    const found: LogLine[] = [];
    for (let page = 1; found.length < all.length; page++) {
      const { items, total } = await logs(shop, { page: String(page), pageSize: "4" });
      expect(total).toBe(all.length);
      found.push(...items);
    }
    expect(found).toEqual(all);
    const ids = all.map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => other - one));
  });

  it("is counted per hour, tool and client", async () => {
    const stats = await api<StatsView>("GET", `${gatewayPath(shop)}/stats`, shop.token);
    const sum = (name: "calls" | "signIns" | "failures") => stats.hours.reduce((total, hour) => total + hour[name], 0);
    expect([sum("calls"), sum("signIns"), sum("failures")]).toEqual([1, 1, 0]);
    expect(stats.tools).toMatchObject([{ tool: "list_tickets", calls: 1, failures: 0 }]);
    expect(stats.clients).toEqual([{ client: client.clientId, clientName: "Test client", calls: 1 }]);
    expect(stats.tools[0]?.p50Ms).toBe(stats.tools[0]?.p95Ms);
  });

  it("nobody of another organization finds it, and a viewer changes nothing by reading", async () => {
    const other = await openShop();
    for (const path of ["logs", `attempts/${attempt}`, "stats"]) {
      const foreign = `/organizations/${other.organizationId}/gateways/${shop.gatewayId}/${path}`;
      await expect(api("GET", foreign, other.token)).rejects.toThrow("404");
      await expect(api("GET", `${gatewayPath(shop)}/${path}`, other.token)).rejects.toThrow("404");
    }
    await expect(timeline(other, attempt)).rejects.toThrow("404");
    const base = `/organizations/${shop.organizationId}/tokens`;
    const viewer = await api("POST", base, shop.token, { name: "reader", role: "viewer" });
    const seen = await api<{ total: number }>("GET", `${gatewayPath(shop)}/logs`, viewer.token ?? "");
    expect(seen.total).toBeGreaterThan(9);
  });

  it.each([
    ["evnt", "x", "evnt"],
    ["event", "nonsense", "event"],
    ["pageSize", "1000", "pageSize"],
    ["from", "yesterday", "from"],
  ])("a misspelled or impossible filter is a 422 that names it: %s=%s", async (name, value, field) => {
    await expect(logs(shop, { [name]: value })).rejects.toThrow(new RegExp(`422.*"field":"${field}"`));
  });
});

describe("what goes wrong is found with its cause and its fix", () => {
  let shop: Shop;
  let client: Client;
  beforeAll(async () => {
    shop = await openShop({ provider: inject("ownProviderUrls").elsewhere });
    client = await new Client(shop).register();
  });

  it("an unknown client: at the server and in the log of its gateway, before any attempt", async () => {
    await new Person().request(await client.authorizeUrl({ client_id: "nobody" }));
    const [line] = await some(shop, { reason: "client_unknown" });
    expect(line).toMatchObject({ event: "authorize", outcome: "refused", server: shop.slug, client: "nobody" });
    expect(line?.cause).toBe("The gateway does not know this client id.");
    expect(line?.fix).toContain("forget its registration");
    expect(line?.attempt).toBeNull();
  });

  it("a redirect URI is compared in the log without what follows its path", async () => {
    const asked = "https://client.example/callback/?code=4711";
    await new Person().request(await client.authorizeUrl({ redirect_uri: asked }));
    const [line] = await some(shop, { reason: "redirect_uri_unregistered" });
    expect(line).toMatchObject({ field: "redirect_uri", expected: client.redirectUri });
    expect(line?.seen).toBe("https://client.example/callback/?…");
  });

  it("a person who says no, and what the page printed finds it", async () => {
    const person = new Person();
    await person.walk(await client.authorizeUrl(), { decision: "deny" });
    const printed = /grt_[\w-]{43}/.exec(person.steps.map(({ html }) => html).join(""))?.[0] ?? "";
    await some(shop, { reason: "consent_denied", attempt: printed });
    const { steps } = await timeline(shop, printed);
    expect(steps.map(({ event, outcome }) => `${event} ${outcome}`)).toEqual(["authorize ok", "consent refused"]);
  });

  it("a form from another browser, by the attempt on the page", async () => {
    const person = new Person();
    const shown = await person.walk(await client.authorizeUrl(), { until: `${origin}/consent` });
    const page = await person.request(shown.final);
    const attempt = /grt_[\w-]{43}/.exec(await page.text())?.[0] ?? "";
    const body = new URLSearchParams({ ticket: shown.final.searchParams.get("ticket") ?? "", decision: "allow" });
    await new Person().request(`${origin}/consent`, { method: "POST", body });
    const [line] = await some(shop, { reason: "browser_mismatch" });
    expect(line).toMatchObject({ event: "consent", outcome: "refused", attempt, server: shop.slug });
  });

  it("a provider that refuses the code, as a step of its attempt", async () => {
    await rig(shop, "fault", { endpoint: "token", status: 401, body: '{"error":"invalid_client"}', times: 1 });
    await new Person().walk(await client.authorizeUrl());
    await rig(shop, "clear");
    const found = await eventually(
      () => lines(shop),
      (all) => all.some(({ event, outcome }) => event === "identity" && outcome !== "ok"),
    );
    const line = found.find(({ event, outcome }) => event === "identity" && outcome !== "ok");
    expect(line).toMatchObject({ reason: "provider_client_rejected", client: client.clientId, server: shop.slug });
    expect(line?.attempt).toMatch(/^grt_/);
  });

  it("a wrong verifier, on the attempt that the code belongs to", async () => {
    const code = await client.code(new Person());
    await client.redeem(code, { code_verifier: "x".repeat(43) });
    const [line] = await some(shop, { reason: "pkce_mismatch" });
    expect(line).toMatchObject({ event: "token", outcome: "refused", client: client.clientId });
    const { steps } = await timeline(shop, line?.attempt ?? "");
    expect(steps.at(-1)?.reason).toBe("pkce_mismatch");
    expect(steps[0]?.event).toBe("authorize");
  });

  it("a code that nobody issued belongs to no attempt", async () => {
    await client.redeem(`mcpstack_ac_${"A".repeat(43)}.${"B".repeat(43)}`);
    const [line] = await some(shop, { reason: "code_unknown" });
    expect(line).toMatchObject({ event: "token", outcome: "refused", attempt: null });
  });

  it("a call without the scopes it needs: which were expected and which were seen", async () => {
    const tokens = await client.signIn(new Person());
    await client.call(tokens.access_token, { ...toolCall, params: { name: "create_ticket" } });
    const [line] = await some(shop, { reason: "insufficient_scope" });
    expect(line).toMatchObject({ event: "mcp_call", outcome: "refused", status: 403, tool: "create_ticket" });
    expect(line?.seen).toContain("tickets.read");
  });

  it("an attempt that was never finished says which step it waited for", async () => {
    const { final } = await new Person().walk(await client.authorizeUrl(), { until: `${origin}/consent` });
    const [id = ""] = (final.searchParams.get("ticket") ?? "").split(".");
    const hex = [...atob(id.replaceAll("-", "+").replaceAll("_", "/"))].map((char) => char.charCodeAt(0).toString(16));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
    const object = env.GRANTS.get(env.GRANTS.idFromString(hex.map((byte) => byte.padStart(2, "0")).join("")));
    await runDurableObjectAlarm(object);
    vi.useRealTimers();
    const [line] = await some(shop, { reason: "attempt_expired" });
    expect(line).toMatchObject({ event: "consent", outcome: "refused", attempt: `grt_${id}`, server: shop.slug });
  });

  it("an operator's changes and revocations, with the request's id and the fields, never values", async () => {
    await api("PATCH", gatewayPath(shop), shop.token, { clientSecret: "changed-secret-value", grantIdleTtl: 3601 });
    const [change] = await some(shop, { event: "change" }, 3);
    expect(change).toMatchObject({ outcome: "ok", field: "grantIdleTtl, clientSecret" });
    expect(change?.seen).toMatch(/^gateway\.update by tok_/);
    await api("PATCH", gatewayPath(shop), shop.token, { clientSecret: "post-secret-1234567890" });
    await fetchUrl(`${origin}/api/v1${gatewayPath(shop)}/grants?all=true`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${shop.token}` },
    });
    expect(await some(shop, { event: "revocation" })).toMatchObject([{ outcome: "ok", reason: "grant_revoked" }]);
  });
});
