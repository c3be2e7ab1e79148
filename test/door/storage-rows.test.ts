// Rows that a request leaves written, in objects and in D1, its log lines among them: rows are most of what storage costs.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { takeRows, watchRows } from "../bench/workers/written-rows.ts";
import { addAgent, appToken, exchange } from "./exchange-visit.ts";
import { Client, openShop, Person, type Shop } from "./journey.ts";
import { logObject } from "./log-visit.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  await runInDurableObject(logObject("gw_watched"), (_, state) => watchRows(state));
});

/** Until the lines of successes, which wait for two seconds, are delivered. */
const logged = () => new Promise((resolve) => setTimeout(resolve, 2_500));

async function rowsOf(work: () => Promise<unknown>): Promise<{ objects: number; d1: number }> {
  await logged();
  const batches = vi.spyOn(Object.getPrototypeOf(env.DB), "batch");
  takeRows();
  await work();
  await logged();
  const objects = takeRows();
  const answers = (await Promise.all(batches.mock.results.map(({ value }) => value))) as D1Result[][];
  batches.mockRestore();
  return { objects, d1: answers.flat().reduce((sum, { meta }) => sum + meta.rows_written, 0) };
}

describe("rows written", () => {
  it("a refresh: the grant's record, and a row of the log that it shares with others", async () => {
    const client = await new Client(shop).register();
    let tokens = await client.signIn(new Person());
    const refresh = async () => {
      tokens = await (await client.refresh(tokens.refresh_token)).json();
    };
    expect(await rowsOf(refresh)).toEqual({ objects: 2, d1: 0 });
    const ten = async () => {
      for (let count = 0; count < 10; count++) await refresh();
    };
    expect(await rowsOf(ten)).toEqual({ objects: 11, d1: 0 });
  }, 20_000);

  it("an exchange by somebody whom the log knows: a row of the log that it shares with others", async () => {
    const agent = await addAgent(shop);
    const { accessToken } = await appToken("user1");
    const ask = async () => (await exchange(shop, agent, accessToken)).arrayBuffer();
    await ask();
    expect(await rowsOf(ask)).toEqual({ objects: 1, d1: 0 });
    const ten = async () => {
      for (let count = 0; count < 10; count++) await ask();
    };
    expect(await rowsOf(ten)).toEqual({ objects: 1, d1: 0 });
  }, 20_000);

  it("a sign-in: the states of its attempt, a line of the log for each step, and the index", async () => {
    const client = await new Client(shop).register();
    const signIn = () => client.signIn(new Person("user1"));
    await signIn();
    expect(await rowsOf(signIn)).toEqual({ objects: 16, d1: 6 });
  }, 20_000);
});
