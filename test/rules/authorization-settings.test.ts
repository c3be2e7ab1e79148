// Settings: every missing or malformed variable is one clear line that never quotes a value.
import { describe, expect, test } from "vitest";
import { type Bindings, parseSettings } from "../../src/worker/settings.ts";

const key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const good = {
  DB: {},
  COPIES: {},
  GRANTS: {},
  LOGS: {},
  REPLAYS: {},
  PUBLIC_ORIGIN: "https://gateway.example.com",
  MASTER_KEY: key,
  ADMIN_TOKEN: "x".repeat(24),
} as unknown as Bindings;

const parse = (changes: Partial<Bindings> = {}) => parseSettings({ ...good, ...changes });
function problems(changes: Partial<Bindings>): string[] {
  const parsed = parse(changes);
  return parsed.ok ? [] : parsed.problems.map(({ name }) => name);
}

describe("settings", () => {
  test("a whole configuration is accepted", () => {
    expect(parse()).toMatchObject({
      ok: true,
      settings: { origin: "https://gateway.example.com", secure: true, serverHostSuffix: null, defaultServer: null },
    });
  });

  test("with nothing configured, each thing that is missing is named once", () => {
    const parsed = parseSettings({} as Bindings);
    const names = parsed.ok ? [] : parsed.problems.map(({ name }) => name);
    expect(names.sort()).toEqual([
      "ADMIN_TOKEN",
      "COPIES",
      "DB",
      "GRANTS",
      "LOGS",
      "MASTER_KEY",
      "PUBLIC_ORIGIN",
      "REPLAYS",
    ]);
  });

  test.each(["http://localhost:8787", "http://127.0.0.1:8787", "http://[::1]:8787"])(
    "P-35 development on %s",
    (origin) => {
      expect(parse({ PUBLIC_ORIGIN: origin })).toMatchObject({ ok: true, settings: { origin, secure: false } });
    },
  );

  test.each([
    "gateway.example.com",
    "http://gateway.example.com",
    "http://localhost.example.com",
    "https://gateway.example.com/",
    "https://gateway.example.com/base",
    "https://gateway.example.com:443",
    "https://Gateway.example.com",
    "https://user@gateway.example.com",
    "https://gateway.example.com?x",
    "https://gateway.example.com#x",
    "https://gätewäy.example.com",
    " https://gateway.example.com",
    "https://gateway.example.com\n",
    "ftp://gateway.example.com",
    "",
  ])("PUBLIC_ORIGIN %j is refused, because an issuer is compared byte by byte (P-27)", (origin) => {
    expect(problems({ PUBLIC_ORIGIN: origin })).toEqual(["PUBLIC_ORIGIN"]);
  });

  test.each([
    ["too short", "AAECAw=="],
    ["too long", Buffer.alloc(33).toString("base64")],
    ["hexadecimal", "00".repeat(32)],
    ["no base64", "not base64 at all!"],
    ["empty", ""],
  ])("a master key that is %s is refused", (_, value) => {
    expect(problems({ MASTER_KEY: value })).toEqual(["MASTER_KEY"]);
  });

  test.each([
    ["with a line break, as a file ends", `${key}\n`],
    ["URL-safe and unpadded", Buffer.alloc(32, 0xfb).toString("base64url")],
  ])("a master key is accepted %s", (_, value) => {
    const parsed = parse({ MASTER_KEY: value });
    expect(parsed.ok && parsed.settings.masterKeys.map(({ length }) => length)).toEqual([32]);
  });

  test("the previous key opens as well, and a broken one is not silently left out", () => {
    const parsed = parse({ MASTER_KEY_PREVIOUS: Buffer.alloc(32, 7).toString("base64") });
    expect(parsed.ok && parsed.settings.masterKeys.map(([first]) => first)).toEqual([0, 7]);
    expect(problems({ MASTER_KEY_PREVIOUS: "short" })).toEqual(["MASTER_KEY_PREVIOUS"]);
  });

  test("an administration token that could be guessed is refused", () => {
    expect(problems({ ADMIN_TOKEN: "x".repeat(23) })).toEqual(["ADMIN_TOKEN"]);
  });

  test("private networks are for development, and only the word true opens them", () => {
    expect(problems({ ALLOW_PRIVATE_NETWORK: "true" })).toEqual(["ALLOW_PRIVATE_NETWORK"]);
    const local = { PUBLIC_ORIGIN: "http://localhost:8787" };
    expect(parse({ ...local, ALLOW_PRIVATE_NETWORK: "true" })).toMatchObject({
      settings: { allowPrivateNetwork: true },
    });
    expect(parse({ ...local, ALLOW_PRIVATE_NETWORK: "false" })).toMatchObject({
      settings: { allowPrivateNetwork: false },
    });
    expect(problems({ ...local, ALLOW_PRIVATE_NETWORK: "1" })).toEqual(["ALLOW_PRIVATE_NETWORK"]);
  });

  test.each(["mcp.example.com", "MCP.Example.com", "mcp.example.com:8443", "gateway.example.com"])(
    "server hosts below %s",
    (suffix) => {
      expect(parse({ SERVER_HOST_SUFFIX: suffix })).toMatchObject({
        ok: true,
        settings: { serverHostSuffix: suffix.toLowerCase() },
      });
    },
  );

  test.each([
    ["a scheme", "https://mcp.example.com"],
    ["a wildcard", "*.mcp.example.com"],
    ["a dot in front", ".mcp.example.com"],
    ["a dot at the end", "mcp.example.com."],
    ["a path", "mcp.example.com/"],
    ["one label", "localhost"],
    ["an address, below which there are no names", "127.0.0.1:8787"],
    ["the default port, which no Host header carries", "mcp.example.com:443"],
    ["a port that does not exist", "mcp.example.com:70000"],
    ["the domain that the deployment's own host is below", "example.com"],
  ])("SERVER_HOST_SUFFIX with %s is refused", (_, suffix) => {
    expect(problems({ SERVER_HOST_SUFFIX: suffix })).toEqual(["SERVER_HOST_SUFFIX"]);
  });

  test.each(["Support", "support api", "s/support", "-support", "https://x"])(
    "DEFAULT_SERVER %j is no slug",
    (slug) => {
      expect(problems({ DEFAULT_SERVER: slug })).toEqual(["DEFAULT_SERVER"]);
    },
  );

  test("no message quotes a value: a misplaced secret would be printed", () => {
    const misplaced = "misplaced-secret-value";
    const parsed = parse({
      PUBLIC_ORIGIN: misplaced,
      MASTER_KEY: misplaced,
      MASTER_KEY_PREVIOUS: misplaced,
      ADMIN_TOKEN: misplaced,
      SERVER_HOST_SUFFIX: misplaced,
      DEFAULT_SERVER: `${misplaced} `,
    });
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain(misplaced);
  });

  test("the administration token does not print itself", () => {
    expect(JSON.stringify(parse())).not.toContain("xxxx");
  });
});
