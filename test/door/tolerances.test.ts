// What clients in the field do differently and the gateway must accept, one habit a test (CLIENTS.md §4.1).
import { beforeAll, describe, expect, it } from "vitest";
import { Client, fetchUrl, openShop, origin, Person, type Shop } from "./journey.ts";
import { deployment, knock } from "./knock.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});

describe("1 the resource", () => {
  it.each<[string, () => string | null]>([
    ["absent", () => null],
    ["with a slash at its end", () => `${shop.resource}/`],
    ["with its host in upper case", () => shop.resource.replace("localhost", "LOCALHOST")],
    ["with its scheme in upper case", () => shop.resource.replace("http:", "HTTP:")],
  ])("%s, at every step", async (_, resource) => {
    const client = await new Client(shop).register();
    const named = { resource: resource() };
    const redeemed = await client.redeem(await client.code(new Person(), named), named);
    expect(redeemed.status).toBe(200);
    const { refresh_token, access_token }: Record<string, string> = await redeemed.json();
    expect((await client.refresh(refresh_token ?? "", named)).status).toBe(200);
    expect((await client.call(access_token ?? "")).status).toBe(200);
  });
});

describe("2 the scope", () => {
  it.each<[string, string | null, string]>([
    ["absent", null, "tickets.read"],
    ["empty", "", "tickets.read"],
    ["openid email profile", "openid email profile", "tickets.read"],
    ["offline_access beside a real one", "tickets.read offline_access", "tickets.read"],
    ["more than was registered", "tickets.read tickets.write", "tickets.read tickets.write"],
  ])("%s", async (_, scope, granted) => {
    const client = await new Client(shop).register({ scope: "tickets.read" });
    const redeemed = await client.redeem(await client.code(new Person(), { scope }));
    expect(await redeemed.json()).toMatchObject({ scope: granted });
  });
});

describe("3 no discovery at all: authorize, token and register at the root of a deployment with a default server", () => {
  it("from registration to tokens, without a resource", async () => {
    const root = deployment({ DEFAULT_SERVER: shop.slug });
    const body = JSON.stringify({ redirect_uris: ["http://127.0.0.1/client/cb"], token_endpoint_auth_method: "none" });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const registered = await knock(root, `${origin}/register`, init);
    expect(registered.status).toBe(201);
    const client = new Client(shop, "http://127.0.0.1:7000/client/cb");
    client.clientId = (await registered.json<{ client_id: string }>()).client_id;

    const atServer = await client.authorizeUrl({ resource: null, scope: null });
    const began = await knock(root, `${origin}/authorize${atServer.search}`);
    expect(began.status).toBe(303);
    const { final } = await new Person().walk(began.headers.get("location") ?? "");
    const proof = {
      grant_type: "authorization_code",
      code: final.searchParams.get("code") ?? "",
      code_verifier: client.verifier,
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
    };
    const redeemed = await knock(root, `${origin}/token`, { method: "POST", body: new URLSearchParams(proof) });
    expect(redeemed.status).toBe(200);
    const tokens: { access_token: string } = await redeemed.json();
    expect((await client.call(tokens.access_token)).status).toBe(200);
  });
});

describe("4 loopback redirects", () => {
  it.each([
    ["http://127.0.0.1/client/cb", "http://127.0.0.1:61000/client/cb", 303],
    ["http://127.0.0.1:1/client/cb", "http://127.0.0.1/client/cb", 303],
    ["http://localhost:8080/client/cb", "http://localhost:9090/client/cb", 303],
    ["http://[::1]/client/cb", "http://[::1]:5/client/cb", 303],
    ["http://127.0.0.1:33418/", "http://127.0.0.1:33418", 303],
    ["http://localhost/client/cb", "http://127.0.0.1/client/cb", 400],
    ["http://127.0.0.1/client/cb", "http://127.0.0.1:61000/client/other", 400],
    ["https://client.example/cb", "https://client.example:8443/cb", 400],
  ])("registered %s, used %s: %i", async (registered, used, status) => {
    const client = await new Client(shop, registered).register();
    const response = await fetchUrl(await client.authorizeUrl({ redirect_uri: used }));
    expect(response.status).toBe(status);
  });
});

