// What the person decides on the way through, seen from the client.
import { expect, inject, test } from "vitest";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { authorizationUrl, discover, register } from "../rig/clients/bare-client.ts";

const stack = inject("stack");
const issuer = stack.mcpUrl.replace(/\/mcp$/, "");
const redirectUri = "http://127.0.0.1:41999/callback";

test("Deny sends the client access_denied with state and iss, and the provider is never visited", async () => {
  const server = await discover(issuer);
  const clientId = await register(server, "Denied client", redirectUri);
  const url = authorizationUrl(server, { client_id: clientId, redirect_uri: redirectUri, state: "a/b+c=" });
  const { redirect, steps } = await new ScriptedBrowser([stack.gateway, stack.provider], user1).authorize(url, "deny");
  expect(Object.fromEntries(redirect.searchParams)).toMatchObject({
    error: "access_denied",
    state: "a/b+c=",
    iss: issuer,
  });
  expect(redirect.searchParams.has("code")).toBe(false);
  expect(steps.filter((step) => step.url.startsWith(stack.provider))).toEqual([]);
});

test("the consent page names the client, the host that gets the answer and the server, and runs no script", async () => {
  const server = await discover(issuer);
  const clientId = await register(server, "Ticket Pilot", redirectUri);
  const url = authorizationUrl(server, { client_id: clientId, redirect_uri: redirectUri, state: "s" });
  const { pages } = await new ScriptedBrowser([stack.gateway, stack.provider], user1).authorize(url);
  expect(pages[0]).toContain("Ticket Pilot");
  expect(pages[0]).toContain("127.0.0.1");
  expect(pages[0]).toContain("Support API");
  expect(pages[0]).not.toMatch(/<script/i);
});
