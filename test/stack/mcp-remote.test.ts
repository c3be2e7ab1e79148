// mcp-remote as a process over stdio: discovery, registration, browser, callback and calls, all its own.
import { expect, inject, test } from "vitest";
import { user1, user2 } from "../rig/browser.ts";
import { startMcpRemote } from "../rig/clients/mcp-remote.ts";

const stack = inject("stack");

test.each([
  [user1, "account user1 in workspace org_north"],
  [user2, "account user2 in workspace org_south"],
])("mcp-remote signs $username in and acts as that person", async (person, sentence) => {
  const remote = await startMcpRemote(stack.mcpUrl, [stack.gateway, stack.provider], person);
  try {
    expect((await remote.call("whoami")).text).toContain(sentence);
    expect((await remote.call("list_tickets")).text).toContain(`First ticket of ${person.username}`);
  } finally {
    await remote.stop();
  }
});
