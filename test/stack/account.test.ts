// A person's own page in a real browser: signs in at a provider of another site, reads the list, stops an app.
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Person, ScriptedBrowser, user1, user2 } from "../rig/browser.ts";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import { connect, type FlavourName } from "../rig/clients/sdk-clients.ts";
import { temporaryFolder } from "../rig/stack.ts";

const stack = inject("stack");
const pictures = process.env.MCPSTACK_PICTURES ?? temporaryFolder("pictures");
const account = `${stack.gateway}/account`;

const appName = "@modelcontextprotocol/client 2.4.0";
const connected = (person: Person, flavour: FlavourName = appName) =>
  connect(flavour, stack.mcpUrl, new ScriptedBrowser([stack.gateway, stack.provider], person));

/** Nothing for axe to complain about, nothing to scroll sideways, and a picture to look at. */
async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(pictures, `account-${name}.png`), fullPage: true });
  const width = page.viewportSize()?.width ?? 0;
  expect(await page.evaluate<number>("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(width);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>("axe.run()");
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
    name,
  ).toEqual([]);
}

/** The provider as another site than the gateway: `127.0.0.1` and `localhost` share no cookie and are not the same site. */
async function leaveForAnotherSite(context: BrowserContext, page: Page): Promise<void> {
  let url = `${account}?server=support-api`;
  while (!url.startsWith(stack.provider)) {
    const { location } = (await context.request.get(url, { maxRedirects: 0 })).headers();
    if (!location) throw new Error(`${url} leads nowhere`);
    url = new URL(location, url).href;
  }
  await page.goto(url.replace("//localhost:", "//127.0.0.1:"));
}

async function signInAtProvider(page: Page, username: string): Promise<void> {
  await page.fill('input[name="username"]', username);
  await page.fill('input[name="password"]', "password");
  await page.click('button[name="decision"][value="allow"]');
  await page.waitForURL(account);
}

describe.skipIf(noChromium)(`the account in Chromium${noChromium ? ` (skipped: ${noChromium})` : ""}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test.each([
    { person: user1, width: 1200, colorScheme: "light" as const, javaScriptEnabled: true },
    { person: user2, width: 380, colorScheme: "dark" as const, javaScriptEnabled: true },
  ])("$person.username sees the app and stops it, at width $width in $colorScheme colours", async (row) => {
    const client = await connected(row.person);
    expect((await client.call("whoami")).text).toContain(row.person.username);
    await connected(row.person, "@modelcontextprotocol/sdk 1.32.2");
    const { width, colorScheme } = row;
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage();
    const shot = (name: string) => look(page, `${width}-${name}`);

    await page.goto(account);
    await shot("1-sign-in");
    await page.goto(`${account}?server=no-such-server`);
    await shot("2-unknown-server");
    await page.fill("#server", stack.mcpUrl);
    await page.click("text=Sign in");
    await signInAtProvider(page, row.person.username);
    await shot("3-apps");
    expect(await page.textContent("main")).toContain(`${appName} at Support API`);

    await page.click(`li:has-text("${appName}") >> text=Revoke`);
    await shot("4-question");
    await page.click("text=Keep");
    await page.click("text=Revoke all");
    await shot("5-question-all");
    await page.click('button:has-text("Revoke")');
    await shot("6-revoked");
    await page.click("text=Back to your account");
    await shot("7-empty");
    expect(await page.textContent("main")).toContain("No app may act for you here");
    await page.click("text=Sign out");
    await shot("8-signed-out");

    const refresh = await fetch(`${stack.mcpUrl.replace(/\/mcp$/, "")}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: client.login.kept?.refresh_token ?? "",
        client_id: client.login.registration?.client_id ?? "",
      }),
    });
    expect([refresh.status, await refresh.json()]).toMatchObject([400, { error: "invalid_grant" }]);
    await context.close();
  });

  test("the way back from a provider of another site ends signed in, without script; that site's own links do not", async () => {
    const context = await browser.newContext({ viewport: { width: 380, height: 800 }, javaScriptEnabled: false });
    const page = await context.newPage();
    await leaveForAnotherSite(context, page);
    await signInAtProvider(page, user1.username);
    await page.waitForSelector("text=Signed in as");

    await page.goto(stack.provider.replace("//localhost:", "//127.0.0.1:"));
    await page.setContent(`<a href="${account}">Your account</a>`);
    await page.click("text=Your account");
    await page.waitForURL(account);
    expect(await page.textContent("main")).not.toContain("Signed in as");
    await page.goto(account);
    expect(await page.textContent("main")).toContain("Signed in as");
    await context.close();
  });
});
