// The app's own tokens live for half a minute: the agent goes on with the next ones, and nobody is asked again.
import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import { openHostApp } from "../rig/host-app.ts";
import { freePorts, type RunningStack, startStack, temporaryFolder } from "../rig/stack.ts";

/** Seconds. Longer than a call needs a credential to last, so that the first ones are taken as they are. */
const lifetime = 34;

describe.skipIf(noChromium).concurrent(`in Chromium${noChromium ? ` (skipped: ${noChromium})` : ""}`, () => {
  let stack: RunningStack;
  let browser: Browser;
  beforeAll(async () => {
    const environment = { MCPSTACK_DEMO_ACCESS_TOKEN_TTL: String(lifetime) };
    stack = await startStack(await freePorts(), temporaryFolder("embedded-renewal"), environment);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    if (stack) rmSync(stack.stateFolder, { recursive: true, force: true });
  });

  test("a call after the token has ended renews the app's token and then the agent's", async () => {
    const app = await openHostApp(await browser.newContext(), stack);
    await app.signIn("user1");
    await app.status("ready");
    const user = await app.fact("user");
    const visited: string[] = [];
    app.page.on("framenavigated", (frame) => visited.push(frame.url()));
    await pause((lifetime + 1) * 1000);
    await app.status("at rest");
    expect(await app.call("whoami")).toContain("account user1 in workspace org_north");
    await app.status("ready");
    expect(await app.fact("user")).toBe(user);
    expect(new Set(app.exchanges.map(({ token }) => token)).size, "each with a fresh token").toBe(2);
    expect(visited, "the browser never left the app").toEqual([]);
    expect(app.complaints).toEqual([]);
  });

  test("calls one after the other across the end of the token all succeed", async () => {
    const app = await openHostApp(await browser.newContext(), stack);
    await app.signIn("user2");
    await app.status("ready");
    const until = Date.now() + (lifetime + 5) * 1000;
    while (Date.now() < until) {
      expect(await app.call("whoami")).toContain("account user2 in workspace org_south");
      await pause(1_000);
    }
    expect(app.exchanges.length).toBeGreaterThanOrEqual(2);
  });
});
