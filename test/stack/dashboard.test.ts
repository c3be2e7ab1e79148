// The dashboard in Chromium on the running stack: every page at two widths, and a person's path with and without script.
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { violationsOf } from "../rig/axe.ts";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import { connect } from "../rig/clients/sdk-clients.ts";
import { temporaryFolder } from "../rig/stack.ts";

const stack = inject("stack");
const pictures = process.env.MCPSTACK_PICTURES ?? temporaryFolder("dashboard");
const home = `${stack.gateway}/dashboard/${stack.organizationId}`;
const gateway = `${home}/gateways/${stack.gatewayId}`;

/** A grant, calls that work and one that does not: what grants, logs and charts show. */
async function makeTraffic(): Promise<void> {
  const visitor = new ScriptedBrowser([stack.gateway, stack.provider], user1);
  const client = await connect("@modelcontextprotocol/client 2.4.0", stack.mcpUrl, visitor);
  for (const tool of ["whoami", "list_tickets", "list_tickets"]) await client.call(tool);
  await client.call("create_ticket", { title: "Beyond what was granted" }).catch(() => undefined);
  await client.close();
}

/** As long as fields may be, without a place to break a line. */
async function makeLongThings(): Promise<{ id: string }> {
  const response = await fetch(`${stack.gateway}/api/v1/organizations/${stack.organizationId}/gateways`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.apiToken}`, "content-type": "application/json" },
    body: JSON.stringify({
      name: "W".repeat(100),
      authorizationServerUrl: `http://127.0.0.1:9/${"long".repeat(100)}`,
      scopes: Array.from({ length: 40 }, (_, index) => `scope.number.${index}`),
      resource: `urn:${"x".repeat(400)}`,
    }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string };
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${stack.gateway}/dashboard`);
  await page.fill("#token", stack.apiToken);
  await page.click('main button[type="submit"]');
  await page.waitForURL(`${home}/gateways`);
}

async function firstLink(page: Page, list: string, text?: string): Promise<string> {
  await page.goto(list);
  const link = text ? page.locator(`tbody a:text-is("${text}")`).first() : page.locator("tbody th a").first();
  return new URL((await link.getAttribute("href")) ?? "", stack.gateway).href;
}

/** Everything that has an address, by the name of its picture. */
async function addresses(page: Page): Promise<Record<string, string>> {
  const server = await firstLink(page, `${home}/servers`);
  const agent = await firstLink(page, `${home}/agents`);
  const long = `${home}/gateways/${(await makeLongThings()).id}`;
  return {
    ...{ long, "long-connect": `${long}/connect`, "long-delete": `${long}/delete`, "no-grants": `${long}/grants` },
    ...{ gateways: `${home}/gateways`, "gateway-choose": `${home}/gateways/new`, gateway },
    "gateway-new": `${home}/gateways/new?provider=entra`,
    ...{ "gateway-servers": `${gateway}/servers`, connect: `${gateway}/connect`, grants: `${gateway}/grants` },
    check: `${gateway}/check`,
    ...{ revoke: `${gateway}/revoke?all=true`, logs: `${gateway}/logs`, "gateway-delete": `${gateway}/delete` },
    "logs-none": `${gateway}/logs?user=usr_nobody`,
    attempt: await firstLink(page, `${gateway}/grants`, "Timeline"),
    ...{ servers: `${home}/servers`, "server-new": `${home}/servers/new`, server, "server-delete": `${server}/delete` },
    ...{ agents: `${home}/agents`, "agent-new": `${home}/agents/new`, agent, "agent-delete": `${agent}/delete` },
    ...{ users: `${home}/users`, audit: `${home}/audit`, tokens: `${home}/tokens` },
    ...{ organization: `${home}/organization`, missing: `${home}/nothing` },
  };
}

async function judge(page: Page, name: string, width: number): Promise<string[]> {
  await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true });
  const wide = await page.locator("body").evaluate((body) => body.ownerDocument.documentElement.scrollWidth);
  const found = (await violationsOf(page)).map((violation) => `${name}: ${violation}`);
  if (wide > width) found.push(`${name}: ${wide} pixels wide`);
  if ((await page.locator("h1").count()) !== 1) found.push(`${name}: not one h1`);
  return found;
}

describe.skipIf(noChromium)(`in Chromium${noChromium ? ` (skipped: ${noChromium})` : ""}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
    await makeTraffic();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test.each([
    { width: 1280, colorScheme: "light" as const },
    { width: 1280, colorScheme: "dark" as const },
    { width: 380, colorScheme: "light" as const },
  ])("every page is accessible and fits at width $width, $colorScheme", async ({ width, colorScheme }) => {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${stack.gateway}/dashboard/sign-in`);
    const found = await judge(page, `sign-in-${colorScheme}`, width);
    await signIn(page);
    for (const [name, address] of Object.entries(await addresses(page))) {
      await page.goto(address);
      found.push(...(await judge(page, `${name}-${colorScheme}`, width)));
    }
    await context.close();
    expect(found).toEqual([]);
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  });

  test.each([
    { width: 1280, javaScriptEnabled: true },
    { width: 380, javaScriptEnabled: false },
  ])(
    "a person creates a profile and a server, reads an attempt and revokes it, script $javaScriptEnabled",
    async (row) => {
      const context = await browser.newContext({
        viewport: { width: row.width, height: 740 },
        javaScriptEnabled: row.javaScriptEnabled,
      });
      const page = await context.newPage();
      await signIn(page);
      await createProfile(page, row);
      await askTheDoctor(page, row);
      await createServer(page, row);
      await readAndRevoke(page);
      await page.click('button:has-text("Sign out")');
      await page.goto(gateway);
      expect(new URL(page.url()).pathname).toBe("/dashboard/sign-in");
      await context.close();
    },
  );
});

interface Row {
  width: number;
  javaScriptEnabled: boolean;
}

async function createProfile(page: Page, { width, javaScriptEnabled }: Row): Promise<void> {
  await page.click('a:has-text("Create gateway")');
  await page.click('a:text-is("Any OAuth 2 or OpenID Connect server")');
  await page.fill("#name", `profile at ${width}`);
  await page.fill("#clientId", "somebody");
  await page.fill("#authorizationServerUrl", `${stack.provider}/nowhere`);
  if (!javaScriptEnabled) await page.click('button:has-text("Check discovery")');
  else await page.press("#authorizationServerUrl", "Tab");
  await page.waitForSelector("output.warn");
  await page.fill("#authorizationServerUrl", stack.provider);
  if (!javaScriptEnabled) await page.click('button:has-text("Check discovery")');
  else await page.press("#authorizationServerUrl", "Tab");
  await page.waitForSelector("output.note");
  expect(await page.textContent("output")).toContain(stack.provider);
  await page.click('button:text-is("Create gateway")');
  expect(await page.textContent("#callback-url")).toMatch(/\/callback\/gw_[\w-]+$/);
  expect(await page.locator('[data-copy="callback-url"]').isVisible()).toBe(javaScriptEnabled);
}

/** The profile names a client that the provider does not know: the doctor says so, and what to change. */
async function askTheDoctor(page: Page, { width, javaScriptEnabled }: Row): Promise<void> {
  await page.click('nav[aria-label="Gateway"] a:has-text("Check")');
  await page.click('button:has-text("Check now")');
  await page.waitForSelector("#findings");
  // The rules of accessibility are script, too.
  if (javaScriptEnabled) expect(await judge(page, "findings", width)).toEqual([]);
  else await page.screenshot({ path: join(pictures, `findings-${width}.png`), fullPage: true });
  expect(await page.textContent("ol.steps > li.failed")).toContain("Expected");
}

async function createServer(page: Page, { width }: Row): Promise<void> {
  await page.click('nav[aria-label="Gateway"] a:has-text("Servers")');
  await page.click('a:has-text("Create server")');
  await page.fill("#name", "Wiki");
  await page.fill("#slug", "support-api");
  await page.fill("#runtimeUrl", stack.runtime);
  await page.click('button:has-text("Create server")');
  expect(await page.textContent("#slug-error")).toContain("in use");
  expect(await page.inputValue("#name")).toBe("Wiki");
  await page.fill("#slug", `wiki-${width}`);
  await page.click('button:has-text("Create server")');
  expect(await page.textContent("#mcp-url")).toBe(`${stack.gateway}/s/wiki-${width}/mcp`);
  expect(await page.textContent('section[aria-labelledby="gateway"]')).toContain(`profile at ${width}`);
}

async function readAndRevoke(page: Page): Promise<void> {
  await makeTraffic();
  await page.goto(`${gateway}/grants`);
  const before = await page.locator("tbody tr").count();
  await page.locator('a:text-is("Timeline")').first().click();
  await page.waitForSelector("ol.steps > li");
  expect(await page.textContent("ol.steps")).toMatch(/consent[\s\S]*code/);
  await page.goto(`${gateway}/grants`);
  await page.locator('a:text-is("this grant")').first().click();
  expect(await page.textContent("main")).toContain("It touches 1 grant at 1 server.");
  await page.click('main button:text-is("Revoke")');
  expect(await page.textContent('[role="status"]')).toContain("Revoked: 1");
  expect(await page.locator("tbody tr").count()).toBeLessThan(before);
}
