// The CLI's own rules as tables: where it keeps things, whose token goes where, what a terminal is shown.
import { describe, expect, test } from "vitest";
import { configPath } from "../../src/cli/config.ts";
import { chosenOrganization } from "../../src/cli/organization.ts";
import { gatewayOrigin, sessionOf } from "../../src/cli/session.ts";
import { columnsOf, cut, pairs, printable, table } from "../../src/cli/text.ts";

describe("the config folder is the platform's", () => {
  test.each([
    ["linux", {}, "/people/ada/.config/mcpstack/config.json"],
    ["linux", { XDG_CONFIG_HOME: "/etc/ada" }, "/etc/ada/mcpstack/config.json"],
    ["linux", { XDG_CONFIG_HOME: "relative" }, "/people/ada/.config/mcpstack/config.json"],
    ["darwin", {}, "/people/ada/Library/Application Support/mcpstack/config.json"],
    [
      "win32",
      { APPDATA: "C:\\Users\\Ada\\AppData\\Roaming" },
      "C:\\Users\\Ada\\AppData\\Roaming\\mcpstack\\config.json",
    ],
  ] as const)("%s %j", (platform, environment, expected) => {
    expect(configPath({ platform, home: "/people/ada", environment })).toBe(expected);
  });
});

describe("a gateway's address", () => {
  test.each([
    ["https://gateway.example.com", "https://gateway.example.com"],
    ["https://gateway.example.com/", "https://gateway.example.com"],
    ["HTTPS://Gateway.Example.com:443", "https://gateway.example.com"],
    ["http://localhost:8787", "http://localhost:8787"],
    ["http://127.0.0.1:1", "http://127.0.0.1:1"],
    ["http://[::1]:1", "http://[::1]:1"],
  ])("%s is accepted as %s", (text, origin) => {
    expect(gatewayOrigin(text, "--url")).toBe(origin);
  });

  test.each([
    ["gateway.example.com", /is not a URL/],
    ["http://gateway.example.com", /must be https/],
    ["http://localhost.example.com", /must be https/],
    ["http://127.0.0.1.example.com", /must be https/],
    ["ftp://localhost", /must be https/],
    ["https://gateway.example.com/dashboard", /must be an origin/],
    ["https://ada:secret@gateway.example.com", /must be an origin/],
  ])("%s is refused, and exits 2", (text, why) => {
    expect(() => gatewayOrigin(text, "--url")).toThrow(
      expect.objectContaining({ message: expect.stringMatching(why), exitCode: 2 }),
    );
  });

  test("a password in it is not repeated", () => {
    expect(() => gatewayOrigin("https://ada:hush@x.example", "--url")).toThrow(
      expect.objectContaining({ detail: expect.not.objectContaining({ seen: expect.stringContaining("hush") }) }),
    );
  });
});

describe("whose token goes where", () => {
  const kept = { url: "https://one.example", token: "kept", organization: "org_kept" };
  test.each([
    ["what was kept", {}, { url: "https://one.example", token: "kept", organization: "org_kept" }],
    [
      "MCPSTACK_TOKEN wins, without the kept organization",
      { MCPSTACK_TOKEN: "env" },
      { token: "env", organization: null },
    ],
    ["MCPSTACK_URL that is the kept one", { MCPSTACK_URL: "https://one.example/" }, { token: "kept" }],
    [
      "both from the environment",
      { MCPSTACK_URL: "https://two.example", MCPSTACK_TOKEN: "env" },
      { url: "https://two.example", token: "env", organization: null },
    ],
  ])("%s", (_, environment, expected) => {
    expect(sessionOf(environment, kept, "config.json")).toMatchObject(expected);
  });

  test("a token that was kept for one gateway is not sent to another", () => {
    expect(() => sessionOf({ MCPSTACK_URL: "https://two.example" }, kept, "config.json")).toThrow(
      /belongs to https:\/\/one/,
    );
  });

  test.each([
    [{}, /no gateway is known/],
    [{ MCPSTACK_URL: "https://one.example" }, /no API token is known/],
    [{ MCPSTACK_TOKEN: "env" }, /no gateway is known/],
  ])("with nothing kept and %j it says what is missing", (environment, why) => {
    expect(() => sessionOf(environment, null, "config.json")).toThrow(why);
  });
});

describe("the organization that is meant", () => {
  const [one, two, twin] = [
    { id: "org_1", name: "One" },
    { id: "org_2", name: "Two" },
    { id: "org_3", name: "Two" },
  ] as const;
  const listed = (items: { id: string; name: string }[]) => async () => ({
    raw: null,
    view: () => ({ items, total: items.length }),
  });
  test.each([
    ["named by id, without asking", "org_9", null, [], "org_9"],
    ["named by name", "One", "org_2", [one, two], "org_1"],
    ["kept", null, "org_2", [one, two], "org_2"],
    ["the only one", null, null, [two], "org_2"],
  ] as const)("%s", async (_, named, kept, items, expected) => {
    expect(await chosenOrganization(named, () => kept, listed([...items]))).toBe(expected);
  });

  test.each([
    ["several and none named: all are listed", null, [one, two], /org_1 {2}One\n {2}org_2 {2}Two/],
    ["a name that two have", "Two", [one, two, twin], /org_2 {2}Two\n {2}org_3 {2}Two/],
    ["a name that none has", "Three", [one], /no organization "Three"/],
    ["none at all", null, [], /reaches no organization/],
  ] as const)("%s", async (_, named, items, why) => {
    await expect(chosenOrganization(named, () => null, listed([...items]))).rejects.toThrow(why);
  });
});

describe("text on a terminal", () => {
  test.each([
    ["abc", 3],
    ["日本", 4],
    ["e\u0301", 1],
    ["🚀", 2],
    ["", 0],
  ])("%j takes %i columns", (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  test.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 4, "abc…"],
    ["日本語", 4, "日…"],
    ["日本語", 5, "日本…"],
  ])("%j cut to %i is %j", (text, most, expected) => {
    expect(cut(text, most)).toBe(expected);
  });

  test.each([
    ["\u001B[2Jgone", "\\u001b[2Jgone"],
    ["a\nb\tc", "a\\u000ab\\u0009c"],
    ["\u009B31m", "\\u009b31m"],
    ["user\u202Etxt.exe", "user\\u202etxt.exe"],
    ["Grüße, 日本 🚀", "Grüße, 日本 🚀"],
  ])("%j is printed as %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  const columns = [
    { head: "id", cell: (item: { id: string }) => item.id },
    { head: "name", cell: (item: { name: string | null }) => item.name },
  ] as const;
  const items = [
    { id: "gw_1", name: "a name that is far too long for a narrow terminal" },
    { id: "gw_2", name: null },
  ];
  const head = (text: string) => text;

  test("without a width a table leaves every cell whole, and an absent one is a dash", () => {
    expect(table<(typeof items)[number]>(columns, items, { width: null, head })).toBe(
      `ID    NAME\ngw_1  ${items[0]?.name}\ngw_2  -`,
    );
  });

  test.each([80, 30, 16])("at %i columns no line is wider, and the widest column gives way", (width) => {
    const lines = table<(typeof items)[number]>(columns, items, { width, head }).split("\n");
    expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/^gw_1 /);
  });

  test("pairs leave out what is not there", () => {
    expect(
      pairs([
        ["a", "1"],
        ["long", null],
        ["bc", 2],
        ["d", ""],
      ]),
    ).toBe("a   1\nbc  2");
  });
});
