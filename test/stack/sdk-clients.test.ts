// Official clients, unmodified and given only the MCP URL, sign a person in and call tools as that person.
import { describe, expect, inject, test } from "vitest";
import { type Person, ScriptedBrowser, user1, user2 } from "../rig/browser.ts";
import { connect, type FlavourName, flavours } from "../rig/clients/sdk-clients.ts";

const stack = inject("stack");
const browserOf = (person: Person) => new ScriptedBrowser([stack.gateway, stack.provider], person);

describe.each(Object.keys(flavours) as FlavourName[])("%s", (flavour) => {
  test("signs user1 in and acts as user1", async () => {
    const client = await connect(flavour, stack.mcpUrl, browserOf(user1));
    expect(await client.tools()).toEqual(["whoami", "list_tickets", "create_ticket"]);
    expect((await client.call("whoami")).text).toContain("account user1 in workspace org_north");
    const tickets = await client.call("list_tickets");
    expect(tickets).toMatchObject({ isError: false });
    expect(tickets.text).toContain("First ticket of user1");
    await client.close();
  });

  test("a second person in another browser at the same time sees only their own data", async () => {
    const [one, two] = await Promise.all([
      connect(flavour, stack.mcpUrl, browserOf(user1)),
      connect(flavour, stack.mcpUrl, browserOf(user2)),
    ]);
    const seen = await Promise.all(
      [one, two].flatMap((client) => [client.call("whoami"), client.call("list_tickets"), client.call("whoami")]),
    );
    const [mine, theirs] = [seen.slice(0, 3), seen.slice(3)].map((results) =>
      results.map(({ text }) => text).join("\n"),
    );
    expect(mine).toContain("account user1 in workspace org_north");
    expect(mine).not.toMatch(/user2|org_south/);
    expect(theirs).toContain("account user2 in workspace org_south");
    expect(theirs).not.toMatch(/user1|org_north/);
    await Promise.all([one.close(), two.close()]);
  });

  test("connects again with the tokens it has, without a browser", async () => {
    const first = await connect(flavour, stack.mcpUrl, browserOf(user1));
    await first.close();
    first.login.asked = null;
    const again = await connect(flavour, stack.mcpUrl, browserOf(user1), first.login);
    expect(first.login.asked).toBeNull();
    expect((await again.call("whoami")).text).toContain("account user1");
    await again.close();
  });
});
