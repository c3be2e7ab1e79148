// Clients whose id is the URL of a metadata document: from the first request to tools, and what the person is told.
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { ask, expectOnlyText, expectPage, hostile, leadsTo, locationOf, press, Visitor } from "./consent-form.ts";
import { countStorage } from "./counting-bindings.ts";
import { DocumentClient } from "./document-host.ts";
import { Client, errorOf, fetchUrl, openShop, origin, Person, type Shop } from "./journey.ts";
import { knock } from "./knock.ts";
import { eventually, logs } from "./log-visit.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop({ server: { runtimeUrl: `${inject("runtimeUrl")}/mcp` } });
});

afterEach(() => {
  vi.useRealTimers();
});

const later = (hours: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + hours * 3_600_000 });

async function metadataOf(at: Shop): Promise<Record<string, unknown>> {
  return (await fetchUrl(`${origin}/.well-known/oauth-authorization-server/s/${at.slug}`)).json();
}

describe("P-36 a client that is a document", () => {
  it("goes the whole way: consent, sign-in, code, tools, refresh, revocation, with one look at its document", async () => {
    const client = await new DocumentClient(shop).publish();
    const tokens = await client.signIn(new Person());
    const call = await client.call(tokens.access_token, {
      ...{ jsonrpc: "2.0", id: 1, method: "tools/call" },
      params: { name: "whoami", arguments: {} },
    });
    expect(call.status).toBe(200);
    expect(await call.text()).toMatch(/Bearer [\w-]+/);
    const refreshed = await client.refresh(tokens.refresh_token);
    expect(refreshed.status).toBe(200);
    const { refresh_token }: { refresh_token: string } = await refreshed.json();
    expect((await client.post("revoke", { token: refresh_token })).status).toBe(200);
    expect(await errorOf(await client.refresh(refresh_token))).toMatchObject({ error: "invalid_grant" });
    expect(await client.asked()).toBe(1);
  });

  it("on loopback may use any port", async () => {
    const client = new DocumentClient(shop, "http://127.0.0.1:51234/client/callback");
    await client.publish({ redirect_uris: ["http://localhost/client/callback", "http://127.0.0.1/client/callback"] });
    expect((await client.signIn(new Person())).token_type).toBe("Bearer");
  });

  it("costs nothing more than a registered one once its document is known", async () => {
    const client = await new DocumentClient(shop).publish();
    const ledger = countStorage(env);
    const visit = async () => {
      await knock(ledger.bindings, await client.authorizeUrl());
      return ledger.taken().filter((trip) => !trip.startsWith("d1"));
    };
    const lookedFor = ["kv get", "limit", "limit", "kv put"];
    expect((await visit()).filter((trip) => trip !== "object open")).toEqual(["kv get", "limit", ...lookedFor]);
    expect(await visit()).toEqual(["limit", "object open"]);
  });

  it("leaves no registration behind", async () => {
    const client = await new DocumentClient(shop).publish();
    await ask(new Visitor(), await client.authorizeUrl());
    const kept = await env.DB.prepare("SELECT count(*) AS total FROM clients WHERE id = ?")
      .bind(client.clientId)
      .first();
    expect(kept).toEqual({ total: 0 });
  });

  it.each([
    ["another path", "https://client.example/other"],
    ["another host", "https://evil.example/callback"],
    ["a query", "https://client.example/callback?x=1"],
    ["a trailing slash", "https://client.example/callback/"],
    ["a port", "https://client.example:8443/callback"],
  ])("P-50 with a redirect URI that has %s is refused on a page", async (_, redirectUri) => {
    const client = await new DocumentClient(shop).publish();
    const response = await new Visitor().request(await client.authorizeUrl({ redirect_uri: redirectUri }));
    await expectPage(response, 400, "redirect_uri_unregistered");
  });

  it("P-46 may list a private-use scheme, and not use it", async () => {
    const client = new DocumentClient(shop);
    await client.publish({ redirect_uris: [client.redirectUri, "pilot://callback"] });
    const response = await new Visitor().request(await client.authorizeUrl({ redirect_uri: "pilot://callback" }));
    await expectPage(response, 400, "redirect_uri_invalid");
  });

  it("P-30 is offered by the metadata, and claude.ai finds none among the methods beside it", async () => {
    const metadata = await metadataOf(shop);
    expect(metadata.client_id_metadata_document_supported).toBe(true);
    expect(metadata.token_endpoint_auth_methods_supported).toContain("none");
  });
});

