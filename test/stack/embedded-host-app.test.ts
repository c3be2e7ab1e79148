// The embedded door as people meet it: an app on its own origin, its own sign-in, an agent that acts as its user.
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import * as z from "zod";
import { userView } from "../../src/contract/management/users.ts";
import { violationsOf } from "../rig/axe.ts";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import { connect } from "../rig/clients/sdk-clients.ts";
import { openHostApp } from "../rig/host-app.ts";

const stack = inject("stack");
const userId = /^usr_[A-Za-z0-9_-]+$/;

async function usersOf(subject: string) {
  const response = await fetch(`${stack.gateway}/api/v1/organizations/${stack.organizationId}/users`, {
    headers: { authorization: `Bearer ${stack.apiToken}` },
  });
  const { items } = z.object({ items: z.array(userView) }).parse(await response.json());
  return items.filter((user) => user.subject === subject);
}

/** What a program that is no browser gets, whatever origin it claims. */
async function exchangeFrom(origin: string, token = "none") {
  const url = stack.mcpUrl.replace(/mcp$/, "embedded/exchange");
  const body = JSON.stringify({ apiKey: stack.publishableKey, agentId: stack.agentHandle, token });
  const headers = { "content-type": "application/json", origin };
  const preflight = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type",
  };
  const [asked, answered] = await Promise.all([
    fetch(url, { method: "OPTIONS", headers: preflight }),
    fetch(url, { method: "POST", headers, body }),
  ]);
  const readableBy = [asked, answered].map((response) => response.headers.get("access-control-allow-origin"));
  return { status: answered.status, readableBy, answer: await answered.json() };
}