describe("5 to 8 clients that repeat themselves", () => {
  it("5 two authorizations of one client and person at once, and only the second is redeemed", async () => {
    const client = await new Client(shop).register();
    const person = new Person();
    const [first, second] = [await client.authorizeUrl(), await client.authorizeUrl()];
    await person.walk(first);
    const { final } = await person.walk(second);
    expect((await client.redeem(final.searchParams.get("code") ?? "")).status).toBe(200);
  });

  it("6 a refresh token that several processes use at once gets all of them the same successor", async () => {
    const client = await new Client(shop).register();
    const { refresh_token } = await client.signIn(new Person());
    const answers = await Promise.all([1, 2, 3].map(() => client.refresh(refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const successors = await Promise.all(answers.map((answer) => answer.json<{ refresh_token: string }>()));
    expect(new Set(successors.map((tokens) => tokens.refresh_token)).size).toBe(1);
  });

  it("7 a fresh registration for each login is the same cheap client", async () => {
    const ids = new Set<string>();
    for (const port of [40_001, 40_002, 40_003]) {
      ids.add((await new Client(shop, `http://localhost:${port}/oauth/callback`).register()).clientId);
    }
    expect(ids.size).toBe(1);
  });

  it.each([
    ["client_secret_post", "Basic"],
    ["client_secret_basic", "the body"],
  ])("8 a secret registered for %s and sent by %s", async (method, way) => {
    const client = await new Client(shop).register({ token_endpoint_auth_method: method });
    const code = await client.code(new Person());
    const basic = btoa(`${client.clientId}:${client.clientSecret}`);
    const redeemed =
      way === "Basic"
        ? await client.post(
            "token",
            {
              grant_type: "authorization_code",
              code,
              code_verifier: client.verifier,
              redirect_uri: client.redirectUri,
              client_secret: null,
            },
            { authorization: `Basic ${basic}` },
          )
        : await client.redeem(code);
    expect(redeemed.status).toBe(200);
  });
});

describe("9 to 11 at the MCP URL", () => {
  it.each(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])(
    "9 without a token, version %s is challenged like any other",
    async (version) => {
      for (const accept of ["*/*", "application/json", "application/json, application/json, text/event-stream"]) {
        const headers = { "mcp-protocol-version": version, accept, "content-type": "application/json" };
        expect((await fetchUrl(shop.resource, { headers })).status).toBe(401);
      }
    },
  );

  it("10 server/discover reaches the runtime, which answers as it can", async () => {
    const client = await new Client(shop).register();
    const { access_token } = await client.signIn(new Person());
    const called = await client.call(access_token, { jsonrpc: "2.0", id: 1, method: "server/discover", params: {} });
    expect(called.status).toBe(200);
    expect(await called.text()).toContain("server/discover");
  });

  it.each([
    ["HEAD", ""],
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/"],
    ["HEAD", "/"],
    ["PUT", ""],
  ])("11 %s on the MCP URL%s without a token is challenged, never redirected", async (method, slash) => {
    const response = await fetchUrl(`${shop.resource}${slash}`, { method });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm="mcp", .*resource_metadata="http/);
  });

  it("11 a call to the MCP URL with a slash is the same call", async () => {
    const client = await new Client(shop).register();
    const { access_token } = await client.signIn(new Person());
    const response = await fetchUrl(`${shop.resource}/`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${access_token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
    expect(response.status).toBe(200);
  });
});

describe("12 what is large or odd and nevertheless right", () => {
  it("P-61 8 KB of state come back unchanged", async () => {
    const client = await new Client(shop).register();
    const state = Array.from({ length: 8192 }, (_, index) => "aZ09+/=.-_~ %&"[index % 14]).join("");
    const { final } = await new Person().walk(await client.authorizeUrl({ state }));
    expect(final.searchParams.get("state")).toBe(state);
  });

  it("P-76 an unknown token is revoked with 200", async () => {
    const client = await new Client(shop).register();
    const response = await client.post("revoke", { token: "nothing" });
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
  });

  it("the MCP URL passes on a message of 2 MB", async () => {
    const client = await new Client(shop).register();
    const { access_token } = await client.signIn(new Person());
    const params = { text: "x".repeat(2 * 1024 * 1024) };
    expect((await client.call(access_token, { jsonrpc: "2.0", id: 1, method: "ping", params })).status).toBe(200);
  });
});
