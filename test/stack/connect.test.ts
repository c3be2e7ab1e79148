// A test authorization in Chromium on the running stack: an operator begins it, signs in at the provider, and reads the result.
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { violationsOf } from "../rig/axe.ts";
import { user1 } from "../rig/browser.ts";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import { temporaryFolder } from "../rig/stack.ts";

const stack = inject("stack");
const pictures = process.env.MCPSTACK_PICTURES ?? temporaryFolder("connect");
const tab = `${stack.gateway}/dashboard/${stack.organizationId}/gateways/${stack.gatewayId}/connect`;

async function look(page: Page, name: string, scripted: boolean): Promise<void> {
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  if (!scripted) return;
  expect(await violationsOf(page), name).toEqual([]);
  const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
  expect(wide, name).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${stack.gateway}/dashboard`);
  await page.fill("#token", stack.apiToken);
  await page.click('main button[type="submit"]');
  await page.waitForURL(/\/gateways$/);
}

describe.skipIf(noChromium)(`in Chromium${noChromium ? ` (skipped: ${noChromium})` : ""}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test.each([
    { width: 1280, colorScheme: "light" as const, javaScriptEnabled: true },
    { width: 380, colorScheme: "dark" as const, javaScriptEnabled: true },
    { width: 1280, colorScheme: "light" as const, javaScriptEnabled: false },
  ])("a run to the list of tools at width $width, script $javaScriptEnabled", async (row) => {
    const { width, colorScheme, javaScriptEnabled } = row;
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, javaScriptEnabled });
    const page = await context.newPage();
    const shot = (name: string, on = page) =>
      look(on, `connect-${width}-${javaScriptEnabled}-${name}`, javaScriptEnabled);
    await signIn(page);
    await page.goto(tab);
    await shot("tab");
    await page.click('a[href$="/connect/start?server=support-api"]');
    await shot("start");
    const [watching] = await Promise.all([
      context.waitForEvent("page"),
      page.click('a:has-text("Open in another tab")'),
    ]);
    await watching.waitForSelector("ol.steps > li.refused");
    expect(await watching.textContent("main")).toContain("Waiting for: Consent.");
    await shot("watching", watching);
    await page.click('a:has-text("Begin the test authorization")');
    await page.click('button[name="decision"][value="allow"]');
    await page.fill('input[name="username"]', user1.username);
    await page.fill('input[name="password"]', "password");
    await page.click('button[name="decision"][value="allow"]');
    await page.waitForURL(/\/connect\/grt_[\w-]+\/result/);
    expect(await page.locator("ol.steps > li.ok").count()).toBe(8);
    expect(await page.textContent("main")).toContain("It works");
    expect(await page.textContent("tbody")).toContain("list_tickets");
    await shot("result");
    await watching.waitForSelector('p[role="status"].note', { timeout: 15_000 });
    expect(await watching.locator("ol.steps > li.ok").count()).toBe(8);
    await context.close();
  });
});