describe.skipIf(noChromium)(`in Chromium${noChromium ? ` (skipped: ${noChromium})` : ""}`, () => {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(() => context.close());
  afterAll(() => browser?.close());

  test("a person signs in at the app once, and the agent lists and calls the tools as that person", async () => {
    const app = await openHostApp(context, stack);
    expect(await app.photograph("signed-out")).toEqual([]);
    await app.signIn("user1");
    await app.status("ready");
    expect(await app.tools()).toEqual(["whoami", "list_tickets", "create_ticket"]);
    expect(await app.call("whoami")).toContain("account user1 in workspace org_north");
    expect(await app.call("create_ticket")).toMatch(/^Created #\d+: The printer is on fire$/);
    expect(await app.call("list_tickets")).toMatch(/The printer is on fire[\s\S]*First ticket of user1/);
    expect(await app.fact("user")).toMatch(userId);
    expect(await app.fact("workspace")).toBe("org_north");
    expect(await app.photograph("ready")).toEqual([]);
    expect(await violationsOf(app.page)).toEqual([]);
    expect(app.complaints).toEqual([]);
    expect(app.exchanges).toMatchObject([{ origin: stack.hostApp, subject: "user1" }]);
  });

  test("no token is shown, stored or left in an address, and a reload signs in without a question", async () => {
    const app = await openHostApp(context, stack);
    await app.signIn("user1");
    await app.status("ready");
    expect(await app.everything()).not.toMatch(/eyJ|[?&]code=/);
    await app.page.reload();
    await app.status("ready");
    expect(await app.call("whoami")).toContain("account user1");
    expect(await app.everything()).not.toMatch(/eyJ|[?&]code=/);
  });

  test("after signing out, the next person sees nothing of the one before, also by going back", async () => {
    const app = await openHostApp(context, stack);
    await app.signIn("user1");
    await app.status("ready");
    await app.call("whoami");
    await app.call("list_tickets");
    const before = await app.fact("user");
    await app.signOut();
    const ofUser1 = new RegExp(`user1|Lindqvist|org_north|${before}`);
    expect(await app.everything()).not.toMatch(ofUser1);
    const shown = new Set<string>();
    for (const _ of ["the provider's question", "the app", "the provider's sign-in"]) {
      await app.page.goBack();
      shown.add(new URL(app.page.url()).origin);
      expect(await app.everything()).not.toMatch(ofUser1);
    }
    expect(shown).toContain(stack.hostApp);
    await app.open();

    app.exchanges.splice(0);
    await app.signIn("user2");
    await app.status("ready");
    expect(await app.call("whoami")).toContain("account user2 in workspace org_south");
    expect(await app.call("list_tickets")).toContain("First ticket of user2");
    expect(await app.fact("user")).toMatch(userId);
    expect(await app.everything()).not.toMatch(ofUser1);
    expect(new Set(app.exchanges.map(({ subject }) => subject))).toEqual(new Set(["user2"]));
  });

  test.each([
    {
      choice: "A token for another API",
      reason: "app_token_audience",
      expected: /\/api$/,
      seen: /\/another-api$/,
    },
    { choice: "A token that has ended", reason: "app_token_expired", expected: /^exp after \d+$/, seen: /^exp \d+$/ },
    { choice: "The ID token", reason: "app_token_id_token", expected: /access token/, seen: /nonce/ },
  ])("$choice: the page shows $reason, what was expected and what was seen", async ({ choice, ...shown }) => {
    const app = await openHostApp(context, stack);
    await app.signIn("user1");
    await app.status("ready");
    await app.page.getByLabel(choice).check();
    await app.status("refused");
    expect(await app.fact("reason")).toBe(shown.reason);
    expect(await app.fact("expected")).toMatch(shown.expected);
    expect(await app.fact("seen")).toMatch(shown.seen);
    expect(await app.everything()).not.toMatch(/eyJ/);
    expect(await app.photograph(shown.reason)).toEqual([]);
    expect(await violationsOf(app.page)).toEqual([]);
    await app.page.getByLabel("Its own access token").check();
    await app.status("ready");
    expect(await app.call("whoami")).toContain("account user1");
  });

  test("a page of an origin that the agent does not list is refused by the browser and by the gateway", async () => {
    const app = await openHostApp(context, stack, "otherHostApp");
    await app.signIn("user1");
    await app.status("refused");
    expect(await app.fact("reason")).toBe("network");
    expect(await app.fact("seen")).toBe(stack.otherHostApp);
    expect(app.complaints.join("\n")).toContain("blocked by CORS policy");
    expect(await app.fact("gateway-words")).toContain("403 agent_origin_refused");
    expect(await app.page.getByRole("button", { name: /^Call / }).count()).toBe(0);
    expect(await app.photograph("other-origin")).toEqual([]);

    const stolen = app.exchanges[0]?.token ?? "";
    expect(await exchangeFrom(stack.otherHostApp, stolen)).toMatchObject({
      status: 403,
      readableBy: [null, null],
      answer: { error: "access_denied", reason: "agent_origin_refused", seen: stack.otherHostApp },
    });
    expect(await exchangeFrom(stack.hostApp)).toMatchObject({
      status: 400,
      readableBy: [stack.hostApp, stack.hostApp],
      answer: { reason: "app_token_opaque" },
    });
  });

  test("the same person through the app and through an MCP client is one user in one workspace", async () => {
    const client = await connect(
      "@modelcontextprotocol/client 2.4.0",
      stack.mcpUrl,
      new ScriptedBrowser([stack.gateway, stack.provider], user1),
    );
    expect((await client.call("whoami")).text).toContain("account user1 in workspace org_north");
    await client.close();
    const app = await openHostApp(context, stack);
    await app.signIn("user1");
    await app.status("ready");
    const user = { id: await app.fact("user"), workspace: await app.fact("workspace") };
    // Written after the answers have left.
    await expect
      .poll(() => usersOf("user1"))
      .toEqual([
        expect.objectContaining({
          ...user,
          workspace: "org_north",
          channels: expect.arrayContaining(["oauth", "embedded"]),
        }),
      ]);
  });
});