describe("a profile's policy", () => {
  it("without documents refuses them with its reason, says so in the metadata, and fetches nothing", async () => {
    const closed = await openShop({ gateway: { clientPolicy: { metadataDocuments: false } } });
    expect((await metadataOf(closed)).client_id_metadata_document_supported).toBe(false);
    const client = await new DocumentClient(closed).publish();
    const page = await new Visitor().request(await client.authorizeUrl());
    await expectPage(page, 400, "client_metadata_unsupported");
    const refresh = await client.refresh("mcpstack_rt_made-up.token");
    expect([refresh.status, await errorOf(refresh)]).toMatchObject([401, { error: "invalid_client" }]);
    expect(await client.asked()).toBe(0);
  });

  it("that lists redirect hosts holds for documents too, loopback aside", async () => {
    const strict = await openShop({ gateway: { clientPolicy: { allowedRedirectHosts: ["other.example"] } } });
    const client = new DocumentClient(strict);
    const local = "http://127.0.0.1:50000/client/callback";
    await client.publish({ redirect_uris: [client.redirectUri, local, "https://other.example/cb"] });
    const page = await new Visitor().request(await client.authorizeUrl());
    const html = await expectPage(page, 400, "redirect_host_refused");
    expect(html).toContain("a host of other.example");
    await ask(new Visitor(), await client.authorizeUrl({ redirect_uri: local }));
    await ask(new Visitor(), await client.authorizeUrl({ redirect_uri: "https://other.example/cb" }));
  });

  it("P-36 the operator's own client goes before a document of the same id", async () => {
    const id = `${inject("publishedUrl")}/oauth/operators-${crypto.randomUUID()}.json`;
    const preregistered = [
      { clientId: id, clientName: "Of the operator", redirectUris: ["https://client.example/pre"] },
    ];
    const owned = await openShop({ gateway: { clientPolicy: { preregistered } } });
    const client = new Client(owned, "https://client.example/pre");
    client.clientId = id;
    const { html } = await ask(new Visitor(), await client.authorizeUrl());
    expect(html).toContain("Of the operator");
    expect(await (await fetch(`${inject("publishedUrl")}/count${new URL(id).pathname}`)).json()).toBe(0);
  });
});

