// Official clients that have a metadata document use it instead of registering, all the way to a tool.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { violationsOf } from "../rig/axe.ts";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import { authorizationUrl, discover } from "../rig/clients/bare-client.ts";
import { ClientLogin } from "../rig/clients/client-login.ts";
import { connect, type FlavourName } from "../rig/clients/sdk-clients.ts";
import { type HttpsHost, startHttpsHost } from "../rig/https-host.ts";
import { freePorts, type RunningStack, startStack, temporaryFolder } from "../rig/stack.ts";

const folder = temporaryFolder("documents");
const pictures = process.env.MCPSTACK_PICTURES ?? temporaryFolder("pictures");
let host: HttpsHost;
let stack: RunningStack;

beforeAll(async () => {
  host = await startHttpsHost(folder);
  // The gateway's runtime believes the certificates that Node is told to believe.
  const environment = { NODE_EXTRA_CA_CERTS: host.certificateFile };
  stack = await startStack(await freePorts(), `${folder}/stack`, environment);
});

afterAll(async () => {
  await stack?.stop();
  await host?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A client that says itself where its document is: the SDKs take an https URL and nothing else. */
function documentLogin(name: string): { login: ClientLogin; path: string } {
  const path = `/oauth/${name.replaceAll(/\W/g, "-")}.json`;
  const login = new ClientLogin(name, "http://127.0.0.1:41234/callback", `${host.origin}${path}`);
  const own = { client_id: `${host.origin}${path}`, redirect_uris: ["http://127.0.0.1/callback"] };
  host.documents.set(path, { ...login.clientMetadata, ...own });
  return { login, path };
}

const able: FlavourName[] = [
  "@modelcontextprotocol/client 2.4.0",
  "@modelcontextprotocol/client 2.4.0, protocol 2026-07-28",
  "@modelcontextprotocol/sdk 1.32.2",
];

describe.each(able)("%s", (flavour) => {
  test("prefers its document to registering, signs in with it and calls a tool", async () => {
    const { login, path } = documentLogin(flavour);
    const browser = new ScriptedBrowser([stack.gateway, stack.provider], user1);
    const client = await connect(flavour, stack.mcpUrl, browser, login);
    expect(login.registration?.client_id).toBe(`${host.origin}${path}`);
    expect(login.asked?.searchParams.get("client_id")).toBe(`${host.origin}${path}`);
    expect((await client.call("whoami")).text).toContain("account user1");
    await client.close();
    const again = await connect(flavour, stack.mcpUrl, browser, login);
    expect((await again.call("whoami")).text).toContain("account user1");
    await again.close();
    expect(host.asked.filter((asked) => asked === path)).toHaveLength(1);
  });
});

describe.skipIf(noChromium)(`in Chromium${noChromium ? ` (skipped: ${noChromium})` : ""}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  const local = "http://127.0.0.1:41234/callback";
  const web = "https://pilot.example/oauth/callback";

  test.each([
    ["an app on this computer", "/pilot/local.json", local, /Any program on this computer/],
    ["an app on the web", "/pilot/web.json", web, /From localhost:\d+, which publishes/],
    ["an app whose document is away", "/pilot/away.json", web, /connect again in a minute/],
    ["an app that is forgotten", "", local, /Remove Dynamic Authentication Providers/],
  ])(
    "the page for %s reads well and is accessible, on a phone and on a desktop",
    async (app, path, redirect, words) => {
      const clientId = path ? `${host.origin}${path}` : "mcpstack_client_forgotten";
      const document = { client_id: clientId, client_name: "Ticket Pilot", redirect_uris: [redirect] };
      if (!path.includes("away")) host.documents.set(path, document);
      const server = await discover(stack.mcpUrl.replace(/\/mcp$/, ""));
      const url = authorizationUrl(server, { client_id: clientId, redirect_uri: redirect, state: "s" });
      for (const viewport of [
        { width: 360, height: 740 },
        { width: 1280, height: 800 },
      ]) {
        const page = await browser.newPage({ viewport });
        await page.goto(url.href);
        const picture = `${app.replaceAll(" ", "-")}-${viewport.width}.png`;
        await page.screenshot({ path: join(pictures, picture), fullPage: true });
        expect(await page.innerText("main")).toMatch(words);
        expect(await page.locator("body").evaluate((body) => body.scrollWidth)).toBeLessThanOrEqual(viewport.width);
        expect(await violationsOf(page)).toEqual([]);
        await page.close();
      }
    },
  );
});
