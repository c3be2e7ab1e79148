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

describe("shape A, a server on its own host", () => {
  for (const [player, skip] of players) {
    const name = `${player.client} ${player.version}`;
    const it = test.skipIf(skip).concurrent;

    it(
      `${name} · shape A · signs in, calls, and refreshes an expired token without asking again`,
      triedBy(player, "a host of its own, tools, refresh of short tokens"),
      async () => {
        const session = await player.signIn(place, `${name} refreshes`);
        expect((await session.call("whoami")).text).toContain("account user1 in workspace org_north");
        await untilExpired();
        expect((await session.call("list_tickets")).text).toContain("First ticket of user1");
        expect(session.asked()).toBe(1);
        await session.close();
      },
    );

    it(
      `${name} · shape A · one grant, five starts and ten calls at once with an expired token: nobody is asked again`,
      triedBy(player, "five refreshes at once"),
      async () => {
        const first = await player.signIn(place, `${name} in five copies`);
        await untilExpired();
        const starts = await Promise.all(Array.from({ length: 5 }, () => first.again()));
        for (let round = 0; round < 2; round++) {
          await untilExpired();
          const seen = await Promise.all([...starts, ...starts].map((session) => session.call("whoami")));
          expect(seen.map(({ text }) => text.includes("account user1"))).toEqual(seen.map(() => true));
        }
        expect(first.asked()).toBe(1);
        await Promise.all(starts.map((session) => session.close()));
        await first.close();
      },
    );

    it(`${name} · shape A · registers anew when the gateway has lost it`, triedBy(player, "lost client"), async () => {
      const session = await player.signIn(place, `${name} is lost`);
      await stack.loseClient(await session.clientId());
      expect((await session.call("whoami")).text).toContain("account user1");
      expect(session.asked()).toBe(2);
      await session.close();
    });

    it(`${name} · shape A · asks for a scope that a tool lacks, once`, triedBy(player, "step-up"), async () => {
      const session = await player.signIn(place, `${name} steps up`);
      const title = `Made by ${name}`;
      expect(await session.call("create_ticket", { title })).toMatchObject({ isError: false });
      expect((await session.call("list_tickets")).text).toContain(title);
      expect(session.asked()).toBe(2);
      await session.close();
    });

    it(`${name} · shape F on its own host · the user types /mcp/`, triedBy(player, "/mcp/"), async () => {
      const session = await player.signIn({ ...place, mcpUrl: `${place.mcpUrl}/` }, `${name} with a slash`);
      expect((await session.call("whoami")).text).toContain("account user1");
      await session.close();
    });
  }
});
