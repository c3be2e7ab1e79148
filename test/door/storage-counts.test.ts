// What a request costs in storage: each promise of the cost table, counted on the worker's real bindings.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "../../src/worker/index.ts";
import { findForm } from "../rig/html-form.ts";
import { countStorage, type Ledger } from "./counting-bindings.ts";
import { Client, openShop, origin, Person, type Shop } from "./journey.ts";
import { incoming } from "./knock.ts";

interface Price {
  response: Response;
  /** Round trips begun before the answer was there. */
  before: string[];
  /** Round trips of the work that lives on after it. */
  after: string[];
}

async function priced(ledger: Ledger, url: string, init: RequestInit = {}): Promise<Price> {
  ledger.taken();
  const context = createExecutionContext();
  const response = await worker.fetch(incoming(url, init), ledger.bindings, context);
  const before = ledger.taken();
  const copy = new Response(await response.arrayBuffer(), response);
  await waitOnExecutionContext(context);
  return { response: copy, before, after: ledger.taken() };
}

afterEach(() => {
  vi.useRealTimers();
});

const listTools = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });

function mcpCall(token: string | null): RequestInit {
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: listTools,
  };
}

const cold = () => countStorage(env);

/** An isolate that has met the server before. */
async function warm(shop: Shop): Promise<Ledger> {
  const ledger = cold();
  await priced(ledger, shop.resource, mcpCall(null));
  return ledger;
}

function form(client: Client, parameters: Record<string, string>): RequestInit {
  return { method: "POST", body: new URLSearchParams({ client_id: client.clientId, ...parameters }) };
}

describe("the MCP URL", () => {
  it("a warm call makes no storage round trip, before or after its answer", async () => {
    const shop = await openShop();
    const tokens = await (await new Client(shop).register()).signIn(new Person());
    const ledger = await warm(shop);
    await priced(ledger, shop.resource, mcpCall(tokens.access_token));
    const { response, before, after } = await priced(ledger, shop.resource, mcpCall(tokens.access_token));
    expect([response.status, before, after]).toEqual([200, [], []]);
  });

  it("the first call of a cold isolate reads KV once and nothing else", async () => {
    const shop = await openShop();
    const tokens = await (await new Client(shop).register()).signIn(new Person());
    const { response, before, after } = await priced(cold(), shop.resource, mcpCall(tokens.access_token));
    expect([response.status, before, after]).toEqual([200, ["kv get"], []]);
  });

  it.each([
    ["a 401 challenge", null],
    ["a token that is none of ours", "not-a-token"],
    ["a token that only looks like one", `${"e".repeat(40)}..${"a".repeat(16)}.${"b".repeat(900)}.${"c".repeat(22)}`],
  ])("%s costs no storage", async (_, token) => {
    const shop = await openShop();
    const ledger = await warm(shop);
    const { response, before, after } = await priced(ledger, shop.resource, mcpCall(token));
    expect([response.status, before, after]).toEqual([401, [], []]);
  });

  it("a copy of 15 s is served at once and read again meanwhile: one KV read that nobody waits for", async () => {
    const shop = await openShop();
    let arrive = () => {};
    const held = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    let holding = false;
    const COPIES = new Proxy(env.COPIES, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...sent: unknown[]) => {
          const answer: unknown = Reflect.apply(member, target, sent);
          return holding ? held.then(() => answer) : answer;
        };
      },
    });
    const ledger = countStorage(env, { COPIES });
    await priced(ledger, shop.resource, mcpCall(null));
    holding = true;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 15_000 });
    const served = await priced(ledger, shop.resource, mcpCall(null));
    expect([served.response.status, served.before, served.after]).toEqual([401, ["kv get"], []]);
    const next = await priced(ledger, shop.resource, mcpCall(null));
    expect([next.response.status, next.before]).toEqual([401, []]);
    arrive();
  });

  it("a name that no server has is asked for once, not with every request", async () => {
    const ledger = cold();
    const url = `http://localhost:8787/s/nobody-${crypto.randomUUID().slice(0, 8)}/mcp`;
    const first = await priced(ledger, url, mcpCall(null));
    expect([first.response.status, first.before]).toEqual([404, ["kv get", "d1 batch"]]);
    const second = await priced(ledger, url, mcpCall(null));
    expect([second.response.status, second.before, second.after]).toEqual([404, [], []]);
  });

  it("a name that cannot be a slug is never asked for", async () => {
    const { response, before } = await priced(cold(), "http://localhost:8787/s/Not_A_Slug/mcp", mcpCall(null));
    expect([response.status, before]).toEqual([404, []]);
  });
});

describe("documents", () => {
  it.each([
    [
      "the resource document",
      (shop: Shop) => `http://localhost:8787/.well-known/oauth-protected-resource/s/${shop.slug}/mcp`,
    ],
    [
      "the issuer document",
      (shop: Shop) => `http://localhost:8787/.well-known/oauth-authorization-server/s/${shop.slug}`,
    ],
  ])("%s costs no storage in a warm isolate", async (_, urlOf) => {
    const shop = await openShop();
    const ledger = await warm(shop);
    const { response, before, after } = await priced(ledger, urlOf(shop));
    expect([response.status, before, after]).toEqual([200, [], []]);
  });

  it("the key set is read once a minute and isolate", async () => {
    const ledger = cold();
    const url = "http://localhost:8787/.well-known/jwks.json";
    const first = await priced(ledger, url);
    expect([first.response.status, first.before]).toEqual([200, ["d1 query"]]);
    const second = await priced(ledger, url);
    expect([second.response.status, second.before, second.after]).toEqual([200, [], []]);
    expect(await second.response.json()).toEqual(await first.response.json());
  });

  it("a preflight costs no storage, even in a cold isolate", async () => {
    const { response, before } = await priced(cold(), "http://localhost:8787/s/anything/token", { method: "OPTIONS" });
    expect([response.status, before]).toEqual([204, []]);
  });
});

