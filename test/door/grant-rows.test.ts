// What a grant's object writes: a row for each refresh and seldom more, an alarm that never rings late, old records.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { GrantRecord } from "../../src/worker/store/grant-object/record.ts";
import {
  expectAlive,
  expectDead,
  expectError,
  objectOf,
  operator,
  ownShop,
  passTime,
  rowsOf,
  type SignedIn,
  signIn,
  tokensOf,
} from "./grant-visit.ts";
import type { Shop } from "./journey.ts";

const hour = 3600;
const day = 24 * hour;
let shop: Shop;
beforeAll(async () => {
  shop = await ownShop("object", { gateway: { grantIdleTtl: 10 * day, grantMaxTtl: 90 * day } });
});
afterEach(() => vi.useRealTimers());

type Stored = GrantRecord & { refresh: { spent?: string[] } };

function inObject<T>({ grantId }: SignedIn, look: (storage: DurableObjectStorage) => T | Promise<T>): Promise<T> {
  return runInDurableObject(objectOf(grantId), (_, { storage }) => look(storage));
}

const recordOf = (grant: SignedIn) =>
  inObject(grant, (storage) => {
    const record = storage.kv.get<Stored>("grant");
    if (!record) throw new Error("no record");
    return record;
  });

const alarmOf = (grant: SignedIn) => inObject(grant, async (storage) => ((await storage.getAlarm()) ?? 0) / 1000);
const spentRows = (grant: SignedIn) =>
  inObject(grant, ({ sql }) =>
    sql.exec("SELECT name FROM sqlite_master WHERE name = 'spent'").toArray().length === 0
      ? 0
      : sql.exec("SELECT hash FROM spent").toArray().length,
  );

async function refreshed({ client }: SignedIn, token: string): Promise<string> {
  return (await tokensOf(await client.refresh(token))).refresh_token;
}

describe("rows of a refresh", () => {
  test("one, with the provider's new tokens and the rotation in it", async () => {
    const grant = await signIn(shop);
    const kv = await inObject(grant, (storage) => Object.getPrototypeOf(storage.kv));
    const writes = vi.spyOn(kv, "put");
    const before = await recordOf(grant);
    await refreshed(grant, grant.tokens.refresh_token);
    const saved = writes.mock.calls.filter(([key]) => key === "grant");
    writes.mockRestore();
    const after = await recordOf(grant);
    expect(saved).toHaveLength(1);
    expect(after.authorization?.tokensSealed).not.toBe(before.authorization?.tokensSealed);
    expect(after.refresh.previous?.hash).toBe(before.refresh.hash);
  });

  test("of a hundred refreshes three write a second row, and a token of long ago ends the family", async () => {
    const grant = await signIn(shop);
    const tokens = [grant.tokens.refresh_token];
    for (let count = 0; count < 100; count++) tokens.push(await refreshed(grant, tokens.at(-1) ?? ""));
    expect(await spentRows(grant)).toBe(3);
    expect((await recordOf(grant)).refresh.spent).toHaveLength(99 - 3 * 32);
    await expectError(await grant.client.refresh(tokens[3] ?? ""), 400, "invalid_grant", "refresh_reused");
    await expectDead(grant, { ...grant.tokens, refresh_token: tokens.at(-1) ?? "" });
  });

  test("a token that never was writes nothing, not even a table to look into", async () => {
    const grant = await signIn(shop);
    const forged = `${grant.tokens.refresh_token.split(".")[0]}.${"A".repeat(43)}`;
    await expectError(await grant.client.refresh(forged), 400, "invalid_grant", "refresh_unknown");
    const tables = await inObject(grant, ({ sql }) => sql.exec("SELECT name FROM sqlite_master").toArray());
    expect(JSON.stringify(tables)).not.toContain("spent");
    await expectAlive(grant, grant.tokens);
  });
});