describe("P-42 P-43 consent", () => {
  it("shows the host that gets the answer and the host that publishes the client", async () => {
    const client = await new DocumentClient(shop).publish({ logo_uri: "https://client.example/logo.png" });
    const { html } = await ask(new Visitor(), await client.authorizeUrl());
    expect(html).toContain("<dd>client.example");
    expect(html).toContain("know and trust client.example");
    expect(html).toContain(`From <strong>${new URL(client.clientId).host}</strong>`);
    expect(html).not.toContain("nobody has checked it");
    expect(html).not.toMatch(/<img|logo\.png|Any program on this computer/);
  });

  it("on loopback warns that any program on the computer can use this id", async () => {
    const client = await new DocumentClient(shop, "http://127.0.0.1:41000/client/callback").publish();
    const { html } = await ask(new Visitor(), await client.authorizeUrl());
    expect(html).toContain("Any program on this computer can say that it is");
    expect(html).toContain("Go on only if you started this yourself");
  });

  it("takes a hostile name as text", async () => {
    const client = await new DocumentClient(shop).publish({ client_name: hostile });
    const { html } = await ask(new Visitor(), await client.authorizeUrl());
    expectOnlyText(html);
    expect(html).toContain("&lt;script&gt;");
  });

  it("is remembered for the document as it is", async () => {
    const client = await new DocumentClient(shop).publish();
    const person = new Visitor();
    await press(person, await ask(person, await client.authorizeUrl()));
    later(2);
    expect(await leadsTo(person, await client.authorizeUrl(), shop.provider)).toBe("provider");
    expect(await client.asked()).toBe(2);
  });

  it.each([
    ["name", { client_name: "Another Pilot" }],
    ["redirect URIs", { redirect_uris: ["https://client.example/callback", "https://evil.example/callback"] }],
    ["logo", { logo_uri: "https://client.example/logo.png" }],
    ["keys", { jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", kid: "1" }] } }],
    ["place of its keys", { jwks_uri: "http://127.0.0.1:9/jwks.json" }],
  ])("group 2 is asked for again when the document's %s changed", async (_, members) => {
    const client = await new DocumentClient(shop).publish();
    const person = new Visitor();
    await press(person, await ask(person, await client.authorizeUrl()));
    expect(await leadsTo(person, await client.authorizeUrl(), shop.provider)).toBe("provider");
    await client.publish(members);
    later(2);
    expect(await leadsTo(person, await client.authorizeUrl(), shop.provider)).toBe("question");
  });

  it("P-60 denied on the web goes back to the client with its state and iss", async () => {
    const client = await new DocumentClient(shop).publish();
    const person = new Visitor();
    const denied = locationOf(await press(person, await ask(person, await client.authorizeUrl()), "deny"));
    expect(denied.href).toMatch(/^https:\/\/client\.example\/callback\?/);
    expect(Object.fromEntries(denied.searchParams)).toMatchObject({ error: "access_denied", iss: shop.issuer });
  });
});

describe("P-68 the token endpoint", () => {
  it("answers invalid_grant to a document client with a token that is none, without a look at its document", async () => {
    const client = await new DocumentClient(shop).publish();
    const refused = await client.refresh("mcpstack_rt_made-up.token");
    expect([refused.status, await errorOf(refused)]).toMatchObject([400, { error: "invalid_grant" }]);
    const redeemed = await client.redeem("mcpstack_code_made-up.code");
    expect([redeemed.status, await errorOf(redeemed)]).toMatchObject([400, { error: "invalid_grant" }]);
    expect(await client.asked()).toBe(0);
  });

  it.each([
    "http://client.example",
    "https://client.example/a/../b",
    "file:///etc/passwd",
    `${origin}/s/x/client.json`,
  ])("answers invalid_client to an id that no document could have: %s", async (clientId) => {
    const client = new Client(shop);
    client.clientId = clientId;
    const refused = await client.refresh("mcpstack_rt_made-up.token");
    expect([refused.status, await errorOf(refused)]).toMatchObject([401, { error: "invalid_client" }]);
  });

  it("group 16 a code of one document client is no other's", async () => {
    const [one, other] = [await new DocumentClient(shop).publish(), await new DocumentClient(shop).publish()];
    const code = await one.code(new Person());
    const stolen = await one.redeem(code, { client_id: other.clientId });
    expect([stolen.status, await errorOf(stolen)]).toMatchObject([400, { error: "invalid_grant" }]);
    expect((await one.redeem(code)).status).toBe(200);
  });

  it("goes on while the document is away, and so do new sign-ins, with a line in the log that says why", async () => {
    const client = await new DocumentClient(shop).publish();
    const tokens = await client.signIn(new Person());
    await client.publish({}, { status: 503 });
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
    later(2);
    await ask(new Visitor(), await client.authorizeUrl());
    const line = { event: "authorize", outcome: "ok", reason: "client_document_unavailable" };
    const { items } = await eventually(
      () => logs(shop, { client: client.clientId, reason: line.reason }),
      (page) => page.total > 0,
    );
    expect(items[0]).toMatchObject({ ...line, seen: `${client.clientId}: status 503` });
  });
});
