// A tool that needs more than was granted: the client is told which scopes, the person is asked once, the call works.
import { expect, inject, test } from "vitest";
import { ScriptedBrowser, user1, user2 } from "../rig/browser.ts";
import { connect, type FlavourName } from "../rig/clients/sdk-clients.ts";

const stack = inject("stack");

test.each<[FlavourName, typeof user1]>([
  ["@modelcontextprotocol/client 2.4.0", user1],
  ["@modelcontextprotocol/client 2.4.0, protocol 2026-07-28", user2],
  // Refreshes after a 403 and gives up if that succeeds, so the refresh is refused once.
  ["@modelcontextprotocol/sdk 1.32.2", user1],
])("%s steps up to create a ticket", async (flavour, person) => {
  const browser = new ScriptedBrowser([stack.gateway, stack.provider], person);
  const client = await connect(flavour, stack.mcpUrl, browser);
  client.login.asked = null;
  const title = `Made by ${flavour}`;
  // The SDK hands the authorization URL over and gives this one call up; the application tries again afterwards.
  const refused = await client.call("create_ticket", { title }).catch((error: unknown) => error);
  const asked = client.login.asked as URL | null;
  expect(asked?.searchParams.get("scope")?.split(" "), String(refused)).toEqual(
    expect.arrayContaining(["tickets.read", "tickets.write"]),
  );
  await client.finish((await browser.authorize(asked ?? "")).redirect);
  expect(await client.call("create_ticket", { title })).toMatchObject({ isError: false });
  expect((await client.call("list_tickets")).text).toContain(title);
  await client.close();
});
