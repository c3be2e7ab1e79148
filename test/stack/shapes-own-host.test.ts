// Shape A: a server on a host of its own, so that the issuer has no path and every document stands at the root. Each
// client here does what keeps a person signed in, or brings the person back: calls, expired tokens, five of them at
// once, a gateway that has lost the client, a scope that is missing.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { user1, user2 } from "../rig/browser.ts";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import {
  mcpRemote,
  type Place,
  type Player,
  sdk240,
  sdk1121,
  sdk1322,
  sdk2026,
  triedBy,
  useMcp,
} from "../rig/clients/players.ts";
import { type PageHost, serveUseMcp } from "../rig/clients/use-mcp.ts";
import "../rig/clients/localhost-names.ts";
import { type Shape, startShape } from "../rig/shapes.ts";

/** Seconds that access tokens live here. */
const lifetime = 5;
let stack: Shape;
let place: Place;
let chromium: Browser;
let page: PageHost;

const inChromium = useMcp(
  () => chromium,
  () => page.origin,
);
const players: [player: Player, skip: boolean][] = [
  [sdk1121, false],
  [sdk1322, false],
  [sdk240, false],
  [sdk2026, false],
  [mcpRemote, false],
  [inChromium, noChromium !== null],
];

beforeAll(async () => {
  const own = startShape(({ gateway }) => ({
    MCPSTACK_DEMO_SERVER_HOST_SUFFIX: `mcp.localhost:${gateway}`,
    MCPSTACK_DEMO_DEFAULT_SERVER: "none",
  }));
  [stack, page] = await Promise.all([own, serveUseMcp()]);
  if (!noChromium) chromium = await launchChromium();
  place = { mcpUrl: stack.mcpUrl, origins: [stack.gateway, stack.provider], person: user1 };
  await stack.api("PATCH", "/mcp-servers/support-api", { allowedOrigins: [page.origin] });
  await stack.shortenTokens(lifetime);
});
afterAll(async () => {
  await chromium?.close();
  page?.close();
  await stack?.end();
});

const untilExpired = () => new Promise((resolve) => setTimeout(resolve, (lifetime + 0.5) * 1000));

describe.for(players)("%s", ([player, skip]) => {
  const name = `${player.client} ${player.version}`;

  test.skipIf(skip).concurrent(
    `${name} · shape A · signs in, calls, and refreshes an expired token without asking again`,
    triedBy(player, "own host: sign-in, tools, refresh"),
    async () => {
      const session = await player.signIn(place, `${name} refresh`);
      expect((await session.call("whoami")).text).toContain("account user1 in workspace org_north");
      await untilExpired();
      expect((await session.call("list_tickets")).text).toContain("First ticket of user1");
      expect(session.asked()).toBe(1);
      await session.close();
    },
  );
});
