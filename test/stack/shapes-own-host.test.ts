// Shape A: a server on a host of its own, so that the issuer has no path and every document stands at the root. Each
// client here does what keeps a person signed in, or brings the person back: calls, expired tokens, five of them at
// once, a gateway that has lost the client, a scope that is missing. Where a client cannot, the test holds what it does
// instead and what a person or an operator can do about it.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { user1 } from "../rig/browser.ts";
import { launchChromium, noChromium } from "../rig/chromium.ts";
import {
  mcpRemote,
  type Place,
  type Player,
  type Session,
  sdk240,
  sdk1121,
  sdk1322,
  sdk2026,
  useMcp,
} from "../rig/clients/players.ts";
import { type PageHost, serveUseMcp } from "../rig/clients/use-mcp.ts";
import { tried } from "../rig/compatibility.ts";
import "../rig/clients/localhost-names.ts";
import { type Shape, startShape } from "../rig/shapes.ts";

/** Seconds that a short token lives. */
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

/** Clients that do not come back by themselves when the gateway has lost them, and how they say so. */
const stuck = new Map<Player, RegExp>([
  [sdk1121, /does not know this client id/],
  [inChromium, /invalid_client|Unauthorized|not know/i],
]);
/** Clients that never ask for more scopes than they first got, and how they say so. */
const modest = new Map<Player, RegExp>([
  [sdk1121, /insufficient_scope/],
  [inChromium, /insufficient_scope|403/],
]);
const others = (than: Map<Player, RegExp>) => players.filter(([player]) => !than.has(player));

beforeAll(async () => {
  const own = startShape(({ gateway }) => ({
    MCPSTACK_DEMO_SERVER_HOST_SUFFIX: `mcp.localhost:${gateway}`,
    MCPSTACK_DEMO_DEFAULT_SERVER: "none",
  }));
  [stack, page] = await Promise.all([own, serveUseMcp()]);
  if (!noChromium) chromium = await launchChromium();
  place = { mcpUrl: stack.mcpUrl, origins: [stack.gateway, stack.provider], person: user1 };
  await stack.manage("PATCH", "/mcp-servers/support-api", { allowedOrigins: [page.origin] });
});
afterAll(async () => {
  await chromium?.close();
  page?.close();
  await stack?.end();
});

const untilExpired = () => new Promise((resolve) => setTimeout(resolve, (lifetime + 0.5) * 1000));

const nameOf = ({ client, version }: Player) => `${client} ${version}`;
const triedBy = ({ client, version }: Player, what: string, instead?: string) => tried(client, version, what, instead);

describe("shape A, a server on its own host", () => {
  for (const [player, skip] of players) {
    const name = nameOf(player);

    test
      .skipIf(skip)
      .concurrent(
        `${name} · shape A · signs in and calls`,
        triedBy(player, "a host of its own"),
        async ({ expect }) => {
          const session = await player.signIn(place, `${name} on a host`);
          expect((await session.call("whoami")).text).toContain("account user1 in workspace org_north");
          expect(session.asked()).toBe(1);
          await session.close();
        },
      );

    test
      .skipIf(skip)
      .concurrent(
        `${name} · shape F on its own host · the user types /mcp/`,
        triedBy(player, "/mcp/"),
        async ({ expect }) => {
          const session = await player.signIn({ ...place, mcpUrl: `${place.mcpUrl}/` }, `${name} with a slash`);
          expect((await session.call("whoami")).text).toContain("account user1");
          await session.close();
        },
      );
  }
});

