// The usual shape: servers below a path of one origin, each its own issuer, nothing at the root (B, and C, since a root
// without documents has no resource document either). Then the same with what an operator may change: an `iss` that is
// sent and not advertised (D), documents instead of registration (E); with a user who types a slash (F), and with a
// front that takes the CORS headers away (H). Not here: A is shapes-own-host.test.ts; G, an MCP URL at an origin's root,
// is no URL that the gateway offers. Tokens live 65 seconds: mcp-remote renews them 60 seconds before they end.
import { rmSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import { authorizationUrl, discover, register } from "../rig/clients/bare-client.ts";
import {
  mcpRemote,
  type Place,
  type Player,
  sdk240,
  sdk1121,
  sdk1322,
  sdk2026,
  useMcp,
} from "../rig/clients/players.ts";
import { openProfile, type PageHost, serveUseMcp } from "../rig/clients/use-mcp.ts";
import { tried } from "../rig/compatibility.ts";
import { startForwardProxy } from "../rig/forward-proxy.ts";
import { type HttpsHost, startHttpsHost } from "../rig/https-host.ts";
import { type Shape, startShape } from "../rig/shapes.ts";
import { temporaryFolder } from "../rig/stack.ts";

const folder = temporaryFolder("client-documents");
const untilExpired = () => new Promise((resolve) => setTimeout(resolve, 5_500));
let stack: Shape;
let place: Place;
let chromium: Browser;
let page: PageHost;
let host: HttpsHost;

const inChromium = useMcp(
  () => chromium,
  () => page.origin,
);
const players: Player[] = [sdk1322, sdk240, sdk2026, mcpRemote, inChromium];
const isSkipped = (player: Player) => player === inChromium && noChromium !== null;
const nameOf = ({ client, version }: Player) => `${client} ${version}`;
const triedBy = ({ client, version }: Player, what: string, instead?: string) => tried(client, version, what, instead);
const policy = (clientPolicy: object) => stack.manage("PATCH", `/gateways/${stack.gatewayId}`, { clientPolicy });
const issuer = () => stack.mcpUrl.replace(/\/mcp$/, "");

beforeAll(async () => {
  host = await startHttpsHost(folder);
  const started = startShape(() => ({
    MCPSTACK_DEMO_DEFAULT_SERVER: "none",
    // The gateway's runtime believes the certificates that Node is told to believe.
    NODE_EXTRA_CA_CERTS: host.certificateFile,
  }));
  [stack, page] = await Promise.all([started, serveUseMcp()]);
  if (!noChromium) chromium = await launchChromium();
  place = { mcpUrl: stack.mcpUrl, origins: [stack.gateway, stack.provider], person: user1 };
  await stack.manage("PATCH", "/mcp-servers/support-api", { allowedOrigins: [page.origin] });
  await stack.manage("PATCH", `/gateways/${stack.gatewayId}`, { accessTokenTtl: 65 });
});
afterAll(async () => {
  await chromium?.close();
  page?.close();
  await stack?.end();
  await host?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("shapes B, C and F, below a path", () => {
  test("nothing is published at the root", async () => {
    for (const document of ["oauth-protected-resource", "oauth-authorization-server", "openid-configuration"]) {
      expect((await fetch(`${stack.gateway}/.well-known/${document}`)).status, document).toBe(404);
    }
  });

  for (const player of players) {
    const name = nameOf(player);

    test
      .skipIf(isSkipped(player))
      .concurrent(
        `${name} · shapes B and C · signs in at an issuer with a path, without root documents, and calls`,
        triedBy(player, "below a path"),
        async ({ expect }) => {
          const session = await player.signIn(place, `${name} below a path`);
          expect((await session.call("whoami")).text).toContain("account user1 in workspace org_north");
          expect(session.asked()).toBe(1);
          await session.close();
        },
      );

    test
      .skipIf(isSkipped(player))
      .concurrent(`${name} · shape F · the user types /mcp/`, triedBy(player, "/mcp/"), async ({ expect }) => {
        const session = await player.signIn({ ...place, mcpUrl: `${place.mcpUrl}/` }, `${name} with a slash`);
        expect((await session.call("whoami")).text).toContain("account user1");
        await session.close();
      });
  }

  test.concurrent(
    "TypeScript SDK 1.12.1 · shape B · finds a server below a path only where it is the deployment's default",
    triedBy(sdk1121, "below a path", "DEFAULT_SERVER must name the server"),
    async ({ expect }) => {
      await expect(sdk1121.signIn(place, "SDK 1.12.1")).rejects.toThrow(/HTTP 404|registration failed/i);
      const { gateway, provider, mcpUrl } = inject("stack");
      const session = await sdk1121.signIn({ ...place, mcpUrl, origins: [gateway, provider] }, "SDK 1.12.1");
      expect((await session.call("whoami")).text).toContain("account user1");
      await session.close();
    },
  );

  test.concurrent(
    "mcp-remote 0.15.1 · shape B · one grant, five processes with an expired token: nobody is asked again",
    triedBy(mcpRemote, "refresh of short tokens, five refreshes at once"),
    async ({ expect }) => {
      const first = await mcpRemote.signIn(place, "mcp-remote five times");
      await untilExpired();
      const copies = await Promise.all(Array.from({ length: 5 }, () => first.again()));
      for (let round = 0; round < 2; round++) {
        await untilExpired();
        const seen = await Promise.all(copies.map((copy) => copy.call("whoami")));
        expect(seen.map(({ text }) => text.includes("account user1"))).toEqual(seen.map(() => true));
      }
      expect(first.asked()).toBe(1);
      // They hold a lease among themselves, so that one of them refreshes for all.
      // Lines of refreshes come to the log within two seconds.
      await expect
        .poll(async () => stack.refreshes(await first.clientId()), { timeout: 10_000 })
        .toBeGreaterThanOrEqual(2);
      await Promise.all(copies.map((copy) => copy.close()));
      await first.close();
    },
  );
});

describe("shape D, iss sent and not advertised", () => {
  beforeAll(() => policy({ advertiseIss: false }));
  afterAll(() => policy({ advertiseIss: true }));

  test("P-29 the metadata is silent, and the answer carries iss all the same", async () => {
    const metadata = await discover(issuer());
    expect(metadata).not.toHaveProperty("authorization_response_iss_parameter_supported");
    const redirect = "http://127.0.0.1:41234/callback";
    const clientId = await register(metadata, "Shape D", redirect);
    const asked = authorizationUrl(metadata, { client_id: clientId, redirect_uri: redirect, state: "s" });
    const answer = await new ScriptedBrowser(place.origins, user1).authorize(asked);
    expect(answer.redirect.searchParams.get("iss")).toBe(issuer());
  });

  for (const player of players) {
    const name = nameOf(player);
    test
      .skipIf(isSkipped(player))
      .concurrent(
        `${name} · shape D · takes an iss that was not advertised`,
        triedBy(player, "iss not advertised"),
        async ({ expect }) => {
          const session = await player.signIn(place, `${name} without the flag`);
          expect((await session.call("whoami")).text).toContain("account user1");
          await session.close();
        },
      );
  }
});

describe("shape E, metadata documents instead of registration", () => {
  beforeAll(() => policy({ dynamicRegistration: false }));
  afterAll(() => policy({ dynamicRegistration: true }));

  for (const [player, redirect] of [
    [sdk1322, "http://127.0.0.1/callback"],
    [sdk240, "http://127.0.0.1/callback"],
    [sdk2026, "http://127.0.0.1/callback"],
    [mcpRemote, "http://localhost/oauth/callback"],
  ] as const) {
    const name = nameOf(player);
    test.concurrent(
      `${name} · shape E · signs in with its document and never registers`,
      triedBy(player, "metadata document"),
      async ({ expect }) => {
        const path = `/${name.replaceAll(/\W+/g, "-")}.json`;
        const document = { client_id: `${host.origin}${path}`, client_name: name, redirect_uris: [redirect] };
        host.documents.set(path, { ...document, token_endpoint_auth_method: "none" });
        const session = await player.signIn(place, name, document.client_id);
        expect((await session.call("whoami")).text).toContain("account user1");
        expect(await session.clientId()).toBe(document.client_id);
        await session.close();
      },
    );
  }

  test
    .skipIf(noChromium)
    .concurrent(
      "use-mcp 0.0.21 · shape E · has no document of its own and says that it cannot register",
      triedBy(inChromium, "metadata document", "has none, so leave dynamicRegistration on"),
      async ({ expect }) => {
        await expect(inChromium.signIn(place, "use-mcp without registration")).rejects.toThrow(/registration/);
      },
    );
});

describe.skipIf(noChromium)("shape H, a front that takes the CORS headers away", () => {
  test.each([
    [false, "ready"],
    [true, "failed"],
  ])("use-mcp 0.0.21 · shape H · through a front that strips them: %s", async (strip, expected) => {
    const front = await startForwardProxy(strip);
    const app = { origin: page.origin, mcpUrl: stack.mcpUrl, name: "use-mcp behind a front", person: user1 };
    const profile = await openProfile(chromium, app, { proxy: { server: front.url } });
    expect(await (await profile.open()).settled()).toContain(expected);
    expect(profile.asked()).toBe(strip ? 0 : 1);
    await profile.close();
    front.close();
  });
});
