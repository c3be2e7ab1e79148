// The tokens of a static headers server's callers: what a call costs in storage, and when a change of them is seen.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "../../src/worker/index.ts";
import { countStorage, type Ledger } from "./counting-bindings.ts";
import { incoming } from "./knock.ts";
import { api, errorOf, fetchUrl, origin } from "./shop.ts";
import { addToken, callShared, mcpCall, openShared, type SharedServer } from "./static-headers-visit.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** One call in the isolate of this ledger: status, round trips before the answer, and after it. */
async function priced(ledger: Ledger, shared: SharedServer, token: string | null) {
  ledger.taken();
  const context = createExecutionContext();
  const response = await worker.fetch(incoming(shared.resource, mcpCall(token)), ledger.bindings, context);
  const before = ledger.taken();
  await response.arrayBuffer();
  await waitOnExecutionContext(context);
  return [response.status, before, ledger.taken()];
}

const isolate = () => countStorage(env);
const later = (seconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });

describe("what a call costs", () => {
  it("a warm call makes no storage round trip; the first one notes the day's use after its answer", async () => {
    const shared = await openShared();
    const ledger = isolate();
    // What is noted before or after the answer depends on when the platform asks the database, so both count together.
    const [status, before, after] = await priced(ledger, shared, shared.caller.token);
    expect([status, [before, after].flat()]).toEqual([200, ["kv get", "d1 query"]]);
    expect(await priced(ledger, shared, shared.caller.token)).toEqual([200, [], []]);
    const { items } = await api<{ items: { id: string; lastUsedAt: string | null }[] }>(
      "GET",
      `${shared.base}/tokens`,
      shared.token,
    );
    expect(items.find(({ id }) => id === shared.caller.id)?.lastUsedAt).toMatch(/^\d{4}-/);
  });

  it.each([
    ["no token", null],
    ["something else than an API token", "x".repeat(200)],
    ["nearly an API token", "mcpstack_sk_short"],
  ])("%s costs no storage", async (_, token) => {
    const shared = await openShared();
    const ledger = isolate();
    await priced(ledger, shared, null);
    expect(await priced(ledger, shared, token)).toEqual([401, [], []]);
  });

  it("an unknown token is looked up once, and not more often than failures are allowed", async () => {
    const shared = await openShared();
    const ledger = isolate();
    await priced(ledger, shared, null);
    const madeUp = `mcpstack_sk_${"c".repeat(43)}`;
    expect(await priced(ledger, shared, madeUp)).toEqual([401, ["limit", "d1 query"], []]);
    expect(await priced(ledger, shared, madeUp)).toEqual([401, [], []]);
    const limited = countStorage(env, { LIMIT_FAILURES: { limit: async () => ({ success: false }) } });
    await priced(limited, shared, null);
    expect(await priced(limited, shared, madeUp)).toEqual([401, ["limit"], []]);
  });
});

describe("when a change is seen", () => {
  it("a token that was made a moment ago is good at once, also where the copy is older", async () => {
    const shared = await openShared();
    const ledger = isolate();
    await priced(ledger, shared, shared.caller.token);
    const { token } = await addToken(shared, "caller", "New");
    const [status, before] = await priced(ledger, shared, token);
    expect([status, before]).toEqual([200, ["limit", "d1 query", "d1 batch", "d1 query"]]);
    expect(await priced(ledger, shared, token)).toEqual([200, [], []]);
  });

  it("a revoked token is refused at once where it was revoked", async () => {
    const shared = await openShared();
    expect((await callShared(shared, shared.caller.token)).status).toBe(200);
    await api("DELETE", `${shared.base}/tokens/${shared.caller.id}`, shared.token);
    const response = await callShared(shared, shared.caller.token);
    expect([response.status, (await errorOf(response)).reason]).toEqual([401, "caller_token_unknown"]);
  });

  it("and elsewhere as soon as the copy is read again, after 30 s at most", async () => {
    const shared = await openShared();
    const { token } = shared.caller;
    const [quiet, busy] = [isolate(), isolate()];
    for (const one of [quiet, busy]) expect((await priced(one, shared, token))[0]).toBe(200);
    await api("DELETE", `${shared.base}/tokens/${shared.caller.id}`, shared.token);
    later(11);
    expect((await priced(busy, shared, token))[0]).toBe(200);
    expect((await priced(busy, shared, token))[0]).toBe(401);
    later(20);
    expect((await priced(quiet, shared, token))[0]).toBe(401);
  });

  it("tokens of other roles change no server", async () => {
    const shared = await openShared();
    const revision = () => env.DB.prepare("SELECT revision FROM servers WHERE slug = ?").bind(shared.slug).first();
    const before = await revision();
    const { id } = await addToken(shared, "viewer");
    await api("DELETE", `${shared.base}/tokens/${id}`, shared.token);
    expect(await revision()).toEqual(before);
  });
});

it("an organization has 200 living tokens of role caller at most, and is told which to give up", async () => {
  const shared = await openShared();
  const insert = env.DB.prepare(
    "INSERT INTO api_tokens (id, organization_id, name, role, token_hash, created_at) VALUES (?, ?, 'n', 'caller', ?, 1)",
  );
  const ids = Array.from({ length: 199 }, () => crypto.randomUUID());
  await env.DB.batch(ids.map((id) => insert.bind(`tok_${id}`, shared.organizationId, id)));
  const create = (role: string) =>
    fetchUrl(`${origin}/api/v1${shared.base}/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${shared.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "One more", role }),
    });
  const refused = await create("caller");
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ error: { code: "too_many_tokens", field: "role" } });
  expect((await create("viewer")).status).toBe(201);
  await api("DELETE", `${shared.base}/tokens/${shared.caller.id}`, shared.token);
  expect((await create("caller")).status).toBe(201);
});