describe("the token endpoint", () => {
  it("a code is redeemed with one call of one object and nothing else", async () => {
    const shop = await openShop();
    const client = await new Client(shop).register();
    const code = await client.code(new Person());
    const ledger = await warm(shop);
    const proof = { code, code_verifier: client.verifier, redirect_uri: client.redirectUri, resource: shop.resource };
    const redemption = form(client, { grant_type: "authorization_code", ...proof });
    const { response, before, after } = await priced(ledger, `${shop.endpoints}/token`, redemption);
    expect([response.status, before, after]).toEqual([200, ["object redeem"], []]);
  });

  it("a refresh is one call of one object and nothing else", async () => {
    const shop = await openShop();
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person());
    const ledger = await warm(shop);
    const refresh = form(client, { grant_type: "refresh_token", refresh_token: tokens.refresh_token });
    const { response, before, after } = await priced(ledger, `${shop.endpoints}/token`, refresh);
    expect([response.status, before, after]).toEqual([200, ["object refresh"], []]);
  });

  it("a refresh on another day also notes the use, once, in a batch that nobody waits for", async () => {
    const shop = await openShop();
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person());
    const ledger = await warm(shop);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 25 * 3_600_000 });
    await priced(ledger, shop.resource, mcpCall(null));
    const refresh = (token: string) => form(client, { grant_type: "refresh_token", refresh_token: token });
    const first = await priced(ledger, `${shop.endpoints}/token`, refresh(tokens.refresh_token));
    expect([first.response.status, first.before, first.after]).toEqual([200, ["object refresh"], ["d1 batch"]]);
    const { refresh_token }: { refresh_token: string } = await first.response.json();
    const second = await priced(ledger, `${shop.endpoints}/token`, refresh(refresh_token));
    expect([second.response.status, second.before, second.after]).toEqual([200, ["object refresh"], []]);
  });

  it("a made-up refresh token opens no object and looks the client up once", async () => {
    const shop = await openShop();
    const client = await new Client(shop).register();
    const ledger = await warm(shop);
    const refresh = form(client, { grant_type: "refresh_token", refresh_token: "mcpstack_rt_made-up.token" });
    const { response, before } = await priced(ledger, `${shop.endpoints}/token`, refresh);
    expect([response.status, before]).toEqual([400, ["limit", "d1 query"]]);
  });
});

describe("on the way to a grant", () => {
  it("an authorization reads its client once and opens one object", async () => {
    const shop = await openShop();
    const client = await new Client(shop).register();
    const ledger = await warm(shop);
    const url = await client.authorizeUrl();
    const { response, before, after } = await priced(ledger, url.href);
    expect([response.status, before, after]).toEqual([303, ["limit", "d1 query", "object open"], []]);
  });

  it("a registration is a look and a write; the same one again is a look, and then none for a minute", async () => {
    const shop = await openShop();
    const ledger = await warm(shop);
    const body = JSON.stringify({ redirect_uris: ["http://127.0.0.1/cb"], token_endpoint_auth_method: "none" });
    const registration = { method: "POST", headers: { "content-type": "application/json" }, body };
    const prices = [];
    for (let time = 0; time < 3; time++) {
      const { response, before, after } = await priced(ledger, `${shop.endpoints}/register`, registration);
      prices.push([response.status, before, after]);
    }
    expect(prices).toEqual([
      [201, ["d1 query", "limit", "d1 batch"], []],
      [201, ["d1 query"], []],
      [201, [], []],
    ]);
  });

  it("consent: showing it looks at one object, deciding calls it once", async () => {
    const shop = await openShop();
    const person = new Person();
    const url = await (await new Client(shop).register()).authorizeUrl();
    const { final } = await person.walk(url, { until: `${origin}/consent?` });
    const ledger = await warm(shop);
    const shown = await priced(ledger, final.href);
    expect([shown.response.status, shown.before]).toEqual([200, ["object look"]]);
    person.jar.take(final, shown.response);
    const inputs = findForm(await shown.response.text(), final)?.inputs ?? [];
    const body = new URLSearchParams(inputs.map(({ name, value }) => [name, value]));
    body.set("decision", "allow");
    const headers = { origin, cookie: person.jar.header(final) ?? "" };
    const decided = await priced(ledger, `${origin}/consent`, { method: "POST", body, headers });
    expect(decided.response.status).toBe(303);
    expect(decided.before.filter((trip) => !trip.startsWith("kv"))).toEqual(["object approve"]);
  });

  it("the way back: two calls of one object and one batch; what the provider publishes is read once", async () => {
    const shop = await openShop();
    const ledger = await warm(shop);
    const client = await new Client(shop).register();
    const arrive = async () => {
      const person = new Person();
      const { final } = await person.walk(await client.authorizeUrl(), { until: `${origin}/callback/` });
      const headers = { cookie: person.jar.header(final) ?? "" };
      const { response, before, after } = await priced(ledger, final.href, { headers });
      return [response.status, before, after];
    };
    expect(await arrive()).toEqual([303, ["object arrive", "kv get", "kv get", "object identify", "d1 batch"], []]);
    expect(await arrive()).toEqual([303, ["object arrive", "object identify", "d1 batch"], []]);
  });
});
