// The provider's access token lives for seconds behind an MCP-facing one of an hour: the person never notices.
import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScriptedBrowser, user1 } from "../rig/browser.ts";
import { connect } from "../rig/clients/sdk-clients.ts";
import { freePorts, type RunningStack, startStack, temporaryFolder } from "../rig/stack.ts";

const lifetime = 3;
let stack: RunningStack;

beforeAll(async () => {
  const environment = { MCPSTACK_DEMO_ACCESS_TOKEN_TTL: String(lifetime) };
  stack = await startStack(await freePorts(), temporaryFolder("renewal"), environment);
});
afterAll(async () => {
  await stack?.stop();
  if (stack) rmSync(stack.stateFolder, { recursive: true, force: true });
});

test("calls keep working after the provider's token has expired, twice, many at a time", async () => {
  const browser = new ScriptedBrowser([stack.gateway, stack.provider], user1);
  const client = await connect("@modelcontextprotocol/client 2.4.0", stack.mcpUrl, browser);
  const before = client.login.kept;
  for (const _ of [1, 2]) {
    await pause((lifetime + 1) * 1000);
    const results = await Promise.all(Array.from({ length: 8 }, () => client.call("whoami")));
    expect(results.map(({ text, isError }) => [text.includes("account user1"), isError])).toEqual(
      results.map(() => [true, false]),
    );
  }
  expect(client.login.kept, "the client never had to refresh").toEqual(before);
  await client.close();
});
