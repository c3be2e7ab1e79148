// What ties an attempt to one browser: its cookies, the consents that it remembers and the token of its form.
import { describe, expect, test } from "vitest";
import * as browser from "../../src/worker/endpoints/authorize/browser.ts";
import { createSealer } from "../../src/worker/tokens/seal.ts";

const sealer = createSealer([new Uint8Array(32).fill(1)]);

describe("P-57 cookies of a browser", () => {
  const rules = { secure: true };
  const name = "n".repeat(43);
  const now = 1_800_000_000;
  const request = (...cookies: string[]) =>
    new Request("https://x.example", { headers: { cookie: cookies.join("; ") } });
  const pair = (setCookie: string) => setCookie.split(";", 1)[0] ?? "";
  const remember = (digest: string, before = [] as { digest: string; until: number }[], who = name) =>
    browser.rememberConsent(before, digest, who, sealer, rules, now).then(pair);
  const remembered = (...cookies: string[]) => browser.rememberedConsents(request(...cookies), sealer, rules, now);
  const own = `__Host-mcpstack_browser=${name}`;

  test("on https they are __Host-, Secure, HttpOnly and Lax, without a domain", () => {
    const value = browser.cookie("browser", name, 60, rules);
    expect(value).toBe(`__Host-mcpstack_browser=${name}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure`);
    expect(browser.cookie("browser", name, 60, { secure: false })).not.toMatch(/__Host-|Secure/);
  });

  test("a cookie that a sub-domain could have set is not taken for the browser's own", () => {
    expect(browser.browserOf(request(`mcpstack_browser=${name}`), rules)).toBeNull();
    expect(browser.browserOf(request(own), rules)).toBe(name);
  });

  test.each(["", "short", `${name}x`, "!".repeat(43)])("a malformed browser name counts as none: %j", (value) => {
    expect(browser.browserOf(request(`__Host-mcpstack_browser=${value}`), rules)).toBeNull();
  });

  test("a consent is remembered in the browser that gave it", async () => {
    expect(await remembered("other=1", own, await remember("digest"))).toMatchObject([{ digest: "digest" }]);
  });

  test("another browser, another key, no browser and an edited list remember nothing", async () => {
    const cookie = await remember("digest");
    const { length } = cookie;
    expect(await remembered(`__Host-mcpstack_browser=${"o".repeat(43)}`, cookie)).toEqual([]);
    expect(await remembered(cookie)).toEqual([]);
    expect(await remembered(own, cookie.replace("digest", "edited"))).toEqual([]);
    expect(await remembered(own, cookie.slice(0, length - 5))).toEqual([]);
    expect(await remembered(own, `${cookie.split("*")[0]}`)).toEqual([]);
    expect(await remembered(own, "__Host-mcpstack_consents=")).toEqual([]);
    expect(await remembered(own, "__Host-mcpstack_consents=***~~..")).toEqual([]);
    expect(
      await browser.rememberedConsents(request(own, cookie), createSealer([new Uint8Array(32).fill(2)]), rules, now),
    ).toEqual([]);
  });

  test("it is forgotten after its time, on the hour", async () => {
    const cookie = await remember("digest");
    const at = (time: number) => browser.rememberedConsents(request(own, cookie), sealer, rules, time);
    expect(await at(now + browser.consentRemembered - 1)).toHaveLength(1);
    expect(await at(now + browser.consentRemembered)).toEqual([]);
  });

  test("the newest sixteen are kept, each once", async () => {
    const before = Array.from({ length: 30 }, (_, index) => ({ digest: `d${index}`, until: now + 10 }));
    const digests = (await remembered(own, await remember("d3", before))).map(({ digest }) => digest);
    expect(digests).toHaveLength(16);
    expect(new Set(digests).size).toBe(16);
    expect(digests[0]).toBe("d3");
  });

  test("the form's token belongs to one browser and one ticket (P-59)", async () => {
    const token = await browser.formToken(sealer, name, "ticket");
    expect(await browser.formToken(sealer, "o".repeat(43), "ticket")).not.toBe(token);
    expect(await browser.formToken(sealer, name, "other")).not.toBe(token);
  });

  test("two sign-ins in one browser keep their cookies apart, however alike the ids of their objects begin", () => {
    const [id, one, other] = ["A".repeat(43), "b".repeat(43), "c".repeat(43)];
    expect(browser.departureCookie(`${id}.${one}`)).not.toBe(browser.departureCookie(`${id}.${other}`));
  });
});
