// The embedded exchange with a real provider: what an app gets, what it is good for, and that both doors meet.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { exchangeResponse, keyHeader } from "../../src/contract/embed.ts";
import worker from "../../src/worker/index.ts";
import { countStorage } from "./counting-bindings.ts";
import { type Agent, addAgent, appOrigin, appToken, type Exchanged, exchange, told } from "./exchange-visit.ts";
import { api, Client, fetchUrl, openShop, Person, runtimeSaw, type Shop } from "./journey.ts";

let shop: Shop;
let agent: Agent;
let token: string;

beforeAll(async () => {
  shop = await openShop();
  agent = await addAgent(shop);
  token = (await appToken("user1")).accessToken;
});

const client = () => new Client(shop);
const form = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  fetchUrl(`${shop.issuer}/embedded/exchange`, {
    method: "POST",
    headers: { origin: appOrigin, [keyHeader]: agent.key, ...headers },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: token,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      client_id: agent.id,
      ...parameters,
    }),
  });

describe("the answer", () => {
  test("P-87 is that of RFC 8693, never kept, and without a refresh token", async () => {
    const response = await exchange(shop, agent, token);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const body = exchangeResponse.parse(await response.json());
    expect(body).toMatchObject({ token_type: "Bearer", scope: "tickets.read tickets.write", resource: shop.resource });
    expect(body).not.toHaveProperty("refresh_token");
    expect(body.user).toEqual({ id: expect.stringMatching(/^usr_/), workspace: "org_north" });
    expect(body.expires_in).toBeGreaterThan(500);
    expect(body.expires_in).toBeLessThanOrEqual(600);
  });

  test("the profile's accessTokenTtl is its upper end", async () => {
    const brief = await openShop({ gateway: { accessTokenTtl: 120 } });
    const { expires_in: lifetime } = await told(await exchange(brief, await addAgent(brief), token));
    expect(lifetime).toBe(120);
  });

  test("the token calls tools as that person, with the app's own token at the runtime", async () => {
    const { access_token } = await told(await exchange(shop, agent, token));
    expect((await client().call(access_token)).status).toBe(200);
    expect((await runtimeSaw(shop)).at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
  });

  test("narrower scopes are what the token gets", async () => {
    const answer = await told(await exchange(shop, agent, token, { scopes: ["tickets.read"] }));
    expect(answer.scope).toBe("tickets.read");
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "create_ticket", arguments: {} } };
    expect((await client().call(answer.access_token, call)).status).toBe(403);
  });

  test.each<[string, () => Partial<Record<string, string>>]>([
    ["id", () => ({ agentId: agent.id })],
    ["handle", () => ({ agentId: agent.handle })],
    ["name", () => ({ agentId: agent.name })],
  ])("an agent is known by its %s", async (_, overrides) => {
    expect((await exchange(shop, agent, token, overrides())).status).toBe(200);
  });
});