describe("the alarm", () => {
  test("rings at the end of an idle grant, and moves only when half of its time is gone", async () => {
    const grant = await signIn(shop);
    const { wakesAt } = await recordOf(grant);
    expect(await alarmOf(grant)).toBe(wakesAt);
    passTime(hour);
    const first = await refreshed(grant, grant.tokens.refresh_token);
    expect(await alarmOf(grant)).toBe(wakesAt);
    passTime(5 * day);
    await refreshed(grant, first);
    const { authorization } = await recordOf(grant);
    expect(await alarmOf(grant)).toBe((authorization?.lastUsedAt ?? 0) + 10 * day);
  });

  test("one that rings early ends nothing and is set to the end", async () => {
    const grant = await signIn(shop);
    passTime(4 * day);
    await refreshed(grant, grant.tokens.refresh_token);
    const { wakesAt, authorization } = await recordOf(grant);
    passTime((wakesAt ?? 0) - Math.floor(Date.now() / 1000));
    expect(await runDurableObjectAlarm(objectOf(grant.grantId))).toBe(true);
    expect(await rowsOf(grant.grantId)).toBe(1);
    const end = (authorization?.lastUsedAt ?? 0) + 10 * day;
    expect(await alarmOf(grant)).toBe(end);
    passTime(end - Math.floor(Date.now() / 1000));
    await runDurableObjectAlarm(objectOf(grant.grantId));
    expect(await rowsOf(grant.grantId)).toBe(0);
  });

  test("an earlier end is always set: a profile that shortened its idle time", async () => {
    const own = await ownShop("object");
    const grant = await signIn(own);
    await operator(own, "PATCH", `/gateways/${own.gatewayId}`, { grantIdleTtl: hour });
    await refreshed(grant, grant.tokens.refresh_token);
    const { authorization } = await recordOf(grant);
    expect(await alarmOf(grant)).toBe((authorization?.lastUsedAt ?? 0) + hour);
  });
});

describe("a record of a former release", () => {
  /** As it was stored before: no mark of the alarm, one row for each spent token. */
  async function former(): Promise<{ grant: SignedIn; tokens: string[] }> {
    const grant = await signIn(shop);
    const tokens = [grant.tokens.refresh_token];
    for (let count = 0; count < 3; count++) tokens.push(await refreshed(grant, tokens.at(-1) ?? ""));
    await inObject(grant, ({ kv, sql }) => {
      const { wakesAt, refresh, ...record } = kv.get<Stored>("grant") as Stored;
      const { spent = [], ...family } = refresh;
      kv.put("grant", { ...record, refresh: family });
      sql.exec("CREATE TABLE IF NOT EXISTS spent (hash TEXT PRIMARY KEY) WITHOUT ROWID");
      for (const hash of spent) sql.exec("INSERT OR IGNORE INTO spent (hash) VALUES (?)", hash);
    });
    return { grant, tokens };
  }

  test("lives on: it calls, refreshes and gets its alarm", async () => {
    const { grant, tokens } = await former();
    expect(await spentRows(grant)).toBe(2);
    passTime(hour);
    await refreshed(grant, tokens.at(-1) ?? "");
    const { wakesAt, authorization } = await recordOf(grant);
    expect(wakesAt).toBe((authorization?.lastUsedAt ?? 0) + 10 * day);
    expect(await alarmOf(grant)).toBe(wakesAt);
  });

  test("still knows the tokens that were spent then", async () => {
    const { grant, tokens } = await former();
    const current = await refreshed(grant, tokens.at(-1) ?? "");
    await expectError(await grant.client.refresh(tokens[0] ?? ""), 400, "invalid_grant", "refresh_reused");
    await expectDead(grant, { ...grant.tokens, refresh_token: current });
  });

  test("its alarm ends it in time, though it was never written again", async () => {
    const { grant } = await former();
    passTime(10 * day);
    await runDurableObjectAlarm(objectOf(grant.grantId));
    expect(await rowsOf(grant.grantId)).toBe(0);
  });
});
