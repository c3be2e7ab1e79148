// Keys under pressure: floods of unknown ones, key sets that change, and a provider that is down.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, inject, test, vi } from "vitest";
import type { Bindings } from "../../src/worker/settings.ts";
import { type Agent, addAgent, asked, exchange, openScripted, publish, Signer, told } from "./exchange-visit.ts";
import { apiResource, type Shop } from "./journey.ts";
import { knock } from "./knock.ts";

let signer: Signer;
beforeAll(async () => {
  signer = await Signer.make();
});

type Scripted = Shop & { tokenIssuer: string; place: string };

async function open(place: string): Promise<{ shop: Scripted; agent: Agent; token(kid?: string): Promise<string> }> {
  const shop = await openScripted(place, { keys: [{ ...signer.jwk, kid: "key-1", use: "sig" }] });
  const agent = await addAgent(shop);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: shop.tokenIssuer, sub: "ada", aud: apiResource, iat: now, exp: now + 7200 };
  return { shop, agent, token: (kid = "key-1") => signer.sign(claims, { kid }) };
}

/** The shared copies of an edge that has none of any provider yet. */
function withoutProviders(): Bindings["COPIES"] {
  return new Proxy(env.COPIES, {
    get(copies, name) {
      const member: unknown = Reflect.get(copies, name, copies);
      if (typeof member !== "function") return member;
      return async (...sent: unknown[]) =>
        name === "get" && String(sent[0]).startsWith("provider:") ? null : Reflect.apply(member, copies, sent);
    },
  });
}

async function later<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}

describe("a flood of unknown keys", () => {
  test("a thousand at once, on a cold isolate, are two fetches at most", async () => {
    const { shop, agent, token } = await open("flood");
    const isolate = { ...env };
    const ask = async (kid: string) =>
      exchange(shop, agent, await token(kid), {}, {}, (url, init) => knock(isolate, url, init));
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => ask(`random-${i}`)));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 400 || status === 429)).toBe(true);
    expect(await asked("/flood/jwks")).toBeLessThanOrEqual(2);
    expect((await ask("key-1")).status).toBe(200);
    await later(31, () => Promise.all(Array.from({ length: 100 }, (_, i) => ask(`more-${i}`))));
    expect(await asked("/flood/jwks")).toBe(2);
  }, 60_000);

  test("a key that was rotated in is found after half a minute", async () => {
    const { shop, agent, token } = await open("rotated");
    expect((await exchange(shop, agent, await token())).status).toBe(200);
    await publish("/rotated/jwks", { keys: [{ ...signer.jwk, kid: "key-2" }] });
    await later(31, async () => expect((await exchange(shop, agent, await token("key-2"))).status).toBe(200));
  });
});

describe("a provider that is down", () => {
  test("known keys go on, unknown ones are 503 and not the token's fault", async () => {
    const { shop, agent, token } = await open("down");
    expect((await exchange(shop, agent, await token())).status).toBe(200);
    await publish("/down/jwks", {}, 500);
    await later(3700, async () => {
      expect((await exchange(shop, agent, await token())).status).toBe(200);
      for (let round = 0; round < 3; round++) {
        const answer = await exchange(shop, agent, await token(`new-${round}`));
        expect(answer.headers.get("retry-after")).toBe("5");
        expect(await told(answer)).toMatchObject({ status: 503, reason: "provider_unavailable" });
      }
    });
    expect(await asked("/down/jwks")).toBe(2);
  });

  test("another isolate takes the key set from the shared copy", async () => {
    const { shop, agent, token } = await open("shared");
    expect((await exchange(shop, agent, await token())).status).toBe(200);
    await publish("/shared/jwks", {}, 503);
    const isolate = { ...env };
    const response = await exchange(shop, agent, await token(), {}, {}, (url, init) => knock(isolate, url, init));
    expect(response.status).toBe(200);
  });

  test("without any copy the answer is 503, and a crowd is one question", async () => {
    const { shop, agent, token } = await open("never");
    await publish("/never/jwks", {}, 500);
    const answers = await Promise.all(Array.from({ length: 20 }, async () => exchange(shop, agent, await token())));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(await asked("/never/jwks")).toBe(1);
  });
});

describe("a provider that fails for a moment", () => {
  const statusesOf = async (asking: () => Promise<Response>) => {
    const answers = await Promise.all(Array.from({ length: 32 }, asking));
    return [...new Set(answers.map(({ status }) => status))];
  };

  test.for(["metadata", "jwks"])(
    "a cold isolate whose first question about %s fails is well again within seconds",
    async (failing) => {
      const { shop, agent, token } = await open(`moment-${failing}`);
      const path = `/moment-${failing}/${failing}`;
      const published = await (await fetch(`${inject("publishedUrl")}${path}`)).json();
      const before = await asked(path);
      const isolate = { ...env, COPIES: withoutProviders() };
      const ask = async () => exchange(shop, agent, await token(), {}, {}, (url, init) => knock(isolate, url, init));
      await publish(path, {}, 500);
      expect(await statusesOf(ask)).toEqual([503]);
      expect(await asked(path)).toBe(before + 1);
      await publish(path, published);
      await later(3, async () => expect(await statusesOf(ask)).toEqual([200]));
      expect(await asked(path)).toBe(before + 2);
    },
  );

  test("a key that is rotated in meanwhile is found within seconds", async () => {
    const { shop, agent, token } = await open("moment-rotated");
    expect((await exchange(shop, agent, await token())).status).toBe(200);
    await publish("/moment-rotated/jwks", {}, 500);
    await later(31, async () => expect((await exchange(shop, agent, await token("key-2"))).status).toBe(503));
    await publish("/moment-rotated/jwks", { keys: [{ ...signer.jwk, kid: "key-2" }] });
    await later(34, async () => expect((await exchange(shop, agent, await token("key-2"))).status).toBe(200));
  });

  test("one that stays down is asked less and less often, at most every eight seconds", async () => {
    const { shop, agent, token } = await open("stays-down");
    await publish("/stays-down/jwks", {}, 500);
    const now = Date.now();
    for (let second = 0; second < 60; second++) {
      vi.useFakeTimers({ toFake: ["Date"], now: now + second * 1000 });
      expect((await exchange(shop, agent, await token())).status).toBe(503);
    }
    vi.useRealTimers();
    // After 0, 2, 6, 14, 22, 30, 38, 46 and 54 seconds.
    expect(await asked("/stays-down/jwks")).toBe(9);
  });
});