describe("the form of RFC 8693", () => {
  test.each([
    ["alone", {}],
    ["with the MCP URL as resource", { resource: "RESOURCE" }],
    ["with scopes", { scope: "tickets.read" }],
    ["with the token called a JWT", { subject_token_type: "urn:ietf:params:oauth:token-type:jwt" }],
  ])("%s", async (_, parameters) => {
    const named = "resource" in parameters ? { resource: shop.resource } : parameters;
    expect((await form({ ...named })).status).toBe(200);
  });

  test.each<[string, Record<string, string>, object]>([
    [
      "another grant type",
      { grant_type: "client_credentials" },
      { error: "unsupported_grant_type", field: "grant_type" },
    ],
    [
      "an ID token as such",
      { subject_token_type: "urn:ietf:params:oauth:token-type:id_token" },
      { error: "invalid_request", field: "subject_token_type" },
    ],
    [
      "another token wanted",
      { requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token" },
      { field: "requested_token_type" },
    ],
    [
      "another resource",
      { resource: "https://elsewhere.example/mcp" },
      { error: "invalid_target", reason: "resource_unknown" },
    ],
    ["an actor", { actor_token: "x" }, { error: "invalid_request", field: "actor_token" }],
    ["no token", { subject_token: "" }, { error: "invalid_request", field: "subject_token" }],
    ["no agent", { client_id: "" }, { error: "invalid_request", field: "client_id" }],
  ])("%s is refused", async (_, parameters, expected) => {
    expect(await told(await form(parameters))).toMatchObject({ status: 400, ...expected });
  });

  test("no key is refused", async () => {
    expect(await told(await form({}, { [keyHeader]: "" }))).toMatchObject({ status: 401, field: keyHeader });
  });
});

describe("both doors", () => {
  test("P-93 the same person through both is one user, one workspace, with both channels", async () => {
    const house = await openShop();
    const embedded = await told(await exchange(house, await addAgent(house), token));
    await (await new Client(house).register()).signIn(new Person("user1"));
    const { items } = await api<{ items: object[] }>(
      "GET",
      `/organizations/${house.organizationId}/users`,
      house.token,
    );
    expect(items).toEqual([
      expect.objectContaining({ id: embedded.user.id, workspace: "org_north", channels: ["embedded", "oauth"] }),
    ]);
  });

  test("two people are two", async () => {
    const [one, other] = await Promise.all(
      ["user1", "user2"].map(async (login) => told(await exchange(shop, agent, (await appToken(login)).accessToken))),
    );
    expect(one?.user.id).not.toBe(other?.user.id);
    expect(other?.user.workspace).toBe("org_south");
  });

  test("P-91 an issued token is refused at another server", async () => {
    const { access_token } = await told(await exchange(shop, agent, token));
    const other = await openShop();
    expect((await new Client(other).call(access_token)).status).toBe(401);
  });

  test("P-91 an agent that is unlinked cannot go on with what it got", async () => {
    const leaving = await addAgent(shop, { name: "Leaving" });
    const { access_token } = await told(await exchange(shop, leaving, token));
    expect((await client().call(access_token)).status).toBe(200);
    const link = `/organizations/${shop.organizationId}/agents/${leaving.id}/mcp-servers/${shop.serverId}`;
    await api("DELETE", link, shop.token);
    expect(await (await client().call(access_token)).json()).toMatchObject({ reason: "token_revoked" });
  });

  test.each<["user" | "client", (issued: Exchanged, agent: Agent) => string]>([
    ["user", ({ user }) => user.id],
    ["client", (_, { id }) => id],
  ])("P-78 all of one %s is revoked: the token ends, and the app gets a new one", async (by, named) => {
    const revoked = await addAgent(shop, { name: `Revoked by ${by}` });
    const issued = await told(await exchange(shop, revoked, token));
    const path = `/organizations/${shop.organizationId}/gateways/${shop.gatewayId}/grants`;
    await api("DELETE", `${path}?${by}=${named(issued, revoked)}x`, shop.token);
    expect((await client().call(issued.access_token)).status).toBe(200);
    await api("DELETE", `${path}?${by}=${named(issued, revoked)}`, shop.token);
    const refused = await client().call(issued.access_token);
    expect(await refused.json()).toMatchObject({ reason: "token_revoked" });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const again = await told(await exchange(shop, revoked, token));
    expect((await client().call(again.access_token)).status).toBe(200);
  });

  test("an issued token is no subject token", async () => {
    const { access_token } = await told(await exchange(shop, agent, token));
    expect(await told(await exchange(shop, agent, access_token))).toMatchObject({
      status: 400,
      reason: "app_token_own",
    });
  });

  test("the app's own token is no bearer token of the MCP URL", async () => {
    const response = await client().call(token);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ reason: "token_invalid" });
  });

  test("an ID token of the real provider is told as such", async () => {
    const { idToken } = await appToken("user1");
    expect(await told(await exchange(shop, agent, idToken))).toMatchObject({ reason: "app_token_id_token" });
  });
});

const requestOf = (url: string, { method = "POST", headers = {}, body = null }: RequestInit) =>
  new Request<unknown, IncomingRequestCfProperties>(url, { method, headers, body });

describe("storage", () => {
  async function priced(ledger: ReturnType<typeof countStorage>) {
    const execution = createExecutionContext();
    const knock = async (url: string, init: RequestInit) =>
      worker.fetch(requestOf(url, init), ledger.bindings, execution);
    ledger.taken();
    const response = await exchange(shop, agent, token, {}, {}, knock);
    const before = ledger.taken();
    await response.arrayBuffer();
    await waitOnExecutionContext(execution);
    return { status: response.status, before, after: ledger.taken() };
  }

  test("a warm exchange asks no storage, and notes the person once an hour", async () => {
    const ledger = countStorage(env);
    const first = await priced(ledger);
    expect(first.status).toBe(200);
    expect(new Set(first.before)).toEqual(new Set(["kv get"]));
    expect(first.after).toEqual(["d1 query"]);
    expect(await priced(ledger)).toEqual({ status: 200, before: [], after: [] });
  });
});

describe("the log", () => {
  test("a line for each exchange, without the token", async () => {
    const house = await openShop();
    const its = await addAgent(house);
    const session = `session\u0007${"x".repeat(100)}`;
    const { user } = await told(await exchange(house, its, token, { appSessionKey: session }));
    await exchange(house, its, token, { userIdentity: { subject: "somebody-else" } });
    const logs = `/organizations/${house.organizationId}/gateways/${house.gatewayId}/logs?event=exchange`;
    const { items } = await vi.waitFor(async () => {
      const page = await api<{ items: { outcome: string }[] }>("GET", logs, house.token);
      expect(page.items).toHaveLength(2);
      return page;
    }, 5000);
    expect(items.sort((one, other) => one.outcome.localeCompare(other.outcome))).toMatchObject([
      { outcome: "ok", agent: its.id, origin: appOrigin, user: user.id, session: `session${"x".repeat(57)}` },
      { outcome: "refused", reason: "user_identity_mismatch", seen: expect.stringMatching(/^sha256:/) },
    ]);
    expect(JSON.stringify(items)).not.toContain(token);
    expect(JSON.stringify(items)).not.toContain("somebody-else");
  });
});
