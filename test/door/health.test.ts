// A deployment that lacks something says what, at its first request and at /healthz, and never shows a value.
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Bindings } from "../../src/worker/settings.ts";
import { saysNothingOfItsInside } from "./hostile.ts";
import { Client, fetchUrl, openShop, origin, Person } from "./journey.ts";
import { deployment, knock } from "./knock.ts";

afterEach(() => {
  vi.useRealTimers();
});

const marked = "value-that-must-not-be-shown";

/** Variables and bindings as an operator may have left them. */
type Changed = { [name in keyof Bindings]?: Bindings[name] | undefined };
const changed = (overrides: Changed) => deployment(overrides as Partial<Bindings>);

/** What is set, and the names that the answer must give. */
const wrong: [string, Changed, string[]][] = [
  ["no PUBLIC_ORIGIN", { PUBLIC_ORIGIN: undefined }, ["PUBLIC_ORIGIN"]],
  ["an empty PUBLIC_ORIGIN", { PUBLIC_ORIGIN: "" }, ["PUBLIC_ORIGIN"]],
  ["a PUBLIC_ORIGIN that is no URL", { PUBLIC_ORIGIN: marked }, ["PUBLIC_ORIGIN"]],
  ["a PUBLIC_ORIGIN with a path", { PUBLIC_ORIGIN: `https://mcp.example.com/${marked}` }, ["PUBLIC_ORIGIN"]],
  ["a PUBLIC_ORIGIN with a slash", { PUBLIC_ORIGIN: "http://localhost:8787/" }, ["PUBLIC_ORIGIN"]],
  ["a PUBLIC_ORIGIN in upper case", { PUBLIC_ORIGIN: "HTTPS://mcp.example.com" }, ["PUBLIC_ORIGIN"]],
  ["a PUBLIC_ORIGIN of plain http", { PUBLIC_ORIGIN: "http://mcp.example.com" }, ["PUBLIC_ORIGIN"]],
  ["a PUBLIC_ORIGIN with a password", { PUBLIC_ORIGIN: `https://a:${marked}@mcp.example.com` }, ["PUBLIC_ORIGIN"]],
  ["a PUBLIC_ORIGIN of another scheme", { PUBLIC_ORIGIN: "ftp://localhost" }, ["PUBLIC_ORIGIN"]],
  ["no MASTER_KEY", { MASTER_KEY: undefined }, ["MASTER_KEY"]],
  ["a MASTER_KEY that is no base64", { MASTER_KEY: `${marked}!` }, ["MASTER_KEY"]],
  ["a MASTER_KEY of 31 bytes", { MASTER_KEY: btoa("k".repeat(31)) }, ["MASTER_KEY"]],
  ["a MASTER_KEY of 33 bytes", { MASTER_KEY: btoa("k".repeat(33)) }, ["MASTER_KEY"]],
  ["a broken MASTER_KEY_PREVIOUS", { MASTER_KEY_PREVIOUS: marked }, ["MASTER_KEY_PREVIOUS"]],
  ["no ADMIN_TOKEN", { ADMIN_TOKEN: undefined }, ["ADMIN_TOKEN"]],
  ["a short ADMIN_TOKEN", { ADMIN_TOKEN: "value-that-must-not" }, ["ADMIN_TOKEN"]],
  ["an ADMIN_TOKEN that no header can carry", { ADMIN_TOKEN: `${marked} and more\n` }, ["ADMIN_TOKEN"]],
  ["private networks on a public origin", { PUBLIC_ORIGIN: "https://mcp.example.com" }, ["ALLOW_PRIVATE_NETWORK"]],
  ["an unclear ALLOW_PRIVATE_NETWORK", { ALLOW_PRIVATE_NETWORK: marked }, ["ALLOW_PRIVATE_NETWORK"]],
  ["a DEFAULT_SERVER that is no slug", { DEFAULT_SERVER: `${marked}/mcp` }, ["DEFAULT_SERVER"]],
  ["a SERVER_HOST_SUFFIX with a scheme", { SERVER_HOST_SUFFIX: `https://${marked}.example` }, ["SERVER_HOST_SUFFIX"]],
  ["a SERVER_HOST_SUFFIX of one label", { SERVER_HOST_SUFFIX: marked }, ["SERVER_HOST_SUFFIX"]],
  ["a SERVER_HOST_SUFFIX with a dot in front", { SERVER_HOST_SUFFIX: ".mcp.example.com" }, ["SERVER_HOST_SUFFIX"]],
  [
    "a SERVER_HOST_SUFFIX over the origin",
    { SERVER_HOST_SUFFIX: "example.com", PUBLIC_ORIGIN: "https://mcp.example.com", ALLOW_PRIVATE_NETWORK: "" },
    ["SERVER_HOST_SUFFIX"],
  ],
  ["no database", { DB: undefined }, ["DB"]],
  ["no copies", { COPIES: undefined }, ["COPIES"]],
  ["no objects", { GRANTS: undefined }, ["GRANTS"]],
  [
    "nothing at all",
    Object.fromEntries(Object.keys(env).map((name) => [name, undefined])),
    ["PUBLIC_ORIGIN", "MASTER_KEY", "ADMIN_TOKEN", "DB", "COPIES", "GRANTS", "LOGS", "REPLAYS"],
  ],
];

interface Told {
  error: string;
  error_description: string;
  reason: string;
  problems: { name: string; problem: string }[];
}

