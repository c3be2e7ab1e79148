// Step-up: one challenge with all that a call needs, a wider grant beside the old one, and scopes that include others.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { challengeOf, lookAt, returned, send, tokensOf } from "./clients/habits.ts";
import { calling } from "./clients/requests.ts";
import { Client, errorOf, openShop, Person, type Shop, type Tokens } from "./journey.ts";
import { issuerForm } from "./published.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});

const called = async (tool: string, tokens: Tokens, at = shop) =>
  (await send(at, calling(tool), tokens.access_token)).status;

/** The union that a client of 2026-07-28 asks for: what it has, and what the challenge names. */
async function unionOf(tokens: Tokens, at = shop): Promise<string> {
  const refused = await send(at, calling("create_ticket"), tokens.access_token);
  expect(refused.status).toBe(403);
  const { error, scope = "" } = challengeOf(refused).parameters;
  expect(error).toBe("insufficient_scope");
  return [...new Set(`${tokens.scope} ${scope}`.split(" "))].join(" ");
}

/** After a 403 one refresh is refused, so that clients on SDK 1.x authorize again; the note of it arrives in a moment. */
async function refusedOnce(client: Client, tokens: Tokens): Promise<void> {
  await vi.waitFor(async () => {
    const refused = await client.refresh(tokens.refresh_token);
    expect([refused.status, (await errorOf(refused)).error]).toEqual([400, "invalid_grant"]);
  });
}

describe("authorizing again with more", () => {
  it("P-16 the challenge names every scope of the call, those held too, and none that only makes a sign-in", async () => {
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person(), { scope: "tickets.read offline_access" });
    expect((await unionOf(tokens)).split(" ").sort()).toEqual(["tickets.read", "tickets.write"]);
  });

  it("the person is asked about the wider scope, and the client gets all of it", async () => {
    const client = await new Client(shop).register();
    const person = new Person();
    const tokens = await client.signIn(person);
    const wider = await tokensOf(await client.redeem(await returned(client, person, { scope: await unionOf(tokens) })));
    const consent = person.steps.find(({ url }) => url.includes("/consent"));
    for (const scope of ["tickets.read", "tickets.write"]) expect(consent?.html).toContain(scope);
    expect(wider.scope.split(" ").sort()).toEqual(["tickets.read", "tickets.write"]);
    expect([await called("create_ticket", wider), await called("list_tickets", wider)]).toEqual([200, 200]);
  });

  it("the old grant lives on beside the wider one: both call, both refresh, each within its own scope", async () => {
    const own = await openShop();
    const client = await new Client(own).register();
    const person = new Person();
    const old = await client.signIn(person);
    const wish = { scope: await unionOf(old, own) };
    await refusedOnce(client, old);
    const wider = await tokensOf(await client.redeem(await returned(client, person, wish)));
    const [oldNext, widerNext] = await Promise.all(
      [old, wider].map(async ({ refresh_token }) => tokensOf(await client.refresh(refresh_token))),
    );
    expect([oldNext?.scope, widerNext?.scope.split(" ").sort()]).toEqual([
      "tickets.read",
      ["tickets.read", "tickets.write"],
    ]);
    for (const tokens of [old, oldNext, wider, widerNext]) {
      expect(tokens && (await called("list_tickets", tokens, own))).toBe(200);
    }
    expect(oldNext && (await called("create_ticket", oldNext, own))).toBe(403);
    const listed = env.DB.prepare("SELECT count(*) AS total FROM grants WHERE server_id = ?").bind(own.serverId);
    expect(await listed.first("total")).toBe(2);
  });

  it("a person who says no keeps what they had", async () => {
    const client = await new Client(shop).register();
    const person = new Person();
    const tokens = await client.signIn(person);
    const url = await client.authorizeUrl({ scope: await unionOf(tokens) });
    const { final } = await person.walk(url, { decision: "deny" });
    expect(final.searchParams.get("error")).toBe("access_denied");
    expect([await called("list_tickets", tokens), await called("create_ticket", tokens)]).toEqual([200, 403]);
  });

  it("a wider grant that is refreshed for less stays as wide as it is", async () => {
    const client = await new Client(shop).register();
    const wide = await client.signIn(new Person(), { scope: "tickets.read tickets.write" });
    const narrow = await tokensOf(await client.refresh(wide.refresh_token, { scope: "tickets.read" }));
    expect([narrow.scope, await called("create_ticket", narrow)]).toEqual(["tickets.read", 403]);
    await refusedOnce(client, narrow);
    const again = await tokensOf(await client.refresh(narrow.refresh_token));
    expect(again.scope).toBe("tickets.read tickets.write");
  });
});

describe("SDK 1.x, which answers a 403 with a refresh", () => {
  it("the refresh is invalid_grant once, and neither its token nor the next refresh is harmed", async () => {
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person());
    await unionOf(tokens);
    await refusedOnce(client, tokens);
    expect(await called("list_tickets", tokens)).toBe(200);
    await tokensOf(await client.refresh(tokens.refresh_token));
  });

  it("what it then authorizes is refreshed at once, whatever its old grant owes", async () => {
    const client = await new Client(shop).register();
    const person = new Person();
    const tokens = await client.signIn(person);
    const scope = await unionOf(tokens);
    const wider = await tokensOf(await client.redeem(await returned(client, person, { scope })));
    await tokensOf(await client.refresh(wider.refresh_token));
  });
});

describe("P-17 scopes that include others", () => {
  it("who holds the broader one alone may call what the narrower ones allow, and is asked for nothing", async () => {
    const broaderScopes = [{ name: "tickets.write", scopes: ["tickets.read"] }];
    const own = await openShop({ server: { broaderScopes } });
    const client = await new Client(own).register();
    const tokens = await client.signIn(new Person(), { scope: "tickets.write" });
    expect(tokens.scope).toBe("tickets.write");
    expect([await called("list_tickets", tokens, own), await called("create_ticket", tokens, own)]).toEqual([200, 200]);
  });

  it("without that word of the operator the same token is asked for more", async () => {
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person(), { scope: "tickets.write" });
    expect(await called("list_tickets", tokens)).toBe(403);
  });

  it("a broader one that is nobody's tool may be asked for, and is not published", async () => {
    const broaderScopes = [{ name: "tickets.write", scopes: ["tickets.read"] }];
    const own = await openShop({
      server: { broaderScopes, tools: [{ name: "list_tickets", scopes: ["tickets.read"] }] },
    });
    const document = await lookAt(issuerForm(own.slug), {}, 200);
    expect(document?.scopes_supported).toEqual(["tickets.read"]);
    const client = await new Client(own).register();
    const tokens = await client.signIn(new Person(), { scope: "tickets.write" });
    expect([tokens.scope, await called("list_tickets", tokens, own)]).toEqual(["tickets.write", 200]);
  });
});