describe("a tool that needs more than was granted", () => {
  for (const [player, skip] of others(modest)) {
    const name = nameOf(player);

    test
      .skipIf(skip)
      .concurrent(
        `${name} · shape A · asks the person for the scope, once`,
        triedBy(player, "step-up"),
        async ({ expect }) => {
          const session = await player.signIn(place, `${name} steps up`);
          const title = `Made by ${name}`;
          expect(await session.call("create_ticket", { title })).toMatchObject({ isError: false });
          expect((await session.call("list_tickets")).text).toContain(title);
          expect(session.asked()).toBe(2);
          await session.close();
        },
      );
  }

  for (const [player, words] of modest) {
    const name = nameOf(player);

    test
      .skipIf(player === inChromium && noChromium)
      .concurrent(
        `${name} · shape A · cannot ask for the scope: it says so, and does the rest once it is started again`,
        triedBy(player, "step-up", "reports the missing scope, it must be among the server's own"),
        async ({ expect }) => {
          const session = await player.signIn(place, `${name} steps up`);
          await expect(session.call("create_ticket", { title: "never" })).rejects.toThrow(words);
          const again = await session.again();
          expect((await again.call("whoami")).text).toContain("account user1");
          expect(session.asked()).toBe(1);
          await again.close();
          await session.close();
        },
      );
  }
});

describe("short tokens", () => {
  beforeAll(() => stack.limitTokens(lifetime));

  // mcp-remote renews a minute early, so tokens of seconds are of no use to it: shapes-below-path has longer ones.
  for (const [player, skip] of players.filter(([player]) => player !== mcpRemote)) {
    const name = nameOf(player);

    test
      .skipIf(skip)
      .concurrent(
        `${name} · shape A · refreshes an expired token without asking again`,
        triedBy(player, "refresh of short tokens"),
        async ({ expect }) => {
          const session = await player.signIn(place, `${name} refreshes`);
          await untilExpired();
          expect((await session.call("list_tickets")).text).toContain("First ticket of user1");
          expect(session.asked()).toBe(1);
          await session.close();
        },
      );

    test
      .skipIf(skip)
      .concurrent(
        `${name} · shape A · one grant, many starts and calls at once with an expired token: nobody is asked again`,
        triedBy(player, "five refreshes at once"),
        async ({ expect }) => {
          const first = await player.signIn(place, `${name} in copies`);
          const { starts, calls } = player.crowd;
          await untilExpired();
          const copies = await Promise.all(Array.from({ length: starts }, () => first.again()));
          await untilExpired();
          const all = copies.flatMap((copy) => Array.from({ length: calls }, () => copy.call("whoami")));
          const seen = await Promise.all(all);
          expect(seen.map(({ text }) => text.includes("account user1"))).toEqual(seen.map(() => true));
          expect(first.asked()).toBe(1);
          // Lines of refreshes come to the log within two seconds.
          await expect
            .poll(async () => stack.refreshes(await first.clientId()), { timeout: 10_000 })
            .toBeGreaterThanOrEqual(5);
          await Promise.all(copies.map((copy) => copy.close()));
          await first.close();
        },
      );
  }
});

describe("a gateway that has lost its clients", () => {
  const kept = new Map<Player, Session>();

  beforeAll(async () => {
    await Promise.all(
      players.map(async ([player, skip]) => {
        if (skip) return;
        const session = await player.signIn(place, `${nameOf(player)} is lost`);
        kept.set(player, session);
        await session.close();
      }),
    );
    // An access token that is alive needs no client.
    await untilExpired();
    await stack.restartWithoutClients();
  });

  for (const [player, skip] of others(stuck)) {
    test
      .skipIf(skip)
      .concurrent(
        `${nameOf(player)} · shape A · registers anew and asks the person once`,
        triedBy(player, "lost client"),
        async ({ expect }) => {
          const session = kept.get(player);
          const again = await session?.again();
          expect((await again?.call("whoami"))?.text).toContain("account user1");
          expect(session?.asked()).toBe(2);
          await again?.close();
        },
      );
  }

  for (const [player, words] of stuck) {
    test
      .skipIf(player === inChromium && noChromium)
      .concurrent(
        `${nameOf(player)} · shape A · cannot register anew: it fails until the person makes it forget the server`,
        triedBy(player, "lost client", "stuck until the person makes the app forget the server"),
        async ({ expect }) => {
          const session = kept.get(player);
          await expect(session?.again()).rejects.toThrow(words);
          await session?.forget();
          const anew = await session?.again();
          expect((await anew?.call("whoami"))?.text).toContain("account user1");
          await anew?.close();
        },
      );
  }
});