describe("what is missing or malformed is named, each with what to do", () => {
  it.each(wrong)("%s", async (_, overrides, names) => {
    const bindings = changed(overrides);
    for (const path of ["/healthz", "/s/anything/mcp", "/s/anything/token", "/consent?ticket=a", "/"]) {
      const response = await knock(bindings, origin + path);
      expect([response.status, response.headers.get("content-type")]).toEqual([503, "application/json"]);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("retry-after")).toBe("60");
      const text = await response.text();
      expect(text).not.toContain("value-that-must-not");
      saysNothingOfItsInside(text);
      const told: Told = JSON.parse(text);
      // Clients keep their tokens over an answer of this form, and over no other (RFC 6749 §5.2).
      expect(told).toMatchObject({ error: "temporarily_unavailable", reason: "misconfigured" });
      expect(told.problems.map(({ name }) => name)).toEqual(names);
      for (const { name, problem } of told.problems) {
        expect(told.error_description).toContain(name);
        expect(problem.length).toBeGreaterThan(15);
      }
    }
  });

  it("the API answers in its own form, so that the CLI can show it", async () => {
    const response = await knock(deployment({ MASTER_KEY: "" }), `${origin}/api/v1/organizations`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      error: { code: "misconfigured", message: expect.stringContaining("MASTER_KEY"), requestId: expect.any(String) },
    });
  });
});

describe("a deployment that is whole", () => {
  it("is healthy, and HEAD says so too", async () => {
    const response = await fetchUrl(`${origin}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await fetchUrl(`${origin}/healthz`, { method: "HEAD" })).status).toBe(200);
  });

  it.each<[string, Changed]>([
    ["without the limits", { LIMIT_REGISTER: undefined, LIMIT_AUTHORIZE: undefined, LIMIT_FAILURES: undefined }],
    ["with a previous key", { MASTER_KEY_PREVIOUS: btoa("k".repeat(32)) }],
    ["with keys in base64url", { MASTER_KEY: btoa("\xff".repeat(32)).replaceAll("/", "_").replaceAll("=", "") }],
    ["on https", { PUBLIC_ORIGIN: "https://mcp.example.com", ALLOW_PRIVATE_NETWORK: "false" }],
    ["with empty optional values", { DEFAULT_SERVER: "", SERVER_HOST_SUFFIX: "", MASTER_KEY_PREVIOUS: "" }],
  ])("%s it is healthy", async (_, overrides) => {
    expect((await knock(changed(overrides), `${origin}/healthz`)).status).toBe(200);
  });
});

/** Members of platform objects must be called on the object itself. */
function bound(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name, target);
  return typeof member === "function" ? member.bind(target) : member;
}

/** A real binding whose every statement fails as the real database does. */
function failing(message: string): D1Database {
  const fail = async () => {
    throw new Error(`D1_ERROR: ${message}: SQLITE_ERROR`);
  };
  const statement = { bind: () => statement, all: fail, first: fail, raw: fail, run: fail };
  return new Proxy(env.DB, {
    get: (target, name) =>
      name === "prepare" ? () => statement : name === "batch" || name === "exec" ? fail : Reflect.get(target, name),
  });
}

describe("a database that cannot serve", () => {
  it("without its tables: /healthz tells the command that makes them", async () => {
    const bindings = deployment({ DB: failing("no such table: servers") });
    const response = await knock(bindings, `${origin}/healthz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: "misconfigured",
      problems: [{ name: "DB", problem: expect.stringContaining("migrations apply") }],
    });
  });

  it("away: every door refuses for now, as JSON where a program asks, and tells nothing of its inside", async () => {
    const bindings = deployment({ DB: failing("internal error") });
    const slug = `nobody-${crypto.randomUUID().slice(0, 8)}`;
    for (const path of ["/healthz", `/s/${slug}/mcp`, `/s/${slug}/token`, "/.well-known/jwks.json"]) {
      const response = await knock(bindings, origin + path);
      expect(response.status).toBe(503);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
      const text = await response.text();
      saysNothingOfItsInside(text);
      expect(JSON.parse(text).error).toBe("temporarily_unavailable");
    }
  });

  it("away on the way to a sign-in: a page, because a person stands there", async () => {
    const bindings = deployment({ DB: failing("internal error") });
    const { endpoints } = await openShop();
    const headers = { accept: "text/html" };
    const url = `${endpoints}/authorize?client_id=somebody`;
    const response = await knock(bindings, url, { headers });
    expect([response.status, response.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(await response.text()).toContain("storage_unavailable");
  });

  it("keys that were read a minute ago are published on", async () => {
    let away = false;
    const DB = new Proxy(env.DB, {
      get: (target, name) => (away ? Reflect.get(failing("internal error"), name) : bound(target, name)),
    });
    const bindings = deployment({ DB });
    await openShop();
    const before = await knock(bindings, `${origin}/.well-known/jwks.json`);
    away = true;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    const after = await knock(bindings, `${origin}/.well-known/jwks.json`);
    expect(after.status).toBe(200);
    expect(await after.json()).toEqual(await before.json());
  });
});

describe("objects that cannot serve", () => {
  it.each([{ overloaded: true }, { retryable: true }, { durableObjectReset: true }])(
    "%j: a refresh is refused for now, so that the client keeps its tokens",
    async (mark) => {
      const shop = await openShop();
      const client = await new Client(shop).register();
      const { refresh_token } = await client.signIn(new Person());
      const fail = () => Promise.reject(Object.assign(new Error("the object did not answer"), mark));
      const GRANTS = new Proxy(env.GRANTS, {
        get: (target, name) => (name === "get" ? () => new Proxy({}, { get: () => fail }) : bound(target, name)),
      });
      const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token, client_id: client.clientId });
      const response = await knock(deployment({ GRANTS }), `${shop.endpoints}/token`, { method: "POST", body });
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(await response.json()).toMatchObject({ error: "temporarily_unavailable", reason: "storage_unavailable" });
      expect((await client.refresh(refresh_token)).status).toBe(200);
    },
  );
});
