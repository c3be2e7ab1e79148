// A real browser through consent and sign-in to a client that listens on loopback, on a desktop and on a phone.
import { createServer } from "node:http";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import { ClientLogin } from "../rig/clients/client-login.ts";
import { openSdkClient } from "../rig/clients/sdk-clients.ts";
import { temporaryFolder } from "../rig/stack.ts";

const stack = inject("stack");
const pictures = process.env.MCPSTACK_PICTURES ?? temporaryFolder("pictures");

interface Listener {
  redirectUri: string;
  answer: Promise<URL>;
  close(): void;
}

/** What a desktop client does while the person is in the browser. */
async function listenForAnswer(): Promise<Listener> {
  const { promise: answer, resolve } = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", redirectUri);
    response.writeHead(url.pathname === "/callback" ? 200 : 404, { "content-type": "text/html" });
    response.end("<title>Done</title><p>You can close this window.</p>");
    if (url.pathname === "/callback") resolve(url);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const redirectUri = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/callback`;
  return { redirectUri, answer, close: () => server.close() };
}

async function signIn(page: Page, username: string, picture: string): Promise<void> {
  await page.screenshot({ path: join(pictures, `${picture}-consent.png`), fullPage: true });
  await page.click('button[name="decision"][value="allow"]');
  await page.waitForSelector('input[name="password"]');
  await page.screenshot({ path: join(pictures, `${picture}-sign-in.png`), fullPage: true });
  await page.fill('input[name="username"]', username);
  await page.fill('input[name="password"]', "password");
  await page.click('button[name="decision"][value="allow"]');
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
    { username: "user1", workspace: "org_north", viewport: { width: 1280, height: 800 }, javaScriptEnabled: true },
    { username: "user2", workspace: "org_south", viewport: { width: 360, height: 740 }, javaScriptEnabled: false },
  ])("$username goes through consent and sign-in at width $viewport.width, script $javaScriptEnabled", async (row) => {
    const listener = await listenForAnswer();
    const context = await browser.newContext({ viewport: row.viewport, javaScriptEnabled: row.javaScriptEnabled });
    try {
      const login = new ClientLogin("Chromium test client", listener.redirectUri);
      const client = await openSdkClient("@modelcontextprotocol/client 2.4.0", stack.mcpUrl, login, async (asked) => {
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
        await page.goto(asked.href);
        const width = await page.locator("body").evaluate((body) => body.scrollWidth);
        expect(width, "no sideways scrolling").toBeLessThanOrEqual(row.viewport.width);
        await signIn(page, row.username, `${row.username}-${row.viewport.width}`);
        const answer = await listener.answer;
        expect(complaints.filter((text) => !text.includes("favicon"))).toEqual([]);
        return answer;
      });
      expect((await client.call("whoami")).text).toContain(`account ${row.username} in workspace ${row.workspace}`);
      expect((await client.call("list_tickets")).text).toContain(`First ticket of ${row.username}`);
      await client.close();
    } finally {
      await context.close();
      listener.close();
    }
  });
});
