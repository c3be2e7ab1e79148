// What a runtime says for one person stays with that person: nothing is kept between two, and nobody speaks for another.
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { send } from "./clients/habits.ts";
import { calling, listing } from "./clients/requests.ts";
import { Client, openShop, Person, runtimeSaw, type Shop, type Tokens } from "./journey.ts";

let shop: Shop;
let alice: Tokens;
let bob: Tokens;

/** As a runtime of 2026-07-28 marks a list that is for the asking person alone. */
const privateList = { jsonrpc: "2.0", id: 2, result: { tools: [], ttlMs: 3_600_000, cacheScope: "private" } };

beforeAll(async () => {
  const key = `sharing-${crypto.randomUUID().slice(0, 8)}`;
  const answer = new URLSearchParams({ code: "200", body: JSON.stringify(privateList) });
  const runtimeUrl = `${inject("runtimeUrl")}/do/status/${key}?${answer}`;
  // The runtime remembers what it saw under this key.
  shop = { ...(await openShop({ server: { runtimeUrl } })), slug: key };
  const client = await new Client(shop).register();
  alice = await client.signIn(new Person("user1"));
  bob = await client.signIn(new Person("user2"));
});

/** For whom the runtime was asked, oldest first. */
async function askedFor(): Promise<unknown[]> {
  const hits = await runtimeSaw(shop);
  return hits.map(({ headers }) => decodeJwt(headers["x-mcpstack-assertion"] ?? "").sub);
}

describe("25 a list that is private", () => {
  it("is asked for anew by each person and each time, and no cache on the way may keep it (P-107)", async () => {
    const before = (await askedFor()).length;
    for (const { access_token } of [alice, bob, bob]) {
      const response = await send(shop, listing, access_token);
      expect(await response.json()).toEqual(privateList);
      expect([response.headers.get("cache-control"), response.headers.get("age")]).toEqual(["no-store", null]);
    }
    const [one, other, again] = (await askedFor()).slice(before);
    expect([one === other, other === again]).toEqual([false, true]);
    expect(one).toMatch(/^usr_/);
  });
});

describe("24 the state of one person's call", () => {
  it("P-110 in another's hands reaches the runtime unchanged, and as that other person's", async () => {
    const requestState = "alice.made.this.~+/=";
    const { body, ...sent } = calling("list_tickets");
    const retry = { ...body, params: { name: "list_tickets", arguments: {}, requestState, inputResponses: {} } };
    const subjects = [];
    for (const { access_token } of [alice, bob]) {
      expect((await send(shop, { ...sent, body: retry }, access_token)).status).toBe(200);
      const last = (await runtimeSaw(shop)).at(-1);
      expect(JSON.parse(last?.body ?? "")).toEqual(retry);
      subjects.push(decodeJwt(last?.headers["x-mcpstack-assertion"] ?? "").sub);
    }
    expect(new Set(subjects).size).toBe(2);
  });
});
