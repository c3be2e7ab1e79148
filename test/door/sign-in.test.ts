// The external door, end to end in workerd: discovery, registration, consent, sign-in, code, tokens, a call.
import { describe, expect, it, vi } from "vitest";
import { api, Client, errorOf, openShop, Person, runtimeSaw } from "./journey.ts";

describe("a person signs in through a client", () => {
  it("ends with a call whose runtime acts as that person, and the client's token never arrives", async () => {
    const shop = await openShop();
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person("user1"));
    expect(tokens).toMatchObject({ token_type: "Bearer", scope: "tickets.read", expires_in: 3600 });

    const answered = await client.call(tokens.access_token);
    expect(answered.status).toBe(200);
    const [hit] = await runtimeSaw(shop);
    const bearer = hit?.headers.authorization ?? "";
    expect(bearer).not.toContain(tokens.access_token);
    const [, claims = ""] = bearer.split(".");
    expect(JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")))).toMatchObject({
      sub: "user1",
      aud: "https://api.example.com",
    });
  });
});

describe("a call that needs more than was granted", () => {
  const create = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "create_ticket", arguments: {} } };

  it("is a 403, and the refresh after it is refused once, so that every client authorizes again", async () => {
    const client = await new Client(await openShop()).register();
    const tokens = await client.signIn(new Person("user1"));
    const refused = await client.call(tokens.access_token, create);
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toContain('scope="tickets.write tickets.read"');

    await vi.waitFor(async () => {
      const answer = await client.refresh(tokens.refresh_token);
      expect([answer.status, (await errorOf(answer)).reason]).toEqual([400, "step_up_required"]);
    });
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("does not cost a session whose client never refreshes for it", async () => {
    const client = await new Client(await openShop()).register();
    const tokens = await client.signIn(new Person("user1"));
    expect((await client.call(tokens.access_token, create)).status).toBe(403);
    await new Promise((resolve) => setTimeout(resolve, 50));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    const answer = await client.refresh(tokens.refresh_token);
    vi.useRealTimers();
    expect(answer.status).toBe(200);
  });
});

it("a provider that grants less than was asked is in the log with both, and the token says what it is good for", async () => {
  const tools = [{ name: "purge_tickets", scopes: ["tickets.admin"] }];
  const shop = await openShop({ server: { tools } });
  const client = await new Client(shop).register();
  const tokens = await client.signIn(new Person("user1"), { scope: "tickets.read tickets.admin" });
  expect(tokens.scope).toBe("tickets.read");
  const logs = `/organizations/${shop.organizationId}/gateways/${shop.gatewayId}/logs?reason=scopes_missing`;
  await vi.waitFor(async () => {
    const { items } = await api<{ items: object[] }>("GET", logs, shop.token);
    expect(items).toMatchObject([{ event: "identity", expected: "tickets.read tickets.admin", seen: "tickets.read" }]);
  });
});
